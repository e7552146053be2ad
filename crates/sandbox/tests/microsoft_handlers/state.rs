//! What is kept, and who is there.

use serde_json::{Value, json};
use tripod_sandbox::Standing;

use crate::stage::*;

/// A table's rows by their keys.
type Saved = Vec<(String, Option<Value>)>;

#[test]
fn everything_is_in_the_tables() {
    let mut stage = stage();
    stage.shared("backups");
    let saved: Vec<(String, Saved)> =
        stage.microsoft.tables().into_iter().map(|(name, table)| (name, table.take_changes())).collect();
    assert!(saved.iter().all(|(name, _)| name.starts_with(&format!("microsoft/{TENANT}/"))));
    let mut empty = description();
    for list in ["people", "groups", "mailboxes"] {
        empty[list] = json!([]);
    }
    let mut other = stage_of(empty, 5);
    other.now = stage.now;
    for ((name, table), (saved_name, rows)) in other.microsoft.tables().into_iter().zip(saved) {
        assert_eq!(name, saved_name);
        table.clear();
        for (key, row) in rows {
            table.restore(key, row.unwrap()).unwrap();
        }
    }
    assert_eq!(other.microsoft.people(), stage.microsoft.people());
    let list = json!({"ResultSize": "Unlimited"});
    assert_eq!(other.rows("Get-Mailbox", list.clone()), stage.rows("Get-Mailbox", list));
    let target = "/users?$select=id,accountEnabled,createdDateTime";
    assert_eq!(body(&other.graph("GET", target, None))["value"], body(&stage.graph("GET", target, None))["value"]);
}

#[test]
fn people_come_with_their_standing() {
    let mut stage = stage();
    let standing = |stage: &Stage, name: &str| {
        stage
            .microsoft
            .people()
            .into_iter()
            .find(|person| person.address.local_part() == name)
            .map(|person| person.standing)
    };
    assert_eq!(standing(&stage, "ana"), Some(Standing::Active));
    assert_eq!(standing(&stage, "plain"), Some(Standing::NoMailbox));
    assert_eq!(standing(&stage, "guest"), Some(Standing::Guest));
    assert_eq!(standing(&stage, "gone"), Some(Standing::Deleted));
    assert_eq!(standing(&stage, "old"), None);
    assert!(stage.microsoft.set_enabled(&"ana@northwind.example".parse().unwrap(), false));
    assert_eq!(standing(&stage, "ana"), Some(Standing::Disabled));
    assert!(!stage.microsoft.set_enabled(&"nobody@northwind.example".parse().unwrap(), false));
}

#[test]
fn seats_run_out() {
    let mut told = description();
    told["seats"] = json!(2);
    let mut stage = stage_of(told, 0);
    assert_eq!(stage.rows("Get-Mailbox", json!({"RecipientTypeDetails": "UserMailbox"})).len(), 2);
    let reply = stage.graph("GET", "/subscribedSkus", None);
    let row = &body(&reply)["value"][0];
    assert_eq!((&row["consumedUnits"], &row["prepaidUnits"]["enabled"]), (&json!(2), &json!(2)));
}
