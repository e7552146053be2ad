//! What people get to see, letter by letter.

use tripod_model::TenantName;
use tripod_provisioner::{Action, ApplyReport, Failure, MailboxReport, MailboxState, Outcome, StepReport, StepState};
use tripod_tenant::ErrorKind;

use crate::{apply_text, plan_html, plan_json, plan_markdown, plan_text};
use sample::{address, now, person, sample};

#[path = "../tests/sample/plan.rs"]
mod sample;

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
      ~ sign-in blocked, sent copies kept, mail from outside accepted
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
      ! gone@contoso.test cannot be a delegate: account disabled; `tripod impact gone@contoso.test --patch` writes who could follow

1 to create, 4 grants, 1 removal, 1 change; 2 mailboxes cannot be planned in full
";
    assert_eq!(plain(&plan_text(&sample(), None)), expected);
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
  - `~` sign-in blocked, sent copies kept, mail from outside accepted
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
  - `!` gone&#64;contoso.test cannot be a delegate: account disabled; &#96;tripod impact gone&#64;contoso.test --patch&#96; writes who could follow

Digest: `{}`
",
        planned.plan.digest().short(),
        planned.plan.digest()
    );
    assert_eq!(plan_markdown(&planned), expected);
}

#[test]
fn the_page_of_a_plan_says_what_is_done_and_what_is_not_and_lets_nothing_foreign_be_markup() {
    let planned = sample();
    let page = plan_html(&planned, "<i>Contoso</i>").unwrap();
    assert!(
        page.contains("<h1>1 to create, 4 grants, 1 removal, 1 change; 2 mailboxes cannot be planned in full.</h1>")
    );
    assert!(page.contains(&planned.plan.digest().to_string()));
    for words in ["created", "not planned", "could not read the mailbox: 503 from @provider", "cy@contoso.test"] {
        assert!(page.contains(words), "«{words}» is not on the page");
    }
    for markup in ["<b>", "<i>", "\u{1b}", "<script", "http"] {
        assert!(!page.replace("http-equiv", "").contains(markup), "{markup:?} is on the page");
    }
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
        finished_before: None,
        quorum: 3,
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
    assert_eq!(plain(&apply_text(&report, None)), expected);
}
