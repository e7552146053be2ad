//! The states that Google puts mailboxes into, and what of them reaches those who ask.

use serde_json::json;
use tripod_model::{Address, Kind};
use tripod_sandbox::{Condition, Standing};
use tripod_tenant::{
    Change, Configure, ErrorKind, MailboxRef, MailboxState, Observed, Person, Principal, Setting, TenantAuditor,
    TenantReader,
};

use crate::support::{CUSTOMER, OLD_MAILBOXES, Stage, access, at, new, people, stage, stage_that_counts};

async fn states_of(stage: &Stage, name: &str, kind: Kind) -> Vec<MailboxState> {
    let seen = stage.present(name, kind).await;
    let possible = MailboxState::possible(tripod_model::Provider::GoogleWorkspace, kind);
    for state in possible {
        assert!(!matches!(seen.state(*state), Observed::Unknown(_)), "{state:?} of {name} is not told");
    }
    possible.iter().copied().filter(|state| matches!(seen.state(*state), Observed::Present(_))).collect()
}

#[tokio::test]
async fn how_the_account_behind_a_shared_mailbox_stands_is_told() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    assert_eq!(states_of(&stage, "old-box", Kind::SharedMailbox).await, []);
    for (standing, state) in [
        (Standing::Disabled, MailboxState::Suspended),
        (Standing::Archived, MailboxState::Archived),
        (Standing::NoMailbox, MailboxState::WithoutMailbox),
    ] {
        stage.set("old-box", &Condition::Standing(standing));
        assert_eq!(states_of(&stage, "old-box", Kind::SharedMailbox).await, [state], "{standing:?}");
    }
    stage.set("old-box", &Condition::Standing(Standing::Active));
    // Tripod itself hides the accounts that it makes, so that this is no state to report.
    stage.set("old-box", &Condition::Hidden(true));
    assert_eq!(states_of(&stage, "old-box", Kind::SharedMailbox).await, []);
    stage.set("old-inbox", &Condition::Hidden(true));
    assert_eq!(states_of(&stage, "old-inbox", Kind::GroupInbox).await, [MailboxState::Hidden]);
}

#[tokio::test]
async fn a_mailbox_can_be_in_a_state_from_the_start() {
    let old = "
    mailboxes:
      - {address: old-box@juniper.example, name: Old Box, kind: shared-mailbox, google: {standing: disabled, hidden: true}}
      - address: old-inbox@juniper.example
        name: Old Inbox
        kind: group-inbox
        google: {settings: {archiveOnly: 'true'}, members: [{type: CUSTOMER}], members-by-rule: user.is_active}
";
    let stage = stage(&format!("{CUSTOMER}{old}")).await;
    let states = states_of(&stage, "old-box", Kind::SharedMailbox).await;
    assert_eq!(states, [MailboxState::Suspended]);
    assert_eq!(states_of(&stage, "old-inbox", Kind::GroupInbox).await, [MailboxState::MembersByRule]);
    let inbox = stage.present("old-inbox", Kind::GroupInbox).await;
    assert_eq!(inbox.settings[&Setting::OutsideMailAccepted], Observed::Present(false));
    let all = &inbox.delegates.present().unwrap()[0].who;
    assert!(matches!(all, Principal::Everybody { .. }), "{all:?}");
}

async fn delegation(stage: &Stage, name: &str) -> Observed<bool> {
    match stage.reader.people(&[at(name)]).await.remove(0) {
        Observed::Present(Person { delegation, .. }) => delegation,
        other => panic!("{name}: {other:?}"),
    }
}

#[tokio::test]
async fn the_switch_for_mail_delegation_is_read_for_the_mailbox_and_for_each_person() {
    let liv = "      - {address: liv@juniper.example, name: Liv Dahl, unit: /Staff}\n";
    let stage = stage(&format!("{CUSTOMER}{liv}{OLD_MAILBOXES}")).await;
    assert_eq!(delegation(&stage, "liv").await, Observed::Present(true));
    stage.set("liv", &Condition::UnitDelegation(false));
    assert_eq!(delegation(&stage, "liv").await, Observed::Present(false));
    assert_eq!(delegation(&stage, "ana").await, Observed::Present(true));
    let box_is_on = || async { stage.present("old-box", Kind::SharedMailbox).await.delegation };
    assert_eq!(box_is_on().await, Observed::Present(true));
    stage.set("old-box", &Condition::UnitDelegation(false));
    assert_eq!(box_is_on().await, Observed::Present(false));
    assert_eq!(delegation(&stage, "liv").await, Observed::Present(false));
    // A group has nothing to delegate.
    assert_eq!(stage.present("old-inbox", Kind::GroupInbox).await.delegation, Observed::Absent);
}

#[tokio::test]
async fn a_policy_of_a_group_goes_before_the_policy_of_the_unit() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    stage.set("staff", &Condition::GroupDelegation(Some(false)));
    let of = async |name| delegation(&stage, name).await;
    assert_eq!([of("ana").await, of("ben").await], [Observed::Present(false), Observed::Present(false)]);
    assert_eq!(of("cara").await, Observed::Present(true));
    stage.set("ana", &Condition::UnitDelegation(false));
    stage.set("staff", &Condition::GroupDelegation(Some(true)));
    assert_eq!([of("ana").await, of("cara").await], [Observed::Present(true), Observed::Present(false)]);
}

#[tokio::test]
async fn a_switch_that_may_not_be_read_is_a_matter_of_set_up_and_an_outage_is_not() {
    let scope = "https://www.googleapis.com/auth/cloud-identity.policies.readonly";
    let kind = |switch: &Observed<bool>| match switch {
        Observed::Unknown(unknown) => unknown.kind,
        other => panic!("{other:?}"),
    };
    let without = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}    missing-permissions: ['{scope}']\n")).await;
    assert_eq!(kind(&delegation(&without, "ana").await), ErrorKind::SetUp);
    assert_eq!(kind(&without.present("old-box", Kind::SharedMailbox).await.delegation), ErrorKind::SetUp);
    let down = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    down.fault(&json!({ "host": "cloudidentity.googleapis.com", "what": "unavailable" }));
    assert_eq!(kind(&delegation(&down, "ana").await), ErrorKind::Unavailable);
    assert_eq!(kind(&down.present("old-box", Kind::SharedMailbox).await.delegation), ErrorKind::Unavailable);
}

#[tokio::test]
async fn the_switch_is_read_once_however_many_are_asked_about() {
    let stage = stage_that_counts(&format!("{CUSTOMER}{}", people(30)), "switch-once").await;
    let addresses: Vec<Address> = (0..30).map(|n| at(&format!("p{n}"))).collect();
    let found = stage.reader.people(&addresses).await;
    assert!(found.iter().all(|person| person.present().unwrap().delegation == Observed::Present(true)));
    assert_eq!((stage.exchanges("GET", "/v1/policies"), stage.exchanges("GET", "/orgunits")), (1, 1));
}

const SETTINGS: [Setting; 6] = [
    Setting::CollaborativeInbox,
    Setting::OutsideMailAccepted,
    Setting::JoiningByInvitation,
    Setting::LeavingClosed,
    Setting::OutsidersRefused,
    Setting::ReadByMembersOnly,
];

#[tokio::test]
async fn every_setting_of_a_group_that_holds_refuses_or_shows_mail_is_told_and_turned_on_again() {
    let stage = stage(CUSTOMER).await;
    let mailbox = stage.ready("billing", Kind::GroupInbox).await;
    let changes: Vec<Change> = SETTINGS.iter().map(|setting| Change::TurnOn(*setting)).collect();
    let turn_on = || stage.configure(Configure { mailbox: mailbox.clone(), changes: changes.clone() });
    let off = || async {
        let seen = stage.present("billing", Kind::GroupInbox).await;
        let off = |setting: &Setting| seen.settings[setting] != Observed::Present(true);
        SETTINGS.into_iter().filter(off).collect::<Vec<_>>()
    };
    turn_on().await.unwrap();
    assert_eq!(off().await, []);
    for (name, values, setting) in [
        ("messageModerationLevel", vec!["MODERATE_ALL_MESSAGES", "MODERATE_NON_MEMBERS", "MODERATE_NEW_MEMBERS"], 1),
        ("spamModerationLevel", vec!["MODERATE", "SILENTLY_MODERATE", "REJECT"], 1),
        ("whoCanPostMessage", vec!["ALL_MEMBERS_CAN_POST", "ALL_IN_DOMAIN_CAN_POST"], 1),
        ("archiveOnly", vec!["true"], 1),
        ("isArchived", vec!["false"], 0),
        ("membersCanPostAsTheGroup", vec!["false"], 0),
        ("enableCollaborativeInbox", vec!["false"], 0),
        ("whoCanJoin", vec!["ANYONE_CAN_JOIN", "ALL_IN_DOMAIN_CAN_JOIN", "CAN_REQUEST_TO_JOIN"], 2),
        ("whoCanLeaveGroup", vec!["ALL_MEMBERS_CAN_LEAVE"], 3),
        ("allowExternalMembers", vec!["true"], 4),
        ("whoCanViewGroup", vec!["ANYONE_CAN_VIEW", "ALL_IN_DOMAIN_CAN_VIEW"], 5),
    ] {
        for value in values {
            let condition = Condition::GroupSetting { name: name.to_owned(), value: value.to_owned() };
            stage.set("billing", &condition);
            assert_eq!(off().await, [SETTINGS[setting]], "{name}={value}");
            turn_on().await.unwrap();
            assert_eq!(off().await, [], "{name}={value} is not mended");
        }
    }
}

#[tokio::test]
async fn members_that_are_no_people_are_told_as_what_they_are_and_hide_nobody() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    let member = |kind: &str, address: Option<&str>| Condition::Member {
        kind: kind.to_owned(),
        address: address.map(|address| address.parse().unwrap()),
        role: Some("OWNER".to_owned()),
    };
    for (kind, address) in [
        ("CUSTOMER", None),
        ("CHROME_OS_DEVICE", None),
        ("SERVICE_ACCOUNT", Some("robot@project.iam.gserviceaccount.com")),
        ("COWORKER_AGENT", Some("helper@agents.example")),
        ("EXTERNAL", Some("out@elsewhere.example")),
        ("HOLOGRAM", Some("holo@juniper.example")),
    ] {
        stage.set("old-inbox", &member(kind, address));
    }
    let seen = stage.present("old-inbox", Kind::GroupInbox).await;
    let all = seen.delegates.present().unwrap();
    let count = |is: fn(&Principal) -> bool| all.iter().filter(|delegate| is(&delegate.who)).count();
    assert_eq!(count(|who| matches!(who, Principal::Everybody { .. })), 1);
    assert_eq!(count(|who| matches!(who, Principal::Other { .. })), 3);
    assert_eq!(count(|who| matches!(who, Principal::Unclear { .. })), 1);
    assert_eq!(count(|who| matches!(who, Principal::Departed { .. })), 0);
    assert_eq!(count(|who| matches!(who, Principal::Account { id: Some(_), .. })), 2, "the people are still there");
    let outsider = Principal::Account { id: None, address: "out@elsewhere.example".parse().unwrap() };
    assert!(all.iter().any(|delegate| delegate.who == outsider && delegate.rights.is_full()));
    // What has no address can be taken out by what the list shows of it.
    let mailbox = MailboxRef { id: seen.id.clone(), address: seen.address.clone(), kind: Kind::GroupInbox };
    for delegate in all.iter().filter(|delegate| matches!(delegate.who, Principal::Everybody { .. })) {
        stage.revoke(&mailbox, delegate.who.clone()).await.unwrap();
    }
    assert_eq!(stage.present("old-inbox", Kind::GroupInbox).await.delegates.present().unwrap().len(), all.len() - 1);
}

#[tokio::test]
async fn a_delegate_who_cannot_be_looked_up_is_unclear_and_hides_nobody() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    stage.fault(&json!({ "host": "admin.googleapis.com", "matching": "/users/ben@", "what": "unavailable" }));
    let seen = stage.present("old-box", Kind::SharedMailbox).await;
    let who: Vec<_> = seen.delegates.present().unwrap().iter().map(|delegate| &delegate.who).collect();
    assert!(who.iter().any(|who| matches!(who, Principal::Account { id: Some(_), address } if *address == at("ana"))));
    assert!(who.iter().any(|who| matches!(who, Principal::Unclear { shown, .. } if shown == at("ben").as_str())));
}

#[tokio::test]
async fn a_group_whose_members_come_from_a_rule_says_so_and_so_do_its_refusals() {
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}")).await;
    let rule = "user.organizations.exists(one, one.department == 'IT')";
    stage.set("old-inbox", &Condition::MembersByRule(Some(rule.to_owned())));
    let seen = stage.present("old-inbox", Kind::GroupInbox).await;
    assert_eq!(seen.state(MailboxState::MembersByRule), Observed::Present(rule.to_owned()));
    assert_eq!(access(&seen), ["ana:full", "cara:full"]);
    let mailbox = MailboxRef { id: seen.id, address: seen.address, kind: Kind::GroupInbox };
    let granted = stage.grant(&mailbox, &["ben"]).await.remove(0).unwrap_err();
    let ana = Principal::Account { id: None, address: at("ana") };
    let revoked = stage.revoke(&mailbox, ana).await.unwrap_err();
    for error in [granted, revoked] {
        assert_eq!(error.kind, ErrorKind::SetUp, "{error}");
        assert!(error.message.contains("come from a rule") && error.message.contains(rule), "{error}");
        assert!(error.message.contains("Not Authorized"), "Google's own word is lost: {error}");
    }
}

#[tokio::test]
async fn a_refusal_that_a_rule_may_be_behind_says_that_it_could_not_be_found_out() {
    let scope = "https://www.googleapis.com/auth/cloud-identity.groups.readonly";
    let stage = stage(&format!("{CUSTOMER}{OLD_MAILBOXES}    missing-permissions: ['{scope}']\n")).await;
    stage.set("old-inbox", &Condition::MembersByRule(Some("user.is_active".to_owned())));
    let seen = stage.present("old-inbox", Kind::GroupInbox).await;
    assert!(matches!(seen.state(MailboxState::MembersByRule), Observed::Unknown(why) if why.kind == ErrorKind::SetUp));
    let mailbox = MailboxRef { id: seen.id, address: seen.address, kind: Kind::GroupInbox };
    let error = stage.grant(&mailbox, &["ben"]).await.remove(0).unwrap_err();
    assert!(error.message.contains("dynamic group") && error.message.contains("Not Authorized"), "{error}");
}

#[tokio::test]
async fn what_filters_forward_is_told_beside_what_is_forwarded() {
    let stage = stage(CUSTOMER).await;
    let mailbox = stage.ready("backups", Kind::SharedMailbox).await;
    let rules = || async { stage.reader.mailbox_facts(std::slice::from_ref(&mailbox)).await.remove(0).inbox_rules };
    assert_eq!(rules().await, Observed::Present(Vec::new()));
    stage.set("backups", &Condition::InboxRule(Some("out@elsewhere.example".to_owned())));
    assert_eq!(rules().await, Observed::Present(vec!["out@elsewhere.example".to_owned()]));
    stage.fault(&json!({ "host": "gmail.googleapis.com", "matching": "/filters", "what": "unavailable" }));
    assert!(matches!(rules().await, Observed::Unknown(why) if why.kind == ErrorKind::Unavailable));
}

#[tokio::test]
async fn names_that_google_does_not_take_are_refused_and_nothing_is_made() {
    let stage = stage(CUSTOMER).await;
    for local in ["backups+saas", "r&d", "abuse", "postmaster"] {
        let error = stage.create(new(local, Kind::SharedMailbox)).await.unwrap_err();
        assert_eq!((error.kind, error.not_done), (ErrorKind::Invalid, true), "{error}");
    }
    let long = tripod_tenant::NewMailbox {
        name: "Receives the failure reports of all the nightly backups there is".to_owned(),
        ..new("backups", Kind::SharedMailbox)
    };
    assert_eq!(stage.create(long).await.unwrap_err().kind, ErrorKind::Invalid);
    assert_eq!(stage.see("backups", Kind::SharedMailbox).await, Observed::Absent);
}
