//! What the forms of a verification promise, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use serde_json::Value;
use tripod_report::{
    Reported, verification_html, verification_json, verification_junit, verification_markdown, verification_sarif,
    verification_text,
};
use tripod_verifier::{Verification, findings_schema};

mod sample;
mod schema;

fn page(verification: &Verification) -> String {
    verification_html(&Reported { verification, trend: &sample::trend(), title: "Contoso" }).unwrap()
}

fn sarif(verification: &Verification) -> Value {
    serde_json::from_str(&verification_sarif(verification).unwrap()).unwrap()
}

/// The part of a text between two marks, the first time they are there.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map(|(part, _)| part).unwrap()
}

#[test]
fn the_json_fits_its_schema_and_something_else_does_not() {
    let schema = findings_schema();
    for verification in [sample::verification(), sample::clean()] {
        let document = serde_json::from_str(&verification_json(&verification).unwrap()).unwrap();
        assert_eq!(schema::problems(&schema, &document), Vec::<String>::new());
    }
    let mut wrong: Value = serde_json::from_str(&verification_json(&sample::verification()).unwrap()).unwrap();
    wrong["findings"][0]["severity"] = "dreadful".into();
    assert!(!schema::problems(&schema, &wrong).is_empty());
    wrong = serde_json::from_str(&verification_json(&sample::verification()).unwrap()).unwrap();
    wrong["findings"][0].as_object_mut().unwrap().remove("remedy");
    assert!(!schema::problems(&schema, &wrong).is_empty());
}

#[test]
fn the_text_tells_evidence_remedies_and_what_is_accepted() {
    let text = verification_text(&sample::verification(), None);
    for words in [
        "days left:\u{1b}[0m 22",
        "run:      \u{1b}[0m tripod impact dora.weiss@contoso.test --patch",
        "      - emil.frey@contoso.test",
        "[shared-needs-four]",
        "Ida Novak, marketing until 2027-01-31",
        "could not find out whether dora.weiss@contoso.test is active",
        "3 checks are off by the policy",
        "9 findings; 1 accepted; 3 things could not be checked",
    ] {
        assert!(text.contains(words), "«{words}» is not in\n{text}");
    }
    assert!(!text.contains("\u{1b}[2J") && !text.contains('\u{202e}'), "a name steers the terminal");
}

#[test]
fn nothing_foreign_is_markup_in_markdown() {
    let text = verification_markdown(&sample::verification());
    assert!(text.contains("CRM\\\\u{1b}\\[2J&#60;script&#62;alert(1)"), "{text}");
    // The patch holds a run of three backticks.
    assert!(text.contains("  ````yaml\n  - address: old-crm@example.test\n"), "{text}");
    assert!(
        text.contains("**2 of 12 service mailboxes stand on fewer than three active people; 2 could not be judged.**")
    );
}

#[test]
fn a_clean_verification_that_left_checks_out_does_not_say_that_every_check_was_made() {
    let clean = sample::clean();
    assert!(verification_markdown(&clean).contains("Every check was made, and nothing is wrong."));
    let partial = Verification { not_made: sample::verification().not_made, ..clean };
    assert!(!verification_markdown(&partial).contains("Every check was made"));
}

#[test]
fn no_check_passes_in_junit_that_was_not_made_or_could_not_be_judged() {
    let text = verification_junit(&sample::verification());
    let suite = |name: &str| between(&text, &format!("<testsuite name=\"{name}\""), "</testsuite>");
    let passed = |name: &str| -> Vec<String> {
        let cases = suite(name).lines().filter(|line| line.contains("<testcase") && line.ends_with("/>"));
        cases.map(|line| between(line, " name=\"", "\"").to_owned()).collect()
    };
    assert_eq!(passed("video@example.test"), ["deviation-expired"]);
    assert!(suite("video@example.test").contains("<error message=\"could not find out whether the mailbox is there\""));
    // A mailbox that is not there has no rights that could be right.
    assert_eq!(
        passed("hr-apps@contoso.test"),
        ["mailbox-replaced", "mailbox-deleted", "mailbox-not-retired", "deviation-expired"]
    );
    let status = passed("status@contoso.test");
    assert!(
        !status.contains(&"below-quorum".to_owned()) && status.contains(&"delegate-extra".to_owned()),
        "{status:?}"
    );
    assert!(passed("estate").is_empty(), "the list of the second tenant could not be read");
    for unmade in ["edge-idle", "delegate-idle", "application-passwords"] {
        assert!(!text.contains(&format!("name=\"{unmade}\"/>")), "{unmade} passed");
    }
    assert!(text.contains("<skipped message=\"accepted by Ida Novak, marketing until 2027-01-31"));
}

#[test]
fn who_has_access_being_unknown_leaves_the_checks_on_the_mailbox_itself() {
    let mut verification = sample::clean();
    verification.unknown = sample::verification().unknown.split_off(0);
    verification.unknown.truncate(1);
    verification.unknown[0].mailbox = Some(verification.mailboxes[0].address.clone());
    verification.unknown[0].what = "who has access".to_owned();
    let text = verification_junit(&verification);
    let suite = between(&text, "<testsuite ", "</testsuite>");
    assert!(suite.contains("name=\"sign-in-open\"/>"), "{suite}");
    for lost in ["below-quorum", "delegate-missing", "own-rule"] {
        assert!(!suite.contains(&format!("name=\"{lost}\"/>")), "{lost} passed");
    }
}

#[test]
fn junit_holds_no_character_that_xml_cannot_hold() {
    let text = verification_junit(&sample::verification());
    assert!(text.contains("CRM\u{fffd}[2J&lt;script&gt;alert(1)&lt;/script&gt; ]]&gt;"), "{text}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
}

#[test]
fn sarif_points_into_the_files_and_keeps_the_fingerprint() {
    let verification = sample::verification();
    let log = sarif(&verification);
    let results = log["runs"][0]["results"].as_array().unwrap();
    let of_kind = |kind: &str| results.iter().filter(|result| result["kind"] == kind).count();
    // What is open and what does not apply is said as such, and is no failure.
    assert_eq!((of_kind("fail"), of_kind("open"), of_kind("notApplicable"), results.len()), (10, 2, 1, 13));
    let extra = results.iter().find(|result| result["ruleId"] == "delegate-extra").unwrap();
    let place = &extra["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "mailboxes/b%C3%BCro.yaml");
    assert_eq!((&place["region"]["startLine"], &place["region"]["startColumn"]), (&3.into(), &3.into()));
    for (result, finding) in results.iter().zip(&verification.findings) {
        assert_eq!(result["partialFingerprints"]["tripodFinding/v1"], finding.fingerprint());
        let rule =
            &log["runs"][0]["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], finding.id());
        assert!(rule["help"]["text"].as_str().is_some_and(|help| !help.is_empty()));
    }
    assert_eq!(results[9]["suppressions"][0]["status"], "accepted");
    assert_eq!(results[0]["suppressions"], Value::Array(Vec::new()));
}

#[test]
fn a_sarif_run_that_could_not_check_everything_is_not_successful() {
    let of = |verification: &Verification| sarif(verification)["runs"][0]["invocations"][0].clone();
    let invocation = of(&sample::verification());
    assert_eq!(invocation["executionSuccessful"], false);
    assert_eq!(invocation["toolExecutionNotifications"].as_array().unwrap().len(), 3);
    assert_eq!(invocation["toolExecutionNotifications"][0]["descriptor"]["id"], "unknown-throttled");
    assert_eq!(of(&sample::clean())["executionSuccessful"], true);
}

#[test]
fn the_page_lets_nothing_foreign_be_markup() {
    let verification = sample::verification();
    let page =
        verification_html(&Reported { verification: &verification, trend: &[], title: "<b>Contoso</b>" }).unwrap();
    for markup in ["<script>alert", "<img", "<b>", "\u{1b}", "\u{202e}", "\u{0}"] {
        assert!(!page.contains(markup), "{markup:?} is on the page");
    }
    assert!(page.contains("&#60;script&#62;alert(1)") || page.contains("&lt;script&gt;alert(1)"));
}

#[test]
fn the_page_loads_nothing_and_its_policy_lets_in_exactly_its_own_style_and_script() {
    use base64::Engine as _;
    use sha2::{Digest as _, Sha256};
    let page = page(&sample::verification());
    let policy = between(&page, "<meta http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    let hash = |text: &str| {
        format!("'sha256-{}'", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text.as_bytes())))
    };
    let style = hash(between(&page, "<style>", "</style>"));
    let script = hash(between(&page, "<script>", "</script>"));
    assert_eq!(
        policy,
        format!("default-src 'none'; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'")
    );
    for loading in [" src=", "<link", "@import", "url(", "http://", "https://", " style=", " onclick"] {
        // The sample's patch holds an `src` of its own, escaped.
        let rest = page.replace("img src=x onerror=alert(1)", "");
        assert!(!rest.contains(loading), "{loading} is on the page");
    }
}

#[test]
fn the_page_tells_how_much_hangs_on_each_person() {
    let page = page(&sample::verification());
    let people = between(&page, "id=\"people-caption\"", "</table>");
    let row = |name: &str| {
        between(people, &format!("<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">{name}</th>"), "</tr>")
    };
    for (label, number) in [("Carries", 6), ("On exactly three", 3)] {
        let cell = format!("data-label=\"{label}\">{number}</td>");
        assert!(row("bo.chen").contains(&cell), "{}", row("bo.chen"));
    }
    assert!(row("bo.chen").contains("backups@contoso.test <em>(too few already)</em>"));
    assert!(row("bo.chen").contains("status@contoso.test <em>(perhaps too few already)</em>"));
    // Two people share the name before the @; only they are told apart by the rest.
    assert!(people.contains("ana.ruiz@contoso.test") && people.contains("ana.ruiz@example.test"));
    assert!(!people.contains("bo.chen@contoso.test"));
    // Somebody who cannot act carries nothing.
    assert!(!people.contains("carl.meier"));
}

#[test]
fn the_page_is_whole_without_findings_runs_or_mailboxes() {
    let clean = sample::clean();
    let text = verification_html(&Reported { verification: &clean, trend: &[], title: "Contoso" }).unwrap();
    assert!(
        text.contains("<h1>All 8 service mailboxes stand on three or more active people, and nothing is wrong.</h1>")
    );
    assert!(text.contains("Nothing is wrong.") && text.contains("A trend appears here"));
    let empty = Verification { mailboxes: Vec::new(), ..clean };
    let text = verification_html(&Reported { verification: &empty, trend: &[], title: "Contoso" }).unwrap();
    assert!(text.contains("<h1>There is no service mailbox to look after, and nothing is wrong.</h1>"));
    assert!(text.contains("Nobody is known to carry a mailbox."));
}
