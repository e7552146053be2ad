//! Shared mailboxes as Exchange shows them: states, restrictions, rules, and entries whose names say too little.

use std::sync::Mutex;

use serde_json::{Value, json};
use tripod_model::{Kind, Provider};
use tripod_tenant::{
    Activity, Change, Configure, ErrorKind, Inactive, MailboxRef, MailboxState, Observed, ObservedMailbox, Principal,
    Setting, TenantAuditor, TenantError, TenantWriter, Written,
};

use crate::{Tenant, at, tenant};

/// A tenant with one shared mailbox of which Exchange has more to say.
async fn with(exchange: Value, more: Value) -> Tenant {
    let mut described = json!({"mailboxes": [{"address": at("backups"), "name": "Backups", "kind": "shared-mailbox",
        "delegates": [at("alice"), at("bob"), at("carol")], "exchange": exchange}]});
    for (key, value) in more.as_object().unwrap() {
        described[key] = value.clone();
    }
    tenant(described).await
}

async fn mailbox(tenant: &Tenant) -> ObservedMailbox {
    tenant.observed("backups", Kind::SharedMailbox).await.present().unwrap().clone()
}

async fn principals(tenant: &Tenant) -> Vec<Principal> {
    mailbox(tenant).await.delegates.present().unwrap().iter().map(|delegate| delegate.who.clone()).collect()
}

fn is_account(who: &Principal, name: &str) -> bool {
    matches!(who, Principal::Account { address, id: Some(_) } if *address == at(name))
}

#[tokio::test]
async fn every_state_that_exchange_can_give_a_mailbox_is_told() {
    let plain = mailbox(&with(json!({}), json!({})).await).await;
    for state in MailboxState::possible(Provider::Microsoft365, Kind::SharedMailbox) {
        assert_eq!(plain.state(*state), Observed::Absent, "{state:?}");
    }
    for (said, state) in [
        (json!({"hidden": true}), MailboxState::Hidden),
        (json!({"hold": "litigation"}), MailboxState::OnHold),
        (json!({"hold": "in-place"}), MailboxState::OnHold),
        (json!({"hold": "retention"}), MailboxState::OnHold),
        (json!({"hold": "label"}), MailboxState::OnHold),
        (json!({"synchronised": "yes"}), MailboxState::Synchronised),
        (json!({"synchronised": "cloud-managed"}), MailboxState::Synchronised),
        (json!({"archive": true}), MailboxState::Unlicensed),
        (json!({"hold": "litigation"}), MailboxState::Unlicensed),
    ] {
        let seen = mailbox(&with(said.clone(), json!({})).await).await;
        assert!(matches!(seen.state(state), Observed::Present(_)), "{said} {state:?}: {:?}", seen.state(state));
    }
    let licensed = with(json!({"archive": true, "licence": "mailbox"}), json!({})).await;
    assert_eq!(mailbox(&licensed).await.state(MailboxState::Unlicensed), Observed::Absent);
}

#[tokio::test]
async fn a_property_that_exchange_leaves_out_is_unknown() {
    for (property, state) in [
        ("HiddenFromAddressListsEnabled", MailboxState::Hidden),
        ("InPlaceHolds", MailboxState::OnHold),
        ("IsDirSynced", MailboxState::Synchronised),
        ("ArchiveStatus", MailboxState::Unlicensed),
    ] {
        let seen = mailbox(&with(json!({"left-out": [property]}), json!({})).await).await;
        assert!(matches!(seen.state(state), Observed::Unknown(_)), "{property}");
    }
    for property in
        ["RequireSenderAuthenticationEnabled", "ModerationEnabled", "AcceptMessagesOnlyFromSendersOrMembers"]
    {
        let seen = mailbox(&with(json!({"left-out": [property]}), json!({})).await).await;
        assert!(matches!(seen.settings[&Setting::OutsideMailAccepted], Observed::Unknown(_)), "{property}");
    }
}

async fn turn_on(tenant: &Tenant, setting: Setting) -> Result<(), TenantError> {
    let seen = mailbox(tenant).await;
    let mailbox = MailboxRef { id: seen.id, address: seen.address, kind: Kind::SharedMailbox };
    let outcome = Mutex::new(None);
    let done = |_: usize, result: Result<Written<()>, TenantError>| {
        *outcome.lock().unwrap() = Some(result.map(|written| written.value));
    };
    tenant.writer().configure(&[Configure { mailbox, changes: vec![Change::TurnOn(setting)] }], &done).await;
    outcome.into_inner().unwrap().unwrap()
}

#[tokio::test]
async fn what_lets_mail_from_outside_through_is_what_is_compared() {
    for said in [
        json!({"inside-only": true}),
        json!({"moderated": true}),
        json!({"only-from": [at("alice")]}),
        json!({"inside-only": true, "moderated": true, "only-from": [at("alice"), at("bob")]}),
    ] {
        let tenant = with(said.clone(), json!({})).await;
        let accepted = |seen: &ObservedMailbox| seen.settings[&Setting::OutsideMailAccepted].clone();
        assert_eq!(accepted(&mailbox(&tenant).await), Observed::Present(false), "{said}");
        turn_on(&tenant, Setting::OutsideMailAccepted).await.unwrap();
        assert_eq!(accepted(&mailbox(&tenant).await), Observed::Present(true), "{said}");
    }
}

#[tokio::test]
async fn what_another_directory_decides_is_refused_with_that_cause() {
    let tenant = with(json!({"synchronised": "yes", "inside-only": true}), json!({})).await;
    for setting in [Setting::SignInBlocked, Setting::SentCopiesKept, Setting::OutsideMailAccepted] {
        let error = turn_on(&tenant, setting).await.unwrap_err();
        assert_eq!((error.kind, error.permission.as_deref()), (ErrorKind::SetUp, None), "{error}");
        assert!(error.message.contains("synchronised from the organisation's own directory"), "{error}");
    }
    let handed_over = with(json!({"synchronised": "cloud-managed"}), json!({})).await;
    turn_on(&handed_over, Setting::SignInBlocked).await.unwrap();
}

#[tokio::test]
async fn a_namesake_is_told_apart_by_the_security_identifier() {
    let twin = json!({"address": at("adm.alice"), "name": "alice Example", "exchange": {"shown-by-name": true}});
    let without_mailbox = json!({"address": at("adm.alice"), "name": "alice Example", "standing": "no-mailbox",
        "exchange": {"shown-by-name": true}});
    for twin in [twin, without_mailbox] {
        let more = json!({"people": [twin], "mailboxes": [{"address": at("backups"), "name": "Backups",
            "kind": "shared-mailbox", "delegates": [at("adm.alice"), at("bob")]}]});
        let seen = principals(&with(json!({}), more).await).await;
        assert!(!seen.iter().any(|who| is_account(who, "alice")), "{seen:?}");
        assert!(seen.iter().any(|who| matches!(who, Principal::Unclear { .. })), "{seen:?}");
        assert!(seen.iter().any(|who| is_account(who, "bob")), "one that is unclear hides nobody: {seen:?}");
    }
    // A name that is only one account's is that account.
    let more = json!({"people": [{"address": at("eve"), "name": "Eve Alone", "exchange": {"shown-by-name": true}}],
        "mailboxes": [{"address": at("backups"), "name": "Backups", "kind": "shared-mailbox", "delegates": [at("eve")]}]});
    let seen = principals(&with(json!({}), more).await).await;
    assert!(is_account(&seen[0], "eve"), "{seen:?}");
}

#[tokio::test]
async fn entries_are_what_they_are_and_not_what_they_are_called() {
    let entry = |shown: &str, sid: Option<&str>| json!({"shown": shown, "sid": sid, "read": true, "act": true});
    let entries = json!({"entries": [
        entry("Default", None),
        entry("Anonymous", Some("S-1-5-7")),
        entry("S-1-5-21-1-2-3-4444", Some("S-1-5-21-1-2-3-4444")),
        entry("S-1-12-1-1-2-3-4", None),
        entry("Nobody Known", None),
        entry("NT AUTHORITY\\SYSTEM", Some("S-1-5-18")),
        {"shown": at("dave"), "read": true, "act": true, "inherited": true},
        {"shown": at("bob"), "read": true, "act": true, "deny": true},
    ]});
    let seen = principals(&with(entries, json!({})).await).await;
    let is = |test: fn(&Principal) -> bool| seen.iter().filter(|who| test(who)).count();
    assert_eq!(is(|who| matches!(who, Principal::Everybody { .. })), 2, "{seen:?}");
    assert_eq!(is(|who| matches!(who, Principal::Departed { .. })), 1, "{seen:?}");
    assert_eq!(is(|who| matches!(who, Principal::Unclear { .. })), 2, "{seen:?}");
    assert!(seen.iter().any(|who| is_account(who, "alice")), "{seen:?}");
    assert!(!seen.iter().any(|who| is_account(who, "dave") || is_account(who, "bob")), "{seen:?}");
}

#[tokio::test]
async fn rules_of_the_inbox_that_send_on_are_found_hidden_ones_too() {
    let rules = json!({"rules": [
        {"name": "a", "to": ["out@elsewhere.example"]},
        {"name": "b", "to": ["secret@elsewhere.example"], "by": "redirect", "hidden": true},
        {"name": "c", "to": ["late@elsewhere.example"], "by": "attach"},
        {"name": "d", "to": ["off@elsewhere.example"], "off": true},
        {"name": "e"},
    ]});
    let tenant = with(rules, json!({})).await;
    let seen = mailbox(&tenant).await;
    let reference = MailboxRef { id: seen.id, address: seen.address, kind: Kind::SharedMailbox };
    let facts = tenant.reader().mailbox_facts(&[reference]).await.remove(0);
    let expected = ["late@elsewhere.example", "out@elsewhere.example", "secret@elsewhere.example"];
    assert_eq!(facts.inbox_rules, Observed::Present(expected.map(str::to_owned).to_vec()));
}

#[tokio::test]
async fn a_licence_is_a_mailbox_only_where_it_gives_one() {
    let person =
        |licence: &str| json!({"address": at("finn"), "name": "Finn Example", "exchange": {"licence": licence}});
    for licence in ["foundation", "none"] {
        let tenant = with(json!({}), json!({"people": [person(licence)]})).await;
        let finn = tenant.person(at("finn")).await.present().unwrap().clone();
        assert_eq!(finn.activity, Inactive::NoMailbox.into(), "{licence}");
    }
    let tenant = with(json!({}), json!({"people": [person("mailbox")]})).await;
    assert_eq!(tenant.person(at("finn")).await.present().unwrap().activity, Activity::Active);
}

#[tokio::test]
async fn who_is_only_called_like_an_address_does_not_hold_it() {
    let people = json!([{"address": at("bookings"), "name": at("signup")}]);
    let tenant = with(json!({}), json!({"people": people})).await;
    for kind in [Kind::SharedMailbox, Kind::GroupInbox] {
        assert_eq!(tenant.observed("signup", kind).await, Observed::Absent);
    }
    assert_eq!(tenant.person(at("signup")).await, Observed::Absent);
}
