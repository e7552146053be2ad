//! What is kept between runs, and what is told.

use tripod_model::Policy;
use tripod_tenant::{Inactive, Observed};

use super::{BOX, PEOPLE, address, now, person, sound, unknown, wanted};
use crate::{Finding, History, Verification, generic_payload, news, slack_payload, teams_payload, verify};

fn all_well() -> Verification {
    verify(&[wanted(&PEOPLE)], &sound(&PEOPLE), &Policy::default(), now())
}

fn bob_left() -> Verification {
    let mut observed = sound(&PEOPLE);
    let mut bob = person("bob@a.test");
    bob.activity = Inactive::Disabled.into();
    observed.people.insert(address("bob@a.test"), Observed::Present(bob));
    verify(&[wanted(&PEOPLE)], &observed, &Policy::default(), now())
}

fn unread() -> Verification {
    let mut observed = sound(&PEOPLE);
    observed.mailboxes.insert(address(BOX), unknown());
    verify(&[wanted(&PEOPLE)], &observed, &Policy::default(), now())
}

fn ids(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(Finding::id).collect()
}

#[test]
fn a_difference_says_what_is_new_gone_and_still_there() {
    let mut history = History::in_memory().expect("a history");
    assert_eq!(history.since_last().expect("a read"), None);
    let mut sides = Vec::new();
    for look in [all_well(), bob_left(), bob_left(), all_well()] {
        history.record(&look).expect("kept");
        let difference = history.since_last().expect("a read").expect("a run");
        sides.push([difference.new.len(), difference.gone.len(), difference.still.len(), difference.unsure.len()]);
    }
    assert_eq!(sides, [[0, 0, 0, 0], [2, 0, 0, 0], [0, 0, 2, 0], [0, 2, 0, 0]]);
}

#[test]
fn what_could_not_be_checked_is_not_gone_and_not_new_again() {
    let mut history = History::in_memory().expect("a history");
    history.record(&bob_left()).expect("kept");
    let (_, unsure) = history.record_and_tell(&unread(), |_| panic!("nothing to tell")).expect("kept");
    assert_eq!((ids(&unsure.gone), unsure.unsure.len()), (Vec::new(), 2));
    let (_, again) = history.record_and_tell(&bob_left(), |_| panic!("nothing to tell")).expect("kept");
    assert_eq!((again.new.len(), again.still.len()), (0, 2));
}

#[test]
fn a_change_of_words_or_place_is_the_same_finding() {
    let mut moved = bob_left();
    for finding in &mut moved.findings {
        finding.message = "in other words".to_owned();
        finding.place.line += 7;
        finding.severity = tripod_model::Severity::Low;
    }
    let told = news(&bob_left().findings, &moved);
    assert!(!told.is_worth_telling());
    let prints: std::collections::BTreeSet<String> = moved.findings.iter().map(Finding::fingerprint).collect();
    assert_eq!(prints.len(), moved.findings.len());
}

#[test]
fn news_are_told_once_and_stay_until_they_are_delivered() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("findings.db");
    let tell = |news: &crate::News| vec![("chat".to_owned(), generic_payload(news, now()))];
    {
        let mut history = History::open(&path).expect("a history");
        history.record_and_tell(&all_well(), tell).expect("kept");
        history.record_and_tell(&bob_left(), tell).expect("kept");
        history.record_and_tell(&bob_left(), tell).expect("kept");
        let [message] = &history.undelivered().expect("a read")[..] else { panic!("one message") };
        assert!(message.payload.contains("bob@a.test"), "{}", message.payload);
        history.failed(message.id, "the webhook answered 503").expect("noted");
    }
    let mut history = History::open(&path).expect("the same history");
    let messages = history.undelivered().expect("a read");
    assert_eq!((messages.len(), messages[0].attempts), (1, 1));
    history.delivered(messages[0].id, now()).expect("noted");
    assert_eq!(history.undelivered().expect("a read"), []);
    assert_eq!(history.last().expect("a read"), Some(bob_left()));
}

#[test]
fn the_trend_counts_by_severity() {
    let mut history = History::in_memory().expect("a history");
    history.record(&all_well()).expect("kept");
    history.record(&bob_left()).expect("kept");
    history.record(&unread()).expect("kept");
    let trend = history.trend().expect("a read");
    let rows: Vec<_> = trend.iter().map(|p| (p.mailboxes, p.sound, p.high, p.critical, p.unknown)).collect();
    assert_eq!(rows, [(1, 1, 0, 0, 0), (1, 0, 1, 1, 0), (1, 0, 0, 0, 1)]);
}

#[test]
fn a_history_of_a_newer_program_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("findings.db");
    drop(History::open(&path).expect("a history"));
    let connection = rusqlite::Connection::open(&path).expect("the file");
    connection.pragma_update(None, "user_version", 99).expect("written");
    drop(connection);
    let error = History::open(&path).expect_err("refused").to_string();
    assert!(error.contains("newer version"), "{error}");
}

#[test]
fn a_cursor_is_kept_by_tenant() {
    let mut history = History::in_memory().expect("a history");
    assert_eq!(history.cursor("a").expect("a read"), None);
    history.keep_cursor("a", "one").expect("kept");
    history.keep_cursor("a", "two").expect("kept");
    assert_eq!(history.cursor("a").expect("a read").as_deref(), Some("two"));
}

#[test]
fn the_messages_have_their_forms_and_give_nothing_a_meaning() {
    let mut told = news(&[], &bob_left());
    told.new[0].message = "<!channel> *a* & [b](c)".to_owned();
    let slack = slack_payload(&told);
    assert_eq!(slack["text"], "Tripod: 2 new findings");
    assert_eq!(slack["blocks"][0]["type"], "header");
    let text = slack["blocks"][1]["text"]["text"].as_str().expect("a text");
    assert!(text.contains("&lt;!channel&gt; *a* &amp;"), "{text}");
    let teams = teams_payload(&told);
    assert_eq!(teams["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
    let body = teams["attachments"][0]["content"]["body"].as_array().expect("a body");
    assert!(body[1]["text"].as_str().expect("a text").contains("\\[b\\]\\(c\\)"), "{body:?}");
    let generic = generic_payload(&told, now());
    assert_eq!(generic["new"].as_array().expect("findings").len(), 2);
    assert_eq!(generic["id"], generic_payload(&told, now())["id"]);
}

#[test]
fn a_long_message_is_cut_to_what_people_read() {
    let mut told = news(&[], &bob_left());
    let one = told.new[0].clone();
    told.new = vec![one; 40];
    let blocks = slack_payload(&told)["blocks"].as_array().expect("blocks").len();
    assert_eq!(blocks, 1 + 15 + 1);
}
