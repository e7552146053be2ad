//! Tickets that mean harm: each is refused with its reason, or read as the plain text that it is.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod samples;

use serde_json::json;
use tripod_tickets::request::{Request, RequestProblem, Source, problems_markdown, read, validate};

fn refusal(source: Source, bytes: &[u8]) -> String {
    let problems: Vec<RequestProblem> = read(source, bytes).unwrap_err();
    let markdown = problems_markdown(&problems);
    assert!(!markdown.contains('\u{202e}'), "{markdown}");
    // What stands between two back quotes is code, in which nothing is markup; one that is left over would open more.
    assert_eq!(markdown.matches('`').count() % 2, 0, "{markdown}");
    let prose: String = markdown.split('`').step_by(2).collect();
    assert!(!prose.contains('<'), "{markdown}");
    // An @ after a letter is part of an address; before a name it would call somebody.
    let mut before = prose.match_indices('@').map(|(place, _)| prose[..place].chars().last());
    assert!(before.all(|before| before.is_some_and(char::is_alphanumeric)), "{markdown}");
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn with(change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let mut value = serde_json::to_value(samples::request()).unwrap();
    change(&mut value);
    value.to_string().into_bytes()
}

#[test]
fn addresses_that_only_look_right_are_refused_with_the_reason() {
    for (address, reason) in [
        ("b\u{430}ckups@contoso.com", "U+0430"),
        ("backups@cont\u{3bf}so.com", "U+03BF"),
        ("backups\u{202e}@contoso.com", "turns the direction"),
        ("backups\u{2066}@contoso.com", "turns the direction"),
        ("back\u{200b}ups@contoso.com", "invisible character U+200B"),
        ("backups\u{ad}@contoso.com", "invisible character U+00AD"),
        ("backups\u{ff20}contoso.com", "U+FF20"),
        ("backups@contoso.com\u{0}", "invisible character U+0000"),
        ("../../etc/passwd@contoso.com", "which an address cannot have"),
        ("$(id)@contoso.com", "which an address cannot have"),
        ("<script>@contoso.com", "which an address cannot have"),
        ("backups@contoso.com?x=y", "which an address cannot have"),
    ] {
        for field in ["mailbox", "requester"] {
            let told = refusal(Source::Json, &with(|value| value[field] = json!(address)));
            assert!(told.contains(reason), "{address:?}: {told}");
        }
        let told = refusal(Source::Json, &with(|value| value["people"][0] = json!(address)));
        assert!(told.contains(reason), "{address:?}: {told}");
    }
}

#[test]
fn hidden_characters_and_line_breaks_are_refused_in_texts() {
    for (text, reason) in [
        ("a\u{202e}b", "turns the direction"),
        ("a\u{1b}[2Jb", "invisible"),
        ("a\nadopt: true", "one line"),
        ("a\u{e0041}b", "invisible"),
        ("", "empty"),
        (&"x".repeat(501), "501 characters"),
    ] {
        let told = refusal(Source::Json, &with(|value| value["purpose"] = json!(text)));
        assert!(told.contains(reason), "{text:?}: {told}");
    }
}

#[test]
fn injections_are_read_as_the_text_that_they_are() {
    for text in [
        "$(rm -r ~)",
        "'; DROP TABLE x; --",
        "a: {adopt: true}",
        "<img src=x>",
        "[x](javascript:y) @all",
        "${{ x }}",
        "{{ x }}",
    ] {
        let request: Request = read(Source::Json, &with(|value| value["purpose"] = json!(text))).unwrap();
        assert_eq!(request.purpose, text);
    }
}

#[test]
fn large_deep_and_ambiguous_tickets_are_refused() {
    let large = vec![b'a'; 10 * 1024 * 1024];
    let deep = format!("{{\"mailbox\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let twice = br#"{"mailbox":"a@contoso.com","mailbox":"b@contoso.com"}"#;
    for source in Source::ALL {
        assert!(refusal(source, &large).contains("has more than"), "{source:?}");
        assert!(read(source, b"\xff\xfe").is_err());
        assert!(read(source, b"").is_err());
        if source != Source::Template {
            assert!(refusal(source, deep.as_bytes()).contains("nested too deeply"), "{source:?}");
            assert!(refusal(source, twice).contains("twice"), "{source:?}");
        }
    }
}

#[test]
fn a_heading_within_a_field_is_no_second_field() {
    let body = "### Mailbox address\n\na@contoso.com\n\n### Purpose\n\nx\n\n### Mailbox address\n\nb@contoso.com\n";
    assert!(refusal(Source::GitHub, body.as_bytes()).contains("Mailbox address: this field is there twice"));
    assert!(refusal(Source::GitHub, b"### Approved\n\nyes\n").contains("`Approved` is no field"));
    assert!(refusal(Source::Template, b"Purpose: a\nPurpose: b\n").contains("twice"));
}

#[test]
fn somebody_else_cannot_be_named_as_the_requester() {
    let names = json!({"c1": "Requester"});
    let fields = json!({"c1": "bob@contoso.com", "reporter": {"emailAddress": "eve@contoso.com"}});
    let told = refusal(Source::Jira, json!({"fields": fields, "names": names}).to_string().as_bytes());
    assert!(told.contains("opened by eve@contoso.com, and names bob@contoso.com"), "{told}");
    let item = json!({"result": {"opened_by.email": "eve@contoso.com", "variables": {"requester": "bob@contoso.com"}}});
    assert!(refusal(Source::ServiceNow, item.to_string().as_bytes()).contains("opened by eve"));
}

#[test]
fn rich_text_that_shows_something_else_is_refused() {
    let mention = json!({"type": "mention", "attrs": {"id": "1", "text": "@Ana"}});
    let content = json!({"type": "doc", "content": [{"type": "paragraph", "content": [mention]}]});
    let issue = json!({"fields": {"c1": content}, "names": {"c1": "People with access"}});
    assert!(refusal(Source::Jira, issue.to_string().as_bytes()).contains("People with access: "));
}

#[test]
fn too_many_people_are_refused() {
    let many: Vec<_> = (0..51).map(|number| format!("p{number}@contoso.com")).collect();
    assert!(refusal(Source::Json, &with(|value| value["people"] = json!(many))).contains("more than 50 people"));
}

#[test]
fn a_request_is_held_against_the_organisation() {
    let settings = samples::settings();
    let today = "2026-11-23".parse().unwrap();
    assert_eq!(validate(&samples::request(), &settings, today), []);
    let told = |change: &dyn Fn(&mut Request)| {
        let mut request = samples::request();
        change(&mut request);
        validate(&request, &settings, today).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let address = samples::address;
    assert!(told(&|request| request.mailbox = address("x@contosso.com")).contains("did you mean x@contoso.com?"));
    assert!(told(&|request| request.people.truncate(2)).contains("at least 3 people, and 2 are named (name 1 more)"));
    assert!(told(&|request| request.people[0] = address("bob@contoso.com")).contains("bob@contoso.com is there twice"));
    assert!(told(&|request| request.people[0] = address("a@example.com")).contains("another organisation"));
    assert!(told(&|request| request.people[0] = request.mailbox.clone()).contains("access to itself"));
    assert!(told(&|request| request.requester = address("a@elsewhere.test")).contains("no domain of ours"));
    assert!(told(&|request| request.needed_by = Some("2026-11-22".parse().unwrap())).contains("is past"));
    assert!(told(&|request| request.needed_by = Some("2036-11-22".parse().unwrap())).contains("2 years away"));
}
