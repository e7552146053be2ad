//! Files that are no YAML, or more of it than there should be.

use tripod_model::read;

use crate::{WORKSPACE, check, entry, file, lines};

#[test]
fn a_file_that_is_not_utf_8_is_reported_at_its_first_bad_byte() {
    check(
        b"- address: x\n  name: \xc3\xa9\xc3\xa9 \xff\n",
        &["m.yaml:2:12: the file is not UTF-8 (save it with the encoding UTF-8)"],
    );
    check(b"\xef\xbb\xbf\xff", &["m.yaml:1:1: the file is not UTF-8 (save it with the encoding UTF-8)"]);
    check(
        "- é".encode_utf16().flat_map(u16::to_le_bytes).chain([0xff]).collect::<Vec<_>>(),
        &["m.yaml:1:5: the file is not UTF-8 (save it with the encoding UTF-8)"],
    );
}

#[test]
fn a_byte_order_mark_moves_no_column() {
    assert_eq!(check(format!("\u{feff}{}", entry("")), &[]).len(), 1);
    check(format!("\u{feff}{}", entry("  adopt: maybe\n")), &["m.yaml:6:10: `adopt` has to be `true` or `false`"]);
    check(
        "\u{feff}- 1\n",
        &[
            "m.yaml:1:3: this mailbox has to be a set of keys, not a number (its keys are `address`, `name`, `purpose`, \
         `kind`, `apps`, `delegates`, `sign-in`, `credential`, `adopt`, `state`, `retired-on`, `also-deletes`)",
        ],
    );
}

#[test]
fn an_empty_file_says_that_it_is_empty() {
    for text in ["", "\n\n", "# only a comment\n", "---\n", "~\n"] {
        check(text, &["m.yaml:1:1: the file is empty"]);
    }
    assert!(check("[]\n", &[]).is_empty());
}

#[test]
fn a_slip_in_the_syntax_is_reported_where_the_parser_found_it() {
    for (text, expected) in [
        ("- address: [x\n", "m.yaml:1:12: this cannot be read as YAML: unclosed bracket '['"),
        ("- name: é: x\n", "m.yaml:1:10: this cannot be read as YAML: mapping values are not allowed in this context"),
        ("- a: *b\n", "m.yaml:1:6: this cannot be read as YAML: alias references unknown anchor"),
        ("- 'x\n", "m.yaml:1:3: this cannot be read as YAML: unclosed quote"),
        ("- \u{7}\n", "m.yaml:1:3: this cannot be read as YAML: unexpected character: `\\u{7}'"),
    ] {
        check(text, &[expected]);
    }
}

#[test]
fn the_second_document_of_a_file_is_refused_where_it_begins() {
    check(
        format!("{}---\n{}", entry(""), entry("")),
        &["m.yaml:7:1: a second document begins here (write it into a file of its own, or remove the line `---`)"],
    );
}

#[test]
fn anchors_and_merge_keys_are_read_as_what_they_stand_for() {
    let text = "- &first\n  address: x@g.test\n  name: X\n  purpose: P\n  kind: group-inbox\n  \
                delegates: &three [a@g.test, b@g.test, c@g.test]\n\
                - {<<: *first, address: y@g.test}\n\
                - {address: z@g.test, name: Z, purpose: P, kind: group-inbox, delegates: *three}\n";
    let mailboxes = check(text, &[]);
    let addresses: Vec<_> = mailboxes.iter().map(|mailbox| mailbox.address.as_str()).collect();
    assert_eq!(addresses, ["x@g.test", "y@g.test", "z@g.test"]);
    assert_eq!(mailboxes[1].delegates.len(), 3);
}

#[test]
fn what_an_alias_brings_in_is_reported_where_the_alias_is() {
    let text = "- {address: x@g.test, name: X, purpose: P, kind: group-inbox, delegates: &two [a@g.test, b@g.test]}\n\
                - {address: y@g.test, name: Y, purpose: P, kind: group-inbox, delegates: *two}\n";
    check(
        text,
        &[
            "m.yaml:1:79: `x@g.test` has 2 delegates, at least 3 are needed (name 1 more)",
            "m.yaml:2:74: `y@g.test` has 2 delegates, at least 3 are needed (name 1 more)",
        ],
    );
}

#[test]
fn deep_nesting_and_growing_aliases_are_bounded() {
    for text in ["[".repeat(5_000), "- ".repeat(5_000), "{a: ".repeat(5_000)] {
        let (mailboxes, problems) = read::mailboxes(&[file("m.yaml", text)], &crate::workspace());
        assert!(mailboxes.is_empty());
        assert_eq!(problems.len(), 1, "{problems:?}");
    }
    let ten_of = |level: usize| vec![format!("*a{}", level - 1); 10].join(", ");
    let levels: Vec<String> = (1..12).map(|level| format!("- &a{level} [{}]\n", ten_of(level))).collect();
    let bomb = format!("- &a0 [x, x, x, x, x, x, x, x, x, x]\n{}", levels.concat());
    let (_, problems) = read::mailboxes(&[file("m.yaml", bomb)], &crate::workspace());
    assert_eq!(lines(&problems).len(), 1);
    assert!(problems[0].message.contains("more than is read from one file"), "{problems:?}");
}

#[test]
fn a_huge_file_is_refused_before_it_is_parsed() {
    let (_, problems) = read::mailboxes(&[file("m.yaml", vec![b'#'; 8 * 1024 * 1024 + 1])], &crate::workspace());
    assert_eq!(lines(&problems), ["m.yaml:1:1: the file has more than 8 MiB (split it into several files)"]);
}

#[test]
fn five_thousand_mailboxes_in_one_file_are_read() {
    let text: String = (0..5000).map(|number| entry("").replace("x@g.test", &format!("x{number}@g.test"))).collect();
    assert_eq!(check(text, &[]).len(), 5000);
}

#[test]
fn problems_of_several_files_come_file_by_file() {
    let broken = file("mailboxes/a.yaml", "- 'x\n");
    let few = file("mailboxes/b.yaml", entry("").replace(", c@g.test", ""));
    let sound = file("mailboxes/c.yaml", entry("").replace("x@", "y@"));
    let (mailboxes, problems) = read::mailboxes(&[broken, few, sound], &crate::workspace());
    assert_eq!(mailboxes.len(), 2);
    assert_eq!(
        lines(&problems),
        [
            "mailboxes/a.yaml:1:3: this cannot be read as YAML: unclosed quote",
            "mailboxes/b.yaml:5:14: `x@g.test` has 2 delegates, at least 3 are needed (name 1 more)",
        ]
    );
}

#[test]
fn windows_line_ends_change_no_place() {
    let text = format!("{WORKSPACE}polices: [x.yaml]\n").replace('\n', "\r\n");
    let (settings, problems) = read::settings(&file("tripod.yaml", text));
    assert_eq!(settings.map(|settings| settings.tenants.len()), Some(2));
    assert_eq!(lines(&problems), ["tripod.yaml:14:1: the workspace has no key `polices` (did you mean `policies`?)"]);
}
