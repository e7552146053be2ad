//! What people get to see, letter by letter.

use std::collections::BTreeMap;

use jiff::Timestamp;
use tripod_model::{Address, Kind, Place, Policy, Provider, SignIn, State, TenantName, WantedDelegate, WantedMailbox};
use tripod_provisioner::{
    Action, ApplyReport, Failure, MailboxReport, MailboxState, Outcome, PlanOptions, Planned, StepReport, StepState,
    plan,
};
use tripod_tenant::{
    Acceptance, ErrorKind, Form, Inactive, MailboxId, Observation, Observed, ObservedDelegate, ObservedMailbox, Person,
    PersonId, Principal, Rights, Setting, Unknown,
};

use crate::{apply_text, plan_json, plan_markdown, plan_text};

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn person(name: &str) -> Person {
    Person {
        id: PersonId(name.to_owned()),
        address: address(&format!("{name}@contoso.test")),
        aliases: Vec::new(),
        name: name.to_owned(),
        inactive: None,
        leaves: None,
        last_sign_in: None,
        department: None,
        manager: None,
    }
}

fn wanted(name: &str, delegates: &[&str]) -> WantedMailbox {
    let place = Place { file: "mailboxes/it.yaml".to_owned(), line: 1, column: 1 };
    let delegate = |name: &&str| WantedDelegate { address: person(name).address, place: place.clone() };
    WantedMailbox {
        address: address(&format!("{name}@contoso.test")),
        tenant: TenantName("contoso".to_owned()),
        name: "All <b>of</b> *it*\u{1b}[2J".to_owned(),
        purpose: "It is used".to_owned(),
        kind: Kind::SharedMailbox,
        apps: Vec::new(),
        delegates: delegates.iter().map(delegate).collect(),
        sign_in: SignIn::Blocked,
        credential: None,
        adopt: false,
        state: State::Active,
        place: place.clone(),
    }
}

fn mailbox(name: &str, delegates: &[&str]) -> ObservedMailbox {
    let delegate = |name: &&str| ObservedDelegate {
        who: Principal::Account { id: None, address: person(name).address },
        rights: Rights::FULL,
        acceptance: Acceptance::Accepted,
    };
    ObservedMailbox {
        id: MailboxId(name.to_owned()),
        address: address(&format!("{name}@contoso.test")),
        aliases: Vec::new(),
        name: wanted(name, &[]).name,
        form: Form::SharedMailbox,
        delegates: Observed::Present(delegates.iter().map(delegate).collect()),
        settings: [Setting::SignInBlocked, Setting::SentCopiesKept].map(|one| (one, Observed::Present(true))).into(),
    }
}

/// One mailbox to create, one whose delegate is replaced, one below quorum, one unknown.
fn sample() -> Planned {
    let wanted = [
        wanted("backups", &["ana", "bo", "cy"]),
        wanted("desk", &["ana", "bo", "di"]),
        wanted("few", &["ana", "bo", "gone"]),
        wanted("dark", &["ana", "bo", "cy"]),
    ];
    let mut look = Observation::default();
    for name in ["ana", "bo", "cy", "di", "gone"] {
        look.people.insert(person(name).address, Observed::Present(person(name)));
    }
    let gone = Person { inactive: Some(Inactive::Disabled), ..person("gone") };
    look.people.insert(gone.address.clone(), Observed::Present(gone));
    look.mailboxes.insert(address("backups@contoso.test"), Observed::Absent);
    look.mailboxes.insert(address("desk@contoso.test"), Observed::Present(mailbox("desk", &["ana", "bo", "cy"])));
    look.mailboxes.insert(address("few@contoso.test"), Observed::Absent);
    let unknown = Unknown { kind: ErrorKind::Unavailable, reason: "503 from @provider".to_owned() };
    look.mailboxes.insert(address("dark@contoso.test"), Observed::Unknown(unknown));
    let providers = BTreeMap::from([(TenantName("contoso".to_owned()), Provider::Microsoft365)]);
    plan(&wanted, &look, &Policy::default(), now(), &PlanOptions { allow_removals: None, providers })
}

/// The text as it is seen where colours are not wanted.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = after.split_once('m').map_or("", |(_, rest)| rest);
    }
    plain + rest
}

#[test]
fn a_plan_reads_without_colours() {
    let expected = "\
contoso
  + backups@contoso.test  shared-mailbox, «All <b>of</b> *it*\\u{1b}[2J»
      ~ sign-in blocked, sent copies kept
      + ana@contoso.test
      + bo@contoso.test
      + cy@contoso.test
  ! dark@contoso.test
      ! could not read the mailbox: 503 from @provider
  ~ desk@contoso.test
      + di@contoso.test
      - cy@contoso.test
  ! few@contoso.test
      ! 2 of its delegates can act, 3 are needed; it is not created
      ! gone@contoso.test cannot be a delegate: account disabled

1 to create, 4 grants, 1 removal, 1 change; 2 mailboxes cannot be planned in full
";
    assert_eq!(plain(&plan_text(&sample())), expected);
}

#[test]
fn nothing_foreign_is_markup_in_a_comment() {
    let planned = sample();
    let expected = format!(
        "\
## Plan `{}`

**1 to create, 4 grants, 1 removal, 1 change; 2 mailboxes cannot be planned in full**

### contoso

- `+` **backups&#64;contoso.test** shared-mailbox, «All &#60;b&#62;of&#60;/b&#62; \\*it\\*\\\\u{{1b}}\\[2J»
  - `~` sign-in blocked, sent copies kept
  - `+` ana&#64;contoso.test
  - `+` bo&#64;contoso.test
  - `+` cy&#64;contoso.test
- `!` **dark&#64;contoso.test**
  - `!` could not read the mailbox: 503 from &#64;provider
- `~` **desk&#64;contoso.test**
  - `+` di&#64;contoso.test
  - `-` cy&#64;contoso.test
- `!` **few&#64;contoso.test**
  - `!` 2 of its delegates can act, 3 are needed; it is not created
  - `!` gone&#64;contoso.test cannot be a delegate: account disabled

Digest: `{}`
",
        planned.plan.digest().short(),
        planned.plan.digest()
    );
    assert_eq!(plan_markdown(&planned), expected);
}

#[test]
fn the_json_holds_the_plans_own_document() {
    let planned = sample();
    let value: serde_json::Value = serde_json::from_str(&plan_json(&planned).unwrap()).unwrap();
    let document = value["document"].to_string();
    assert_eq!(tripod_provisioner::Plan::from_json(&document).unwrap(), planned.plan);
    assert_eq!(value["summary"]["grants"], 4);
    assert_eq!(value["not-planned"][0]["message"], "could not read the mailbox: 503 from @provider");
}

#[test]
fn a_table_says_what_came_of_each_mailbox_and_why_a_step_failed() {
    let failure = Failure {
        kind: ErrorKind::Denied,
        message: "cannot give ana@contoso.test access: no (request r-1)".to_owned(),
        permission: None,
        request_id: Some("r-1".to_owned()),
        not_done: true,
    };
    let step = |state| StepReport { number: 1, action: Action::Grant { person: person("ana").as_ref() }, state };
    let entry = |name: &str, state, active_delegates, steps| MailboxReport {
        tenant: TenantName("contoso".to_owned()),
        mailbox: address(&format!("{name}@contoso.test")),
        state,
        active_delegates,
        steps,
    };
    let report = ApplyReport {
        digest: sample().plan.digest().clone(),
        begun: now(),
        finished: now(),
        outcome: Outcome::SetUp,
        mailboxes: vec![
            entry("backups", MailboxState::Done, Some(3), vec![step(StepState::Confirmed)]),
            entry(
                "desk",
                MailboxState::Failed,
                None,
                vec![step(StepState::Failed(failure)), step(StepState::NotTried)],
            ),
        ],
    };
    let expected = " \
tenant   mailbox               steps  active  result
 contoso  backups@contoso.test  1/1    3       done
 contoso  desk@contoso.test     0/2    -       failed
! desk@contoso.test: cannot give ana@contoso.test access: no (request r-1)
1 of 2 mailboxes done, 1 failed
";
    assert_eq!(plain(&apply_text(&report)), expected);
}
