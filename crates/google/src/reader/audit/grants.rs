//! What apps may do with people's own accounts, worked out from the audit log (facts sheet, Google 5).
//!
//! The log has events, no state: an app that was let in and not shut out since holds a grant. Shutting it out ends all
//! that it may do with the account, whatever scopes the event names.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use jiff::Timestamp;
use tripod_model::Address;
use tripod_tenant::{App, AppGrant, ErrorKind, GrantMeans, PersonId, PersonRef, TenantError};

use crate::call::Caller;
use crate::reports::{AUTHORIZE, Activity, Actor, Event, REVOKE};
use crate::wire::User;

/// Every grant that the log knows of, one for each app and person.
pub(super) async fn grants(caller: &Caller) -> Result<Vec<AppGrant>, TenantError> {
    let (given, ended, users) =
        futures::join!(caller.app_activities(AUTHORIZE), caller.app_activities(REVOKE), caller.users(false));
    let log: Vec<Activity> = given?.into_iter().chain(ended?).collect();
    in_force(&log, &Accounts::of(&users?))
}

/// One event that gave or ended a grant.
struct Step {
    time: Timestamp,
    gives: bool,
    app: App,
    person: PersonRef,
    scopes: Vec<String>,
}

fn in_force(log: &[Activity], accounts: &Accounts<'_>) -> Result<Vec<AppGrant>, TenantError> {
    let mut steps = Vec::new();
    for activity in log {
        if activity.events.is_empty() {
            let what = format!("read the entry of {}", activity.id.time);
            return Err(TenantError::new(ErrorKind::Invalid, what, "it does not tell what happened"));
        }
        for event in &activity.events {
            steps.extend(step(activity, event, accounts)?);
        }
    }
    // Of two events at the same time the giving one goes last: better to show a grant that has just ended than to
    // hide one that has just begun.
    steps.sort_by_key(|step| (step.time, step.gives));
    let mut grants = BTreeMap::new();
    for step in steps {
        let key = (step.app.id.clone(), step.person.id.clone());
        if step.gives {
            give(grants.entry(key), step);
        } else {
            grants.remove(&key);
        }
    }
    Ok(grants.into_values().collect())
}

fn give(entry: Entry<'_, (String, PersonId), AppGrant>, step: Step) {
    let grant = entry.or_insert_with(|| AppGrant {
        app: step.app.clone(),
        person: step.person,
        scopes: Vec::new(),
        means: GrantMeans::Consent,
        since: None,
    });
    grant.app = step.app;
    grant.since = Some(step.time);
    for scope in step.scopes {
        if !grant.scopes.contains(&scope) {
            grant.scopes.push(scope);
        }
    }
}

/// An event as a step; nothing if it is of another kind, or of an account that is no person's.
fn step(activity: &Activity, event: &Event, accounts: &Accounts<'_>) -> Result<Option<Step>, TenantError> {
    let gives = match event.name.as_str() {
        AUTHORIZE => true,
        REVOKE => false,
        _ => return Ok(None),
    };
    let unreadable = |message: &str| {
        TenantError::new(ErrorKind::Invalid, format!("read the {} event of {}", event.name, activity.id.time), message)
    };
    let time = activity.id.time.parse().map_err(|_| unreadable("its time cannot be read"))?;
    let Some(person) = accounts.person(&activity.actor).map_err(unreadable)? else { return Ok(None) };
    let id = event.text("client_id").ok_or_else(|| unreadable("it does not tell which app it is about"))?.to_owned();
    let name = event.text("app_name").unwrap_or(&id).to_owned();
    let app = App { id, name, publisher: None, verified: false };
    Ok(Some(Step { time, gives, app, person, scopes: event.texts("scope").to_vec() }))
}

/// The accounts of today, because an entry has the address that the account had then.
struct Accounts<'a> {
    by_id: BTreeMap<&'a str, &'a User>,
    by_address: BTreeMap<String, &'a User>,
}

impl<'a> Accounts<'a> {
    fn of(users: &'a [User]) -> Self {
        let other = |user: &'a User| user.aliases.iter().chain(&user.non_editable_aliases).map(move |one| (one, user));
        let own = users.iter().map(|user| (&user.primary_email, user));
        // Somebody's own address goes before another one's alias.
        let by_address = users.iter().flat_map(other).chain(own);
        Self {
            by_id: users.iter().map(|user| (user.id.as_str(), user)).collect(),
            by_address: by_address.map(|(address, user)| (address.to_ascii_lowercase(), user)).collect(),
        }
    }

    /// Who an entry is about; nothing if the account is a service mailbox of Tripod's. Somebody whose account is gone
    /// goes by what the entry tells.
    fn person(&self, actor: &Actor) -> Result<Option<PersonRef>, &'static str> {
        let address = actor.email.as_deref().map(str::to_ascii_lowercase);
        let by_id = actor.profile_id.as_deref().and_then(|id| self.by_id.get(id));
        let user = by_id.or_else(|| address.as_ref().and_then(|address| self.by_address.get(address)));
        if user.is_some_and(|user| user.is_marked()) {
            return Ok(None);
        }
        let written = user.map(|user| user.primary_email.as_str()).or(address.as_deref());
        let written = written.ok_or("it does not tell whose account it is about")?;
        let address: Address = written.parse().map_err(|_| "the address of the account cannot be used")?;
        let id = user.map(|user| user.id.clone()).or_else(|| actor.profile_id.clone());
        Ok(Some(PersonRef { id: PersonId(id.unwrap_or_else(|| address.to_string())), address }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// An entry as the facts sheet shows them (Google 5).
    fn entry(time: &str, email: &str, id: Option<&str>, event: &str, app: &str, scopes: &[&str]) -> Value {
        json!({
            "kind": "admin#reports#activity",
            "id": { "time": time, "uniqueQualifier": "1", "applicationName": "token", "customerId": "C1" },
            "actor": { "email": email, "profileId": id, "callerType": "USER" },
            "ipAddress": "192.0.2.1",
            "events": [{ "type": "auth", "name": event, "parameters": [
                { "name": "client_id", "value": app },
                { "name": "app_name", "value": format!("The {app}") },
                { "name": "client_type", "value": "WEB" },
                { "name": "scope", "multiValue": scopes },
            ] }],
        })
    }

    fn ana(time: &str, event: &str, scopes: &[&str]) -> Value {
        entry(&format!("2026-11-{time}.000Z"), "ana@example.com", Some("1"), event, "crm", scopes)
    }

    fn worked_out(log: &[Value]) -> Result<Vec<AppGrant>, TenantError> {
        let marker = json!([{ "type": "custom", "customType": "managed-by", "value": "tripod" }]);
        let users: Vec<User> = serde_json::from_value(json!([
            { "id": "1", "primaryEmail": "ana.lopes@example.com", "aliases": ["ana@example.com"] },
            { "id": "2", "primaryEmail": "ben@example.com" },
            { "id": "9", "primaryEmail": "backups@example.com", "externalIds": marker },
        ]))
        .unwrap();
        let log: Vec<Activity> = serde_json::from_value(json!(log)).unwrap();
        in_force(&log, &Accounts::of(&users))
    }

    #[test]
    fn an_app_that_asked_for_more_later_holds_one_grant_with_all_of_it() {
        let log = [
            ana("02T10:00:00", "authorize", &["email", "calendar"]),
            ana("01T10:00:00", "authorize", &["openid", "email"]),
        ];
        let grants = worked_out(&log).unwrap();
        assert_eq!(grants.len(), 1);
        assert_eq!(grants[0].scopes, ["openid", "email", "calendar"]);
        assert_eq!(grants[0].since, Some("2026-11-02T10:00:00Z".parse().unwrap()));
        assert_eq!((grants[0].app.id.as_str(), grants[0].app.name.as_str()), ("crm", "The crm"));
        assert_eq!(grants[0].means, GrantMeans::Consent);
    }

    #[test]
    fn a_later_revocation_ends_a_grant_and_an_earlier_one_does_not() {
        let given = ana("02T10:00:00", "authorize", &["email"]);
        assert_eq!(worked_out(&[given.clone(), ana("03T10:00:00", "revoke", &[])]).unwrap(), []);
        assert_eq!(worked_out(&[given, ana("01T10:00:00", "revoke", &[])]).unwrap().len(), 1);
    }

    #[test]
    fn what_was_given_before_a_revocation_does_not_come_back_with_a_new_grant() {
        let log = [
            ana("01T10:00:00", "authorize", &["drive"]),
            ana("02T10:00:00", "revoke", &["drive"]),
            ana("03T10:00:00", "authorize", &["email"]),
        ];
        assert_eq!(worked_out(&log).unwrap()[0].scopes, ["email"]);
    }

    #[test]
    fn a_revocation_ends_the_grant_of_its_own_person_and_app_only() {
        let other = |person: &str, app: &str, event: &str, day: u8| {
            entry(&format!("2026-11-0{day}T10:00:00.000Z"), person, None, event, app, &[])
        };
        let log = [
            other("ana@example.com", "crm", "authorize", 1),
            other("ben@example.com", "crm", "authorize", 1),
            other("ana@example.com", "tracker", "authorize", 1),
            other("ana@example.com", "crm", "revoke", 2),
        ];
        let left: Vec<_> = worked_out(&log).unwrap().into_iter().map(|one| (one.app.id, one.person.id.0)).collect();
        assert_eq!(left, [("crm".to_owned(), "2".to_owned()), ("tracker".to_owned(), "1".to_owned())]);
    }

    #[test]
    fn a_grant_has_the_address_that_the_person_has_today() {
        let grants = worked_out(&[ana("01T10:00:00", "authorize", &[])]).unwrap();
        assert_eq!(grants[0].person.address.as_str(), "ana.lopes@example.com");
    }

    #[test]
    fn somebody_who_is_gone_keeps_the_address_of_the_log() {
        let log = [entry("2026-11-01T10:00:00.000Z", "Gone@example.com", Some("7"), "authorize", "crm", &[])];
        let person = &worked_out(&log).unwrap()[0].person;
        assert_eq!((person.id.0.as_str(), person.address.as_str()), ("7", "gone@example.com"));
    }

    #[test]
    fn a_service_mailboxs_own_grants_are_no_persons() {
        let log = [entry("2026-11-01T10:00:00.000Z", "backups@example.com", Some("9"), "authorize", "crm", &[])];
        assert_eq!(worked_out(&log).unwrap(), []);
    }

    #[test]
    fn an_event_that_cannot_be_read_is_an_error_and_not_a_grant_less() {
        let mut without_app = ana("01T10:00:00", "authorize", &[]);
        without_app["events"][0]["parameters"][0]["name"] = json!("something");
        let mut without_person = ana("01T10:00:00", "authorize", &[]);
        without_person["actor"] = json!({ "callerType": "USER" });
        let mut without_time = ana("01T10:00:00", "authorize", &[]);
        without_time["id"]["time"] = json!("yesterday");
        for event in [without_app, without_person, without_time] {
            assert_eq!(worked_out(&[event]).unwrap_err().kind, ErrorKind::Invalid);
        }
    }
}
