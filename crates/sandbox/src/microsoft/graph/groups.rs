//! Groups.

use serde_json::{Map, Value, json};

use super::super::ids::{after, cloud_sid_of, graph_time, guid_of, random_guid, sid_of};
use super::super::state::{Group, Tenant};
use super::errors::{Failure, bad, failure, missing};
use super::members::{self, Role, bound, memberships, objects};
use super::permissions::{self as need, CREATE_GROUPS, READ_GROUPS, WRITE_GROUPS, WRITE_MEMBERS};
use super::query::{Kind, Query, reference};
use super::{Answer, Call, body, delta, not_there};
use crate::group_state::GroupState;
use crate::wire::Reply;

/// Groups, as far as the metadata of v1.0 names their properties.
pub(super) const GROUP: Kind = Kind {
    name: "microsoft.graph.group",
    resource: "Group",
    set: "groups",
    properties: &[
        "id",
        "deletedDateTime",
        "allowExternalSenders",
        "assignedLabels",
        "assignedLicenses",
        "autoSubscribeNewMembers",
        "classification",
        "createdDateTime",
        "description",
        "displayName",
        "expirationDateTime",
        "groupTypes",
        "hasMembersWithLicenseErrors",
        "hideFromAddressLists",
        "hideFromOutlookClients",
        "isArchived",
        "isAssignableToRole",
        "isSubscribedByMail",
        "licenseProcessingState",
        "mail",
        "mailEnabled",
        "mailNickname",
        "membershipRule",
        "membershipRuleProcessingState",
        "onPremisesDomainName",
        "onPremisesLastSyncDateTime",
        "onPremisesNetBiosName",
        "onPremisesProvisioningErrors",
        "onPremisesSamAccountName",
        "onPremisesSecurityIdentifier",
        "onPremisesSyncEnabled",
        "preferredDataLocation",
        "preferredLanguage",
        "proxyAddresses",
        "renewedDateTime",
        "resourceBehaviorOptions",
        "resourceProvisioningOptions",
        "securityEnabled",
        "securityIdentifier",
        "serviceProvisioningErrors",
        "theme",
        "uniqueName",
        "unseenCount",
        "visibility",
        "members",
        "owners",
    ],
    default: &[
        "id",
        "deletedDateTime",
        "classification",
        "createdDateTime",
        "description",
        "displayName",
        "expirationDateTime",
        "groupTypes",
        "mail",
        "mailEnabled",
        "mailNickname",
        "membershipRule",
        "membershipRuleProcessingState",
        "onPremisesSyncEnabled",
        "preferredLanguage",
        "proxyAddresses",
        "renewedDateTime",
        "resourceBehaviorOptions",
        "resourceProvisioningOptions",
        "securityEnabled",
        "securityIdentifier",
        "theme",
        "visibility",
    ],
    filterable: &[
        "id",
        "displayName",
        "mail",
        "mailEnabled",
        "mailNickname",
        "groupTypes",
        "proxyAddresses",
        "securityEnabled",
    ],
    advanced: &["createdDateTime", "description", "visibility"],
    directory: true,
};

/// What only a signed-in person may change, by Microsoft's documentation of these properties.
const DELEGATED_ONLY: [&str; 6] = [
    "allowExternalSenders",
    "autoSubscribeNewMembers",
    "hideFromAddressLists",
    "hideFromOutlookClients",
    "isSubscribedByMail",
    "unseenCount",
];
/// How many people one request may bind (Microsoft's limit on a group's creation and update).
const BOUND: usize = 20;

/// Lists, reads, makes and changes groups.
pub(super) fn answer(call: &mut Call, rest: &[&str]) -> Answer {
    match (call.request.method.as_str(), rest) {
        ("GET", []) => list(call),
        ("POST", []) => create(call),
        ("GET", ["delta"]) => delta::groups(call),
        ("GET", [id]) => get(call, id),
        ("PATCH", [id]) => update(call, id),
        ("DELETE", [id]) => delete(call, id),
        (_, [id, "members", rest @ ..]) => members::answer(call, id, Role::Member, rest),
        (_, [id, "owners", rest @ ..]) => members::answer(call, id, Role::Owner, rest),
        ("GET", [id, "transitiveMembers"]) => members::transitive(call, id, None),
        ("GET", [id, "transitiveMembers", "microsoft.graph.user"]) => members::transitive(call, id, Some("user")),
        ("GET", [id, "transitiveMembers", "microsoft.graph.group"]) => members::transitive(call, id, Some("group")),
        ("GET", [id, "memberOf"]) => member_of(call, id),
        _ => Err(not_there(call, rest)),
    }
}

/// A group as all of its properties.
pub(super) fn row(group: &Group) -> Value {
    let state = &group.state;
    let by_rule = state.membership_rule.is_some();
    let types: Vec<&str> = [(group.unified, "Unified"), (by_rule, "DynamicMembership")]
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, name)| *name)
        .collect();
    let mut row = json!({
        "id": group.id,
        "deletedDateTime": group.deleted.map(graph_time),
        "classification": Value::Null,
        "createdDateTime": graph_time(group.created),
        "description": group.description,
        "displayName": group.display_name,
        "expirationDateTime": state.expires.map(graph_time),
        "groupTypes": types,
        "mail": group.mail,
        "mailEnabled": group.mail_enabled,
        "mailNickname": group.mail_nickname,
        "membershipRule": state.membership_rule,
        "membershipRuleProcessingState": by_rule.then_some("On"),
        "onPremisesSyncEnabled": GroupState::is(state.synchronised).then_some(true),
        "preferredLanguage": Value::Null,
        "proxyAddresses": group.proxy_addresses(),
        "renewedDateTime": graph_time(group.created),
        "resourceBehaviorOptions": [],
        "resourceProvisioningOptions": if GroupState::is(state.team) { vec!["Team"] } else { Vec::new() },
        "securityEnabled": group.security_enabled,
        "securityIdentifier": cloud_sid_of(&group.id),
        "theme": Value::Null,
        "visibility": group.visibility,
        "allowExternalSenders": group.outside_mail,
        "autoSubscribeNewMembers": false,
        "hideFromAddressLists": GroupState::is(state.hidden),
        "hideFromOutlookClients": false,
    });
    if let Some(members) = row.as_object_mut() {
        members.retain(|name, _| !state.left_out.iter().flatten().any(|left_out| left_out == name));
    }
    row
}

/// Refuses a change that the organisation's own directory decides.
fn check_synchronised(group: &Group) -> Result<(), Failure> {
    if GroupState::is(group.state.synchronised) {
        return Err(bad(
            "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.",
        ));
    }
    Ok(())
}

fn list(call: &Call) -> Answer {
    need::require(call.claims, READ_GROUPS)?;
    let query = Query::read(call.request, &GROUP)?;
    if let Some(name) = DELEGATED_ONLY.iter().find(|name| query.selects(name)) {
        return Err(bad(format!("Property '{name}' can be selected for a single group only.")));
    }
    let now = call.moment.now;
    let groups = call.tenant.groups.values().filter(|group| group.deleted.is_none() && group.visible_from <= now);
    Ok(query.page(groups.map(row).collect(), &GROUP, call.request, call.moment))
}

fn get(call: &Call, id: &str) -> Answer {
    need::require(call.claims, READ_GROUPS)?;
    let query = Query::read(call.request, &GROUP)?;
    let group = call.tenant.group(id, call.moment.now).ok_or_else(|| missing(id))?;
    let mut row = row(group);
    for (name, ids) in [("members", &group.members), ("owners", &group.owners)] {
        if query.expand.iter().any(|expanded| expanded == name) {
            row[name] = ids.iter().filter_map(|id| members::object(call.tenant, id)).collect();
        }
    }
    Ok(query.single(row, &GROUP))
}

fn text<'v>(changes: &'v Map<String, Value>, name: &str) -> Result<Option<&'v str>, Failure> {
    match changes.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(format!("Invalid value specified for property '{name}' of resource 'Group'."))),
    }
}

fn flag(changes: &Map<String, Value>, name: &str) -> Result<bool, Failure> {
    match changes.get(name) {
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(bad(format!("Invalid value specified for property '{name}' of resource 'Group'."))),
        None => Err(required(name)),
    }
}

fn required(name: &str) -> Failure {
    bad(format!("A value is required for property '{name}' of resource 'Group'."))
}

/// The people that a request binds, by their links, each once.
fn bound_people(call: &Call, changes: &Map<String, Value>, name: &str) -> Result<Vec<String>, Failure> {
    let Some(links) = changes.get(name) else { return Ok(Vec::new()) };
    let links = links.as_array().ok_or_else(|| bad(format!("The property '{name}' must be a list of links.")))?;
    if links.len() > BOUND {
        return Err(bad(format!("The limit of {BOUND} references in one request is exceeded by '{name}'.")));
    }
    let mut people = Vec::new();
    for link in links {
        let id = bound(call, link.as_str().unwrap_or_default())?;
        if people.contains(&id) {
            return Err(bad(format!("Request contains a property with duplicate values: '{name}'.")));
        }
        people.push(id);
    }
    Ok(people)
}

/// Refuses a nickname that another group or a mailbox has: Graph says so in one sentence for both.
fn check_nickname(tenant: &Tenant, nickname: &str, but: Option<&str>) -> Result<(), Failure> {
    let allowed = |c: char| c.is_ascii() && !c.is_ascii_control() && !"@()\\[]\";:<>, ".contains(c);
    if nickname.is_empty() || nickname.len() > 64 || !nickname.chars().all(allowed) {
        return Err(bad("Invalid value specified for property 'mailNickname' of resource 'Group'."));
    }
    let address = format!("{nickname}@{}", tenant.default_domain());
    let taken = |held: &str| held.eq_ignore_ascii_case(&address);
    let group = tenant.groups.named(nickname).chain(tenant.groups.named(&address));
    let group = group.filter(|group| group.deleted.is_none() && Some(group.id.as_str()) != but);
    let by_group =
        group.into_iter().any(|g| g.mail_nickname.eq_ignore_ascii_case(nickname) || g.addresses().any(taken));
    let accounts = tenant.accounts.named(nickname).chain(tenant.accounts.named(&address));
    let accounts = accounts.filter(|account| account.deleted.is_none());
    let by_account = accounts
        .into_iter()
        .any(|a| a.addresses().any(taken) || (a.mailbox.is_some() && a.alias.eq_ignore_ascii_case(nickname)));
    if by_group || by_account {
        return Err(bad("Another object with the same value for property mailNickname already exists."));
    }
    Ok(())
}

fn create(call: &mut Call) -> Answer {
    need::require(call.claims, CREATE_GROUPS)?;
    let changes = body(call.request)?;
    let binds = ["owners@odata.bind", "members@odata.bind"];
    check_names(&changes, &binds)?;
    let display_name = text(&changes, "displayName")?.filter(|name| !name.is_empty());
    let display_name = display_name.ok_or_else(|| required("displayName"))?.to_owned();
    let nickname = text(&changes, "mailNickname")?.ok_or_else(|| required("mailNickname"))?.to_owned();
    let mail_enabled = flag(&changes, "mailEnabled")?;
    let security_enabled = flag(&changes, "securityEnabled")?;
    let types = changes.get("groupTypes").and_then(Value::as_array).cloned().unwrap_or_default();
    let unified = types.iter().any(|kind| kind.as_str() == Some("Unified"));
    if types.len() > usize::from(unified) {
        return Err(bad("Invalid value specified for property 'groupTypes' of resource 'Group'."));
    }
    if mail_enabled != unified {
        let text = "The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set.";
        return Err(bad(text));
    }
    if !mail_enabled && !security_enabled {
        return Err(bad("A group must be mail-enabled or security-enabled."));
    }
    check_nickname(call.tenant, &nickname, None)?;
    let mut owners = bound_people(call, &changes, binds[0])?;
    // A person who makes a Microsoft 365 group and names no owner is its owner (Microsoft Graph, «Create group»).
    if owners.is_empty() && unified && call.claims.is_delegated() {
        owners.push(call.claims.oid.clone());
    }
    let members = bound_people(call, &changes, binds[1])?;
    let now = call.moment.now;
    let id = random_guid(call.moment.random);
    let group = Group {
        guid: guid_of(&id, "recipient"),
        sid: sid_of(&id),
        id: id.clone(),
        display_name,
        description: text(&changes, "description")?.map(str::to_owned),
        // The address takes the default domain (facts sheet, Microsoft 1c).
        mail: unified.then(|| format!("{nickname}@{}", call.tenant.default_domain())),
        others: if unified { vec![format!("{nickname}@{}", call.tenant.initial_domain())] } else { Vec::new() },
        mail_nickname: nickname,
        mail_enabled,
        security_enabled,
        unified,
        visibility: text(&changes, "visibility")?.map(str::to_owned).or(unified.then(|| "Public".to_owned())),
        outside_mail: false,
        state: GroupState::default(),
        owners,
        members,
        created: now,
        visible_from: after(now, call.tenant.lag()),
        deleted: None,
        revision: call.tenant.next_revision(),
    };
    let query = Query::default();
    let created = query.single(row(&group), &GROUP);
    call.tenant.groups.insert(id.clone(), group);
    Ok(Reply { status: 201, ..created }.header("location", format!("https://graph.microsoft.com/v1.0/groups/{id}")))
}

fn check_names(changes: &Map<String, Value>, binds: &[&str]) -> Result<(), Failure> {
    let known = |name: &String| {
        GROUP.properties.contains(&name.as_str()) || name == "@odata.type" || binds.contains(&name.as_str())
    };
    match changes.keys().find(|name| !known(name)) {
        Some(unknown) => {
            Err(bad(format!("One or more property values specified are invalid. Unknown property '{unknown}'.")))
        }
        None => Ok(()),
    }
}

fn update(call: &mut Call, id: &str) -> Answer {
    let changes = body(call.request)?;
    let binds = ["members@odata.bind"];
    check_names(&changes, &binds)?;
    need::require(call.claims, if changes.keys().all(|name| name == binds[0]) { WRITE_MEMBERS } else { WRITE_GROUPS })?;
    if changes.keys().any(|name| DELEGATED_ONLY.contains(&name.as_str())) {
        return Err(failure(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."));
    }
    let group = call.tenant.group(id, call.moment.now).ok_or_else(|| missing(id))?;
    let mut group = group.clone();
    check_synchronised(&group)?;
    for name in changes.keys().filter(|name| !name.contains('@')) {
        match name.as_str() {
            "displayName" => {
                let wanted = text(&changes, name)?.filter(|wanted| !wanted.is_empty());
                wanted.ok_or_else(|| required(name))?.clone_into(&mut group.display_name);
            }
            "description" => group.description = text(&changes, name)?.map(str::to_owned),
            "visibility" => group.visibility = text(&changes, name)?.map(str::to_owned),
            "mailNickname" => {
                let nickname = text(&changes, name)?.ok_or_else(|| required(name))?;
                check_nickname(call.tenant, nickname, Some(&group.id))?;
                nickname.clone_into(&mut group.mail_nickname);
            }
            _ => return Err(bad(format!("Property '{name}' of resource 'Group' is read-only and cannot be set."))),
        }
    }
    for member in bound_people(call, &changes, binds[0])? {
        if group.members.contains(&member) {
            return Err(bad(
                "One or more added object references already exist for the following modified properties: 'members'.",
            ));
        }
        group.members.push(member);
    }
    let id = group.id.clone();
    call.tenant.change_group(&id, |row| *row = group);
    Ok(Reply::empty(204))
}

fn delete(call: &mut Call, id: &str) -> Answer {
    need::require(call.claims, WRITE_GROUPS)?;
    let now = call.moment.now;
    let group = call.tenant.group(id, now).ok_or_else(|| missing(id))?;
    let (id, unified) = (group.id.clone(), group.unified);
    if unified {
        call.tenant.change_group(&id, |group| group.deleted = Some(now));
    } else {
        // Only Microsoft 365 groups can be restored.
        call.tenant.purge_group(&id, now);
    }
    Ok(Reply::empty(204))
}

fn member_of(call: &Call, id: &str) -> Answer {
    need::require(call.claims, READ_GROUPS)?;
    let now = call.moment.now;
    let group = call.tenant.group(id, now).ok_or_else(|| missing(id))?;
    let groups = memberships(call.tenant, &group.id, false, now);
    objects(call, groups.iter().map(|id| reference(id, "group")).collect())
}
