//! Gmail's delegates, forwarding and filters (facts sheet, Google 2 and 2.1).

use serde_json::json;

use super::access::Kind;
use super::build::text;
use super::state::{self, Delegate, Owner, Tenant, User};
use super::{Answer, Call, errors, reply, resource, schema};
use crate::wire::Reply;

const READ: [&str; 5] = ["gmail.settings.basic", "gmail.readonly", "gmail.modify", "gmail.settings.sharing", "gmail"];
const WRITE: [&str; 1] = ["gmail.settings.sharing"];
/// How many delegates a mailbox may have: the figure of the API's reference. Google's help says a thousand, and some
/// tenants have stopped at ten (facts sheet, Google 1.1).
const MOST: usize = 25;

/// `gmail/v1/users/{user}/settings/…`.
pub(super) fn answer(tenant: &mut Tenant, call: &Call, user: &str, path: &[&str]) -> Answer {
    let method = call.request.method.as_str();
    let reads = method == "GET";
    match (path, reads) {
        (["delegates", ..], _) | (["autoForwarding" | "forwardingAddresses" | "filters"], true) => {}
        _ => return Err(errors::no_method()),
    }
    call.caller.needs(if reads { &READ } else { &WRITE })?;
    if call.caller.kind != Kind::Service && path.first() == Some(&"delegates") {
        let text = "Access restricted to service accounts that have been delegated domain-wide authority";
        return Err(errors::canonical(403, "forbidden", text));
    }
    let mailbox = mailbox(tenant, call, user)?;
    match path {
        ["autoForwarding"] => auto_forwarding(call, &mailbox),
        ["forwardingAddresses"] => forwarding_addresses(call, &mailbox),
        ["filters"] => filters(call, &mailbox),
        [_, rest @ ..] => delegates(tenant, call, &mailbox, rest),
        [] => Err(errors::no_method()),
    }
}

/// The mailbox that the call acts for.
fn mailbox(tenant: &Tenant, call: &Call, user: &str) -> Result<User, Reply> {
    let subject = call.caller.user(tenant);
    // Only a service account that acts for the mailbox itself may come here.
    let Some(mailbox) = subject.filter(|one| user == "me" || one.primary.eq_ignore_ascii_case(user)).cloned() else {
        return Err(errors::canonical(
            403,
            "forbidden",
            &format!("Delegation denied for {}", subject.map_or("", |one| &one.primary)),
        ));
    };
    if !tenant.has_mailbox(&mailbox, call.now()) {
        return Err(failed("Mail service not enabled"));
    }
    Ok(mailbox)
}

/// `GET …/autoForwarding`: every message, if at all.
fn auto_forwarding(call: &Call, mailbox: &User) -> Answer {
    let body = match &mailbox.forwarding {
        Some(to) => json!({"enabled": true, "emailAddress": to, "disposition": "leaveInInbox"}),
        None => json!({"enabled": false}),
    };
    reply(call, 200, body, &schema::AUTO_FORWARDING)
}

/// `GET …/forwardingAddresses`: what all mail or a filter forwards to has been confirmed before. An empty list is an
/// empty object, as with delegates.
fn forwarding_addresses(call: &Call, mailbox: &User) -> Answer {
    let all: std::collections::BTreeSet<&String> = mailbox.forwarding.iter().chain(&mailbox.filters).collect();
    let address = |to: &String| json!({"forwardingEmail": to, "verificationStatus": "accepted"});
    let rows: Vec<_> = all.into_iter().map(address).collect();
    let body = if rows.is_empty() { json!({}) } else { json!({"forwardingAddresses": rows}) };
    reply(call, 200, body, &schema::FORWARDING_ADDRESSES)
}

/// `GET …/filters`: one for each address that mail is forwarded to, and one that forwards nothing.
fn filters(call: &Call, mailbox: &User) -> Answer {
    let forwards = mailbox.filters.iter().enumerate().map(|(place, to)| {
        json!({"id": format!("ANe1Bm{place}"), "criteria": {"query": "reset OR code"}, "action": {"forward": to}})
    });
    let mut all: Vec<_> = forwards.collect();
    if !all.is_empty() {
        let labels = json!({"addLabelIds": ["IMPORTANT"], "removeLabelIds": ["INBOX"]});
        all.push(json!({"id": "ANe1BmZ", "criteria": {"from": "news@vendor.example"}, "action": labels}));
    }
    let body = if all.is_empty() { json!({}) } else { json!({"filter": all}) };
    reply(call, 200, body, &schema::FILTERS)
}

/// `…/delegates[/{delegate}]`.
fn delegates(tenant: &mut Tenant, call: &Call, mailbox: &User, rest: &[&str]) -> Answer {
    let method = call.request.method.as_str();
    let prefix = format!("{}/", mailbox.id);
    match (method, rest) {
        ("GET", []) => {
            let rows: Vec<_> = tenant.delegates.with_prefix(&prefix).map(|(_, row)| resource(tenant, row)).collect();
            // An empty list is an empty object, not an empty array.
            let body = if rows.is_empty() { json!({}) } else { json!({"delegates": rows}) };
            reply(call, 200, body, &schema::DELEGATES)
        }
        ("POST", []) => create(tenant, call, mailbox),
        ("GET", [delegate]) => {
            let (_, row) = find(tenant, &prefix, delegate)?;
            reply(call, 200, resource(tenant, row), &schema::DELEGATE)
        }
        ("DELETE", [delegate]) => {
            let (key, _) = find(tenant, &prefix, delegate)?;
            tenant.delegates.remove(&key);
            Ok(Reply::empty(204))
        }
        _ => Err(errors::no_method()),
    }
}

fn failed(message: &str) -> Reply {
    errors::canonical(400, "failedPrecondition", message)
}

/// The delegate's address now; the one it was added under where the account is gone.
fn shown<'a>(tenant: &'a Tenant, row: &'a Delegate) -> &'a str {
    tenant.users.get(&row.id).filter(|user| user.deleted.is_none()).map_or(&row.address, |user| &user.primary)
}

/// The status stays what it was whatever becomes of the delegate's account: what Google shows is not known (facts
/// sheet, Google 9.5), and a client that trusts the status alone would be wrong.
fn resource(tenant: &Tenant, row: &Delegate) -> serde_json::Value {
    json!({"delegateEmail": shown(tenant, row), "verificationStatus": row.status})
}

fn find<'a>(tenant: &'a Tenant, prefix: &str, address: &str) -> Result<(String, &'a Delegate), Reply> {
    let keys: Vec<String> = tenant.delegates.with_prefix(prefix).map(|(key, _)| key.to_owned()).collect();
    let rows = keys.into_iter().filter_map(|key| tenant.delegates.get(&key).map(|row| (key, row)));
    let mut named = rows.filter(|(_, row)| shown(tenant, row).eq_ignore_ascii_case(address));
    named.next().ok_or_else(|| errors::canonical(404, "notFound", "Requested entity was not found."))
}

fn create(tenant: &mut Tenant, call: &Call, mailbox: &User) -> Answer {
    resource::mask(call.request, &schema::DELEGATE)?;
    let fields = schema::body(call.request, &schema::DELEGATE)?;
    let invalid = || errors::canonical(400, "invalidArgument", "Invalid delegate");
    let address = text(&fields, "delegateEmail").ok_or_else(invalid)?;
    let address: tripod_model::Address = address.parse().map_err(|_| failed("Bad Request"))?;
    if mailbox.suspended || mailbox.archived || !tenant.delegation_allowed(&mailbox.unit) {
        return Err(failed("Precondition check failed."));
    }
    // Outsiders, groups, aliases and the mailbox itself are no delegates. Groups may be by now at Google (facts sheet,
    // Google 1.2), but nobody has seen it over the API.
    let delegate = match tenant.addresses.get(address.as_str()) {
        Some(Owner::User(id)) => tenant.users.get(id),
        _ => None,
    };
    let delegate = delegate.filter(|user| user.primary == address.as_str() && user.id != mailbox.id);
    let delegate = delegate.filter(|user| !user.suspended && !user.archived && !user.guest);
    let delegate = delegate.filter(|user| tenant.has_mailbox(user, call.now())).ok_or_else(invalid)?;
    if !tenant.delegation_allowed(&delegate.unit) {
        return Err(failed("Precondition check failed."));
    }
    let key = format!("{}/{}", mailbox.id, delegate.id);
    if tenant.delegates.get(&key).is_some() {
        // The exact text is in no source that the sheet found.
        return Err(errors::canonical(409, "alreadyExists", "Delegate already exists."));
    }
    let prefix = format!("{}/", mailbox.id);
    if tenant.delegates.with_prefix(&prefix).count() >= MOST {
        return Err(failed("Delegator user cannot have any more delegates"));
    }
    let row = Delegate { id: delegate.id.clone(), address: address.to_string(), status: state::ACCEPTED.to_owned() };
    let body = resource(tenant, &row);
    tenant.delegates.insert(key, row);
    reply(call, 200, body, &schema::DELEGATE)
}
