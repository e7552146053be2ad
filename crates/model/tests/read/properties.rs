//! What holds for every file, however it came about.

use proptest::prelude::*;
use tripod_model::{Kind, read};

use crate::{file, lines, workspace};

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let source = file("x.yaml", bytes);
        let _ = read::settings(&source);
        let _ = read::policy(&source);
        let _ = read::mailboxes(&[source.clone(), source], &workspace());
    }

    #[test]
    fn no_yaml_of_known_words_makes_the_reader_panic(
        text in "(- |  |address: |delegates: |kind: |state: |credential: |credentials: |tenants: |version: 1|a@g\\.test|\\[|\\]|\\{|\\}|, |: |\n|&a |\\*a|<<: |'|\"|é|~|!!int |#|---\n){0,40}"
    ) {
        let source = file("x.yaml", &text);
        let (_, problems) = read::mailboxes(std::slice::from_ref(&source), &workspace());
        let _ = read::settings(&source);
        let last = text.split('\n').count();
        prop_assert!(problems.iter().all(|problem| (1..=last).contains(&problem.place.line) && problem.place.column >= 1));
    }

    #[test]
    fn a_sound_manifest_reads_back_to_the_same_values(
        entries in proptest::collection::btree_map("[a-z][a-z0-9]{0,8}", (any_text(), any_text(), any::<bool>(), people()), 1..8)
    ) {
        let texts: Vec<String> = entries
            .iter()
            .map(|(local, (name, purpose, group, people))| {
                let kind = if *group { Kind::GroupInbox } else { Kind::SharedMailbox };
                let people: Vec<String> = people.iter().map(|person| format!("    - {person}.p@m.test\n")).collect();
                let quoted = |text: &str| serde_json::Value::from(text).to_string();
                let (name, purpose) = (quoted(name), quoted(purpose));
                format!(
                    "- address: {local}@m.test\n  name: {name}\n  purpose: {purpose}\n  kind: {}\n  delegates:\n{}",
                    kind.word(),
                    people.concat()
                )
            })
            .collect();
        let (mailboxes, problems) = read::mailboxes(&[file("x.yaml", texts.concat())], &workspace());
        prop_assert_eq!(lines(&problems), Vec::<String>::new());
        prop_assert_eq!(mailboxes.len(), entries.len());
        for (mailbox, (local, (name, purpose, group, people))) in mailboxes.iter().zip(&entries) {
            prop_assert_eq!(mailbox.address.local_part(), local);
            prop_assert_eq!(&mailbox.name, name);
            prop_assert_eq!(&mailbox.purpose, purpose);
            prop_assert_eq!(mailbox.kind == Kind::GroupInbox, *group);
            let read: Vec<&str> = mailbox.delegates.iter().map(|delegate| delegate.address.as_str()).collect();
            let written: Vec<String> = people.iter().map(|person| format!("{person}.p@m.test")).collect();
            prop_assert_eq!(read, written);
        }
    }
}

/// A text as a manifest may have it: visible, not empty, without spaces around it.
fn any_text() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9éßø漢:#'\"{}\\[\\],&*!|>%@`~-]([ a-zA-Z0-9éßø漢:#'\"\\\\{}\\[\\],&*!|>%@`~-]{0,40}[a-z0-9éß漢:#\"\\]}])?"
}

fn people() -> impl Strategy<Value = std::collections::BTreeSet<String>> {
    proptest::collection::btree_set("[a-z][a-z0-9]{0,8}", 3..6)
}
