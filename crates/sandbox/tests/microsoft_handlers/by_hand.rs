//! What is changed past Tripod, as both of the vendor's APIs show it afterwards.

use serde_json::{Value, json};
use tripod_sandbox::{Condition, Standing};

use crate::stage::*;

fn set(stage: &mut Stage, address: &str, condition: &Condition) -> Result<bool, String> {
    let now = stage.now;
    stage.microsoft.set(&address.parse().unwrap(), condition, now)
}

fn mailbox(stage: &mut Stage, address: &str) -> Value {
    stage.rows("Get-Mailbox", json!({"Identity": address})).remove(0)
}

#[test]
fn a_person_changes() {
    let mut stage = stage();
    let address = "bob@northwind.example";
    let id = stage.id_of(address);
    for condition in [
        Condition::Leaves(Some("2026-04-01T00:00:00Z".parse().unwrap())),
        Condition::Department(Some("Finance".to_owned())),
        Condition::Manager(Some("ana@northwind.example".parse().unwrap())),
        Condition::SignInOpen(false),
    ] {
        assert_eq!(set(&mut stage, address, &condition), Ok(true), "{condition:?}");
    }
    let select = "$select=department,employeeLeaveDateTime,accountEnabled,manager&$expand=manager";
    let reply = stage.graph("GET", &format!("/users/{id}?{select}"), None);
    let row = body(&reply).clone();
    assert_eq!(row["department"], "Finance");
    assert_eq!(row["employeeLeaveDateTime"], "2026-04-01T00:00:00Z");
    assert_eq!(row["accountEnabled"], false);
    assert_eq!(row["manager"]["id"], stage.id_of("ana@northwind.example"));
    let unknown = Condition::Manager(Some("nobody@northwind.example".parse().unwrap()));
    assert!(set(&mut stage, address, &unknown).is_err());
}

#[test]
fn every_standing_can_be_had_and_left() {
    let mut stage = stage();
    let address = "bob@northwind.example";
    let standing = |stage: &Stage| {
        stage
            .microsoft
            .people()
            .into_iter()
            .find(|person| person.address.as_str() == address)
            .map(|person| person.standing)
    };
    for wanted in [
        Standing::Disabled,
        Standing::Archived,
        Standing::Guest,
        Standing::NoMailbox,
        Standing::Deleted,
        Standing::Active,
    ] {
        assert_eq!(set(&mut stage, address, &Condition::Standing(wanted)), Ok(true));
        assert_eq!(standing(&stage), Some(wanted));
    }
    assert_eq!(mailbox(&mut stage, address)["RecipientTypeDetails"], "UserMailbox");
}

#[test]
fn a_mailbox_changes_and_the_cmdlets_put_it_right_again() {
    let mut stage = stage();
    let address = "old@northwind.example";
    for condition in [
        Condition::Forwarding(Some("me@elsewhere.example".to_owned())),
        Condition::Size(52_613_349_377),
        Condition::SentCopies(true),
        Condition::Access { who: "bob@northwind.example".parse().unwrap(), read: true, act: false },
        Condition::Access { who: "ana@northwind.example".parse().unwrap(), read: false, act: true },
    ] {
        assert_eq!(set(&mut stage, address, &condition), Ok(true), "{condition:?}");
    }
    let row = mailbox(&mut stage, address);
    assert_eq!(row["ForwardingSmtpAddress"], "smtp:me@elsewhere.example");
    assert_eq!((&row["MessageCopyForSentAsEnabled"], &row["DeliverToMailboxAndForward"]), (&json!(true), &json!(true)));
    let statistics = stage.rows("Get-MailboxStatistics", json!({"Identity": address})).remove(0);
    assert_eq!(statistics["TotalItemSize"], "49 GB (52,613,349,377 bytes)");
    let mut users = |cmdlet: &str, column: &str| -> Vec<String> {
        let rows = stage.rows(cmdlet, json!({"Identity": address}));
        rows.iter().map(|row| row[column].as_str().unwrap().to_owned()).filter(|name| name.contains('@')).collect()
    };
    assert_eq!(users("Get-MailboxPermission", "User"), ["bob@northwind.example"]);
    assert_eq!(users("Get-RecipientPermission", "Trustee"), ["ana@northwind.example"]);
    let parameters = json!({"Identity": address, "ForwardingSmtpAddress": null, "ForwardingAddress": null, "DeliverToMailboxAndForward": false});
    assert!(stage.exchange("Set-Mailbox", parameters).status < 300);
    assert_eq!(mailbox(&mut stage, address)["ForwardingSmtpAddress"], Value::Null);
    assert_eq!(set(&mut stage, address, &Condition::Forwarding(Some("bob@northwind.example".to_owned()))), Ok(true));
    assert_eq!(mailbox(&mut stage, address)["ForwardingAddress"], "bob");
}

#[test]
fn an_address_moves_and_a_mailbox_goes() {
    let mut stage = stage();
    let old = "old@northwind.example";
    assert_eq!(set(&mut stage, old, &Condition::Address("new@northwind.example".parse().unwrap())), Ok(true));
    let row = mailbox(&mut stage, "new@northwind.example");
    assert!(row["EmailAddresses"].as_array().unwrap().contains(&json!("smtp:old@northwind.example")));
    assert!(set(&mut stage, old, &Condition::Address("ana@northwind.example".parse().unwrap())).is_err());
    assert_eq!(set(&mut stage, old, &Condition::Deleted), Ok(true));
    assert_eq!(stage.exchange("Get-Mailbox", json!({"Identity": old})).status, 404);
    let deleted = stage.rows("Get-Mailbox", json!({"Identity": old, "SoftDeletedMailbox": true}));
    assert_eq!(deleted[0]["PrimarySmtpAddress"], "new@northwind.example");
}

#[test]
fn a_group_changes() {
    let mut stage = stage();
    let address = "team@northwind.example";
    for condition in [
        Condition::OpenToJoin(true),
        Condition::OutsideMail(true),
        Condition::Access { who: "bob@northwind.example".parse().unwrap(), read: true, act: false },
    ] {
        assert_eq!(set(&mut stage, address, &condition), Ok(true), "{condition:?}");
    }
    let reply = stage.graph("GET", "/groups?$filter=mail eq 'team@northwind.example'", None);
    let id = body(&reply)["value"][0]["id"].as_str().unwrap().to_owned();
    let reply = stage.graph("GET", &format!("/groups/{id}?$select=visibility,allowExternalSenders"), None);
    assert_eq!((&body(&reply)["visibility"], &body(&reply)["allowExternalSenders"]), (&json!("Public"), &json!(true)));
    let reply = stage.graph("GET", &format!("/groups/{id}/members"), None);
    assert_eq!(body(&reply)["value"].as_array().unwrap().len(), 2);
    let reply = stage.graph("GET", &format!("/groups/{id}/owners"), None);
    assert_eq!(body(&reply)["value"].as_array().unwrap().len(), 1);
}

#[test]
fn what_does_not_apply_is_refused_and_what_is_not_there_is_told() {
    let mut stage = stage();
    for condition in [Condition::Recovery(None), Condition::AppPasswords(1), Condition::UnitDelegation(false)] {
        assert!(set(&mut stage, "ana@northwind.example", &condition).is_err(), "{condition:?}");
        assert!(set(&mut stage, "team@northwind.example", &condition).is_err(), "{condition:?}");
    }
    assert!(set(&mut stage, "team@northwind.example", &Condition::Size(1)).is_err());
    assert!(set(&mut stage, "plain@northwind.example", &Condition::Size(1)).is_err());
    assert!(set(&mut stage, "it@northwind.example", &Condition::OpenToJoin(true)).is_err());
    assert_eq!(set(&mut stage, "nobody@northwind.example", &Condition::SecondFactor(true)), Ok(false));
}
