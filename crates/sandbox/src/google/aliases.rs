//! Aliases of users and groups (facts sheet, Google 3).

use serde_json::{Value, json};

use super::state::{Owner, Tenant};
use super::{Answer, Call, errors, groups, names, reply, resource, schema, user_write, users};
use crate::wire::Reply;

/// Whose aliases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    User,
    Group,
}

/// `{users,groups}/{key}/aliases[/{alias}]`.
pub(super) fn answer(tenant: &mut Tenant, call: &Call, of: Of, key: &str, rest: &[&str]) -> Answer {
    let (read, write): (&[&str], &[&str]) = match of {
        Of::User => (
            &[
                "admin.directory.user.alias.readonly",
                "admin.directory.user.alias",
                "admin.directory.user.readonly",
                "admin.directory.user",
            ],
            &["admin.directory.user.alias", "admin.directory.user"],
        ),
        Of::Group => (&["admin.directory.group.readonly", "admin.directory.group"], &["admin.directory.group"]),
    };
    match (call.request.method.as_str(), rest) {
        ("GET", []) => {
            call.admin(tenant, read)?;
            list(tenant, call, of, key)
        }
        ("POST", []) => {
            call.admin(tenant, write)?;
            insert(tenant, call, of, key)
        }
        ("DELETE", [alias]) => {
            call.admin(tenant, write)?;
            delete(tenant, call, of, key, alias)
        }
        _ => Err(errors::no_method()),
    }
}

/// Id, primary address and aliases of the owner, once it can be read.
fn owner(tenant: &Tenant, call: &Call, of: Of, key: &str) -> Result<(String, String, Vec<String>), Reply> {
    match of {
        Of::User => {
            let user = users::find(tenant, key, call.now())?;
            Ok((user.id.clone(), user.primary.clone(), user.aliases.clone()))
        }
        Of::Group => {
            let group = groups::find(tenant, key, call.now())?;
            Ok((group.id.clone(), group.email.clone(), group.aliases.clone()))
        }
    }
}

fn resource(of: Of, id: &str, primary: &str, alias: &str) -> Value {
    let kind = match of {
        Of::User => "admin#directory#alias",
        Of::Group => "admin#directory#groupAlias",
    };
    let etag = resource::etag(&format!("alias {id} {alias}"));
    json!({"kind": kind, "id": id, "primaryEmail": primary, "alias": alias, "etag": etag})
}

fn list(tenant: &Tenant, call: &Call, of: Of, key: &str) -> Answer {
    let (id, primary, aliases) = owner(tenant, call, of, key)?;
    let etag = resource::etag(&format!("aliases {id} {aliases:?}"));
    let mut body = json!({"kind": "admin#directory#aliases", "etag": etag});
    if !aliases.is_empty() {
        body["aliases"] = aliases.iter().map(|alias| resource(of, &id, &primary, alias)).collect();
    }
    reply(call, 200, body, &schema::ALIASES)
}

fn insert(tenant: &mut Tenant, call: &Call, of: Of, key: &str) -> Answer {
    let (id, primary, _) = owner(tenant, call, of, key)?;
    resource::mask(call.request, &schema::ALIAS)?;
    let fields = schema::body(call.request, &schema::ALIAS)?;
    let alias = match of {
        Of::User => names::username(&fields, "alias")?,
        Of::Group => user_write::address(&fields, "alias", "alias")?,
    };
    let alias = alias.ok_or_else(|| errors::directory(400, "required", "Missing required field: alias"))?;
    if !tenant.is_ours(&alias) {
        return Err(errors::directory(404, "notFound", "Domain not found."));
    }
    if tenant.addresses.get(&alias).is_some() {
        return Err(errors::taken());
    }
    let body = resource(of, &id, &primary, &alias);
    match of {
        Of::User => {
            tenant.addresses.insert(alias.clone(), Owner::User(id.clone()));
            if let Some(user) = tenant.change_user(&id, call.now()) {
                user.aliases.push(alias);
            }
        }
        Of::Group => {
            tenant.addresses.insert(alias.clone(), Owner::Group(id.clone()));
            if let Some(group) = tenant.groups.get_mut(&id) {
                group.aliases.push(alias);
                group.revision += 1;
            }
        }
    }
    reply(call, 200, body, &schema::ALIAS)
}

fn delete(tenant: &mut Tenant, call: &Call, of: Of, key: &str, alias: &str) -> Answer {
    let (id, _, aliases) = owner(tenant, call, of, key)?;
    let alias = alias.to_ascii_lowercase();
    if !aliases.contains(&alias) {
        return Err(errors::missing("alias"));
    }
    tenant.addresses.remove(&alias);
    match of {
        Of::User => {
            if let Some(user) = tenant.change_user(&id, call.now()) {
                user.aliases.retain(|one| *one != alias);
            }
        }
        Of::Group => {
            if let Some(group) = tenant.groups.get_mut(&id) {
                group.aliases.retain(|one| *one != alias);
                group.revision += 1;
            }
        }
    }
    Ok(Reply::empty(204))
}
