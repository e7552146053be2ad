//! Changes to a mailbox file: the diff is exactly the change, and it reads back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use proptest::prelude::*;
use tripod_model::{Address, Kind, Settings, SourceFile};
use tripod_tickets::edit::{EditError, NewEntry, add_delegates, append, replace_delegate};

fn settings() -> Settings {
    let text = "version: 1\ntenants:\n  contoso:\n    provider: microsoft-365\n    tenant-id: 5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90\n    domains: [contoso.com]\n    credentials: {client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3, certificate: {path: keys/x.pem}}\n";
    let file = SourceFile { name: "tripod.yaml".to_owned(), bytes: text.as_bytes().to_vec() };
    let (settings, problems) = tripod_model::read::settings(&file);
    assert_eq!(problems, []);
    settings.unwrap()
}

fn file(text: &str) -> SourceFile {
    SourceFile { name: "mailboxes/it.yaml".to_owned(), bytes: text.as_bytes().to_vec() }
}

fn text(file: &SourceFile) -> &str {
    std::str::from_utf8(&file.bytes).unwrap()
}

fn address(name: &str) -> Address {
    format!("{name}@contoso.com").parse().unwrap()
}

fn entry() -> NewEntry {
    NewEntry {
        address: address("backups"),
        name: "Backups".to_owned(),
        purpose: "Owns our account: the #1".to_owned(),
        kind: Kind::SharedMailbox,
        apps: vec!["Acme Backup".to_owned()],
        delegates: ["ana", "bob", "o'neil"].map(address).to_vec(),
    }
}

const SPACED: &str = "# Ours.\n- address: a@contoso.com # first\n  name: A\n  purpose: Is \"A\"\n  kind: group-inbox\n  apps: [X]\n  delegates:\n    - ana@contoso.com   # lead\n    - 'bob@contoso.com'\n    - cy@contoso.com\n\n# The second.\n- address: b@contoso.com\n  name: B\n  purpose: Is B\n  kind: group-inbox\n  delegates:\n    - Ana@contoso.com\n    - bob@contoso.com\n    - cy@contoso.com # last\n# The end.\n";

#[test]
fn a_new_entry_is_the_whole_diff() {
    let after = append(&file(SPACED), &entry(), &settings()).unwrap();
    let added = text(&after).strip_prefix(SPACED).unwrap();
    let expected = "\n- address: backups@contoso.com\n  name: Backups\n  purpose: 'Owns our account: the #1'\n  kind: shared-mailbox\n  apps: [Acme Backup]\n  delegates:\n    - ana@contoso.com\n    - bob@contoso.com\n    - o'neil@contoso.com\n";
    assert_eq!(added, expected);
}

#[test]
fn a_new_entry_looks_like_its_neighbours() {
    let before = "\u{feff}  -   address: a@contoso.com\r\n      name: A\r\n      purpose: A\r\n      kind: group-inbox\r\n      apps:\r\n      - X\r\n      delegates: [ana@contoso.com, bob@contoso.com, cy@contoso.com]";
    let after = append(&file(before), &entry(), &settings()).unwrap();
    let added = text(&after).strip_prefix(before).unwrap();
    assert!(added.starts_with("\r\n\r\n  -   address: backups@contoso.com\r\n      name: Backups\r\n"), "{added}");
    assert!(added.contains("      apps:\r\n      - Acme Backup\r\n"), "{added}");
    assert!(added.ends_with("      delegates: [ana@contoso.com, bob@contoso.com, o'neil@contoso.com]\r\n"), "{added}");
}

#[test]
fn an_empty_file_takes_its_first_entry() {
    for before in ["", "# Only words.\n", "---\n"] {
        let after = append(&file(before), &entry(), &settings()).unwrap();
        assert!(text(&after).strip_prefix(before).unwrap().starts_with("- address: backups@"), "{before:?}");
    }
}

#[test]
fn what_cannot_be_changed_by_itself_is_refused() {
    let flow = "[{address: a@contoso.com, name: A, purpose: A, kind: group-inbox, delegates: [ana@contoso.com, bob@contoso.com, cy@contoso.com]}]\n";
    assert!(append(&file(flow), &entry(), &settings()).is_err());
    let ended = format!("{SPACED}...\n");
    assert!(append(&file(&ended), &entry(), &settings()).is_err());
    let there = NewEntry { address: address("a"), ..entry() };
    assert!(matches!(append(&file(SPACED), &there, &settings()), Err(EditError::There { .. })));
    let two = NewEntry { delegates: ["ana", "bob"].map(address).to_vec(), ..entry() };
    assert!(matches!(append(&file(SPACED), &two, &settings()), Err(EditError::Entry(_))));
    let broken = SPACED.replace("kind: group-inbox", "kind: grup-inbox");
    assert!(matches!(append(&file(&broken), &entry(), &settings()), Err(EditError::Problems { .. })));
}

#[test]
fn a_name_cannot_smuggle_a_key_in() {
    let hostile = NewEntry { name: "A\n  adopt: true".to_owned(), ..entry() };
    assert!(append(&file(SPACED), &hostile, &settings()).is_err());
    let hostile = NewEntry { name: "A', adopt: true, x: '".to_owned(), ..entry() };
    let after = append(&file(SPACED), &hostile, &settings()).unwrap();
    assert!(text(&after).contains("name: 'A'', adopt: true, x: '''\n"));
}

#[test]
fn one_delegate_takes_the_place_of_another() {
    let (bob, eve) = (address("bob"), address("eve"));
    let after = replace_delegate(&file(SPACED), &address("a"), &bob, &eve, &settings()).unwrap();
    assert_eq!(text(&after), SPACED.replace("'bob@contoso.com'", "eve@contoso.com"));
    let after = replace_delegate(&file(SPACED), &address("b"), &address("ana"), &eve, &settings()).unwrap();
    assert_eq!(text(&after), SPACED.replace("Ana@contoso.com", "eve@contoso.com"));
    let nobody = replace_delegate(&file(SPACED), &address("a"), &eve, &bob, &settings());
    assert!(matches!(nobody, Err(EditError::Missing { .. })));
}

#[test]
fn more_delegates_stand_behind_the_last() {
    let new = [address("eve"), address("o'neil")];
    let after = add_delegates(&file(SPACED), &address("b"), &new, &settings()).unwrap();
    let lines = "# last\n    - eve@contoso.com\n    - o'neil@contoso.com\n";
    assert_eq!(text(&after), SPACED.replace("# last\n", lines));
    let flow = "- address: a@contoso.com\n  name: A\n  purpose: A\n  kind: group-inbox\n  delegates: [ana@contoso.com, bob@contoso.com, \"cy@contoso.com\"] # three\n";
    let after = add_delegates(&file(flow), &address("a"), &new[..1], &settings()).unwrap();
    assert_eq!(text(&after), flow.replace("\"] #", "\", eve@contoso.com] #"));
}

#[test]
fn a_list_that_two_mailboxes_share_is_left_alone() {
    let shared = "- address: a@contoso.com\n  name: A\n  purpose: A\n  kind: group-inbox\n  delegates: &team\n    - ana@contoso.com\n    - bob@contoso.com\n    - cy@contoso.com\n- address: b@contoso.com\n  name: B\n  purpose: B\n  kind: group-inbox\n  delegates: *team\n";
    let settings = settings();
    let swapped = replace_delegate(&file(shared), &address("a"), &address("bob"), &address("eve"), &settings);
    assert!(matches!(swapped, Err(EditError::Style { .. })), "{swapped:?}");
}

fn line() -> impl Strategy<Value = String> {
    proptest::string::string_regex("[ -~äß«»\u{3b1}]{1,60}")
        .unwrap()
        .prop_filter("not empty", |text| !text.trim().is_empty())
}

proptest! {
    #[test]
    fn every_other_byte_stays_and_the_entry_reads_back(
        name in line(), purpose in line(), app in line(),
        indent in 0_usize..4, gap in 1_usize..4, list in 0_usize..4, crlf: bool, flow: bool, end: bool, comment in "[ -~]{0,20}",
    ) {
        let (i, g) = (" ".repeat(indent), " ".repeat(gap));
        let inner = " ".repeat(indent + 1 + gap);
        let people = ["ana@contoso.com", "bob@contoso.com", "cy@contoso.com"];
        let delegates = if flow {
            format!("[{}]", people.join(", "))
        } else {
            people.map(|one| format!("\n{inner}{}- {one}", " ".repeat(list))).concat()
        };
        let mut before = format!("#{comment}\n{i}-{g}address: a@contoso.com #{comment}\n{inner}name: A\n{inner}purpose: A\n{inner}kind: group-inbox\n{inner}delegates: {delegates}\n");
        if !end { before.pop(); }
        if crlf { before = before.replace('\n', "\r\n"); }
        let wanted = NewEntry { name: name.trim().to_owned(), purpose: purpose.trim().to_owned(), apps: vec![app.trim().to_owned()], ..entry() };
        let after = append(&file(&before), &wanted, &settings()).map_err(|error| TestCaseError::fail(format!("{error}\n{before}")))?;
        prop_assert!(after.bytes.starts_with(before.as_bytes()));
        let (found, problems) = tripod_model::read::mailboxes(&[after], &settings());
        prop_assert_eq!(problems, []);
        prop_assert_eq!((found.len(), &found[1].name, &found[1].purpose), (2, &wanted.name, &wanted.purpose));
    }
}
