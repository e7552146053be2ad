//! The keys of a mailbox.

use jiff::civil::date;
use tripod_model::{Companion, CredentialDelivery, Kind, SignIn, State, read};

use crate::{check, entry, file, lines};

#[test]
fn everything_that_an_entry_says_is_read() {
    let mailboxes = check(
        "- address: Crm@M.test\n  name: CRM\n  purpose: >\n    Owns the\n    CRM\n  kind: shared-mailbox\n  apps: [CRM, Mail]\n  \
         delegates:\n    - a@m.test\n    - B@m.test\n    - c@m.test\n  sign-in: allowed\n  credential: {vault: The safe, \
         deliver: [put, --name, crm]}\n  adopt: true\n  state: retired\n  retired-on: 2026-12-31\n",
        &[],
    );
    let [mailbox] = mailboxes.as_slice() else { panic!("one mailbox: {mailboxes:?}") };
    assert_eq!(mailbox.address.as_str(), "crm@m.test");
    assert_eq!(mailbox.tenant.0, "microsoft");
    assert_eq!((mailbox.name.as_str(), mailbox.purpose.as_str()), ("CRM", "Owns the CRM"));
    assert_eq!(mailbox.kind, Kind::SharedMailbox);
    assert_eq!(mailbox.apps, ["CRM", "Mail"]);
    let delegates: Vec<_> =
        mailbox.delegates.iter().map(|delegate| format!("{} {}", delegate.address, delegate.place)).collect();
    assert_eq!(delegates, ["a@m.test m.yaml:9:7", "b@m.test m.yaml:10:7", "c@m.test m.yaml:11:7"]);
    assert_eq!(mailbox.sign_in, SignIn::Allowed);
    let deliver = ["put", "--name", "crm"].map(str::to_owned).to_vec();
    assert_eq!(mailbox.credential, Some(CredentialDelivery { vault: "The safe".to_owned(), deliver }));
    assert!(mailbox.adopt);
    assert_eq!(mailbox.state, State::Retired { on: date(2026, 12, 31) });
    assert_eq!(mailbox.place.to_string(), "m.yaml:1:12");
}

#[test]
fn what_is_left_out_is_the_safe_choice() {
    let mailboxes = check(entry(""), &[]);
    let mailbox = &mailboxes[0];
    assert_eq!((mailbox.sign_in, mailbox.adopt, &mailbox.state), (SignIn::Blocked, false, &State::Active));
    assert!(mailbox.credential.is_none() && mailbox.apps.is_empty());
}

#[test]
fn slips_in_one_entry_are_reported_at_once_and_it_is_still_returned() {
    let mailboxes = check(
        "- address: x@g.test\n  nmae: X\n  purpose: 12\n  kind: group-inbox\n  kind: shared-mailbox\n  colour: red\n  \
         delegates: [a@g.test, A@G.test, b@h.test, d@m.test, e/f@g.test]\n  sign-in: open\n  adopt: yes\n",
        &[
            "m.yaml:2:3: this mailbox has no key `nmae` (did you mean `name`?)",
            "m.yaml:3:12: `purpose` has to be a text, not a number (write it in quotes)",
            "m.yaml:5:3: the key `kind` is there twice; the first is in line 4 (remove one of them)",
            "m.yaml:6:3: this mailbox has no key `colour` (the keys here are `address`, `name`, `purpose`, `kind`, \
             `apps`, `delegates`, `sign-in`, `credential`, `adopt`, `state`, `retired-on`, `also-deletes`)",
            "m.yaml:7:25: the delegate `a@g.test` is there twice; the first is in line 7",
            "m.yaml:7:35: the domain of `b@h.test` belongs to no tenant (did you mean `g.test`?)",
            "m.yaml:7:45: `d@m.test` belongs to the tenant `microsoft`, the mailbox to `google` (only people of the \
             mailbox's own organisation can be its delegates)",
            "m.yaml:7:55: `e/f@g.test` has '/' in it, which an address cannot have",
            "m.yaml:8:12: `sign-in` cannot be `open` (write one of `blocked`, `allowed`)",
            "m.yaml:9:10: `adopt` has to be `true` or `false`",
        ],
    );
    assert_eq!(mailboxes[0].kind, Kind::GroupInbox, "of two, the first counts");
    assert_eq!(mailboxes[0].delegates.len(), 1);
}

#[test]
fn missing_keys_are_reported_together_where_the_entry_begins() {
    check(
        "- address: x@g.test\n- {}\n",
        &[
            "m.yaml:1:3: this mailbox needs the keys `name`, `purpose`, `kind`, `delegates`",
            "m.yaml:2:3: this mailbox needs the keys `address`, `name`, `purpose`, `kind`, `delegates`",
        ],
    );
    check(entry("").replace("  name: X\n", ""), &["m.yaml:1:3: this mailbox needs the key `name`"]);
}

#[test]
fn values_of_the_wrong_kind_say_what_they_are() {
    for (from, to, expected) in [
        ("name: X", "name:", "m.yaml:2:7: `name` has no value"),
        ("name: X", "name: [X]", "m.yaml:2:9: `name` has to be a text, not a list"),
        ("name: X", "name: 2026", "m.yaml:2:9: `name` has to be a text, not a number (write it in quotes)"),
        ("name: X", "name: true", "m.yaml:2:9: `name` has to be a text, not true or false (write it in quotes)"),
        ("name: X", "name: '  '", "m.yaml:2:9: `name` is empty"),
        (
            "kind: shared-mailbox",
            "kind: shared",
            "m.yaml:4:9: `kind` cannot be `shared` (did you mean `shared-mailbox`?)",
        ),
        (
            "kind: shared-mailbox",
            "kind: Group_Inbox",
            "m.yaml:4:9: `kind` cannot be `Group_Inbox` (did you mean `group-inbox`?)",
        ),
        (
            "kind: shared-mailbox",
            "kind: \"\\e[2J\"",
            "m.yaml:4:9: `kind` cannot be `\\u{1b}[2J` (write one of `shared-mailbox`, `group-inbox`)",
        ),
        (
            "delegates: [a@g.test, b@g.test, c@g.test]",
            "delegates: a@g.test",
            "m.yaml:5:14: `delegates` has to be a list, not a text (write `delegates: [one, another]`, or each on a line of its own after a dash)",
        ),
        (
            "address: x@g.test",
            "address: x@g",
            "m.yaml:1:12: `x@g` is not an e-mail address; write it as name@example.com",
        ),
        (
            "address: x@g.test",
            "address: \"x\\u202e@g.test\"",
            "m.yaml:1:12: `x\\u{202e}@g.test` has '\\u{202e}' in it, which an address cannot have",
        ),
    ] {
        check(entry("").replace(from, to), &[expected]);
    }
}

#[test]
fn names_and_purposes_are_one_visible_line_of_limited_length() {
    for (name, expected) in [
        ("x".repeat(65), Some("m.yaml:2:9: `name` has 65 characters, and no more than 64 are possible")),
        ("é".repeat(64), None),
        ("\"a\\tb\"".to_owned(), Some("m.yaml:2:9: `name` has the invisible character U+0009 in it")),
        ("\"a\\u202eb\"".to_owned(), Some("m.yaml:2:9: `name` has the invisible character U+202E in it")),
        (
            "\"a\\nb\"".to_owned(),
            Some("m.yaml:2:9: `name` has to be on one line (in YAML, `>-` instead of `|` folds lines into one)"),
        ),
    ] {
        let expected: Vec<&str> = expected.into_iter().collect();
        check(entry("").replace("name: X", &format!("name: {name}")).replace("g.test", "m.test"), &expected);
    }
}

#[test]
fn what_the_provider_refuses_in_a_name_or_an_address_is_told_by_the_files_alone() {
    let refused = |address: &str, kind: &str, name: &str, expected: &[&str]| {
        let text = entry("").replace("x@g.test", address).replace("shared-mailbox", kind);
        let domain = if address.ends_with("m.test") { "m.test" } else { "g.test" };
        check(text.replace("name: X", &format!("name: {name}")).replace("g.test", domain), expected);
    };
    let letters = "(use letters, digits, `-`, `_`, `'` and single dots)";
    for (address, character, provider) in [
        ("backups+saas@g.test", '+', "Google Workspace"),
        ("r&d@g.test", '&', "Google Workspace"),
        ("backups+saas@m.test", '+', "Microsoft 365"),
        ("r&d@m.test", '&', "Microsoft 365"),
    ] {
        let said = format!(
            "m.yaml:1:12: `{address}` has `{character}` in it, which {provider} refuses in a mailbox's address {letters}"
        );
        refused(address, "shared-mailbox", "X", &[&said]);
        refused(address, "group-inbox", "X", &[&said]);
    }
    for local in ["abuse", "postmaster"] {
        let address = format!("{local}@g.test");
        let said = format!(
            "m.yaml:1:12: Google Workspace keeps `{local}` for itself in every domain (choose another address; a \
             `group-inbox` can have this one)"
        );
        refused(&address, "shared-mailbox", "X", &[&said]);
        refused(&address, "group-inbox", "X", &[]);
        refused(&format!("{local}@m.test"), "shared-mailbox", "X", &[]);
    }
    for local in ["abuse", "admin", "ssl-admin", "webmaster", "security"] {
        let said = format!(
            "m.yaml:1:12: Microsoft 365 lets only a global administrator give a group the alias `{local}` (choose another \
             address; `abuse`, `admin`, `administrator`, `hostmaster`, `majordomo`, `postmaster`, `root`, `secure`, \
             `security`, `ssl-admin`, `webmaster` cannot be used for a `group-inbox`)"
        );
        refused(&format!("{local}@m.test"), "group-inbox", "X", &[&said]);
    }
    let long = "m.yaml:2:9: `name` has 61 characters, and Google Workspace takes no more than 60 for an account (what it is \
                for can stand in `purpose`)";
    refused("x@g.test", "shared-mailbox", &"x".repeat(61), &[long]);
    refused("x@g.test", "shared-mailbox", &"é".repeat(60), &[]);
    refused("x@g.test", "group-inbox", &"x".repeat(61), &[]);
}

#[test]
fn what_goes_with_a_retired_mailbox_is_named_and_days_are_its_tenants() {
    let mailboxes = check(entry("  state: retired\n  retired-on: 2026-12-31\n  also-deletes: [team, site]\n"), &[]);
    assert_eq!(mailboxes[0].also_deletes, [Companion::Team, Companion::Site].into());
    assert_eq!(mailboxes[0].zone, jiff::tz::TimeZone::UTC);
    check(entry("  also-deletes: [team]\n"), &["m.yaml:6:3: `also-deletes` is only for `state: retired`"]);
    check(
        entry("  state: retired\n  retired-on: 2026-12-31\n  also-deletes: [teams]\n"),
        &["m.yaml:8:18: `also-deletes` cannot be `teams` (did you mean `team`?)"],
    );
    for text in ["2026-01-32", "-000026-01-01", "2026-12-31T10:00"] {
        let said = format!(
            "m.yaml:7:15: `retired-on` is `{text}`, which is not a day (write year, month and day as 2026-12-31)"
        );
        check(entry(&format!("  state: retired\n  retired-on: {text}\n")), &[&said]);
    }
}

#[test]
fn an_account_that_can_sign_in_and_its_credential_go_together() {
    let needs = "m.yaml:6:12: `sign-in: allowed` needs the key `credential` (add `credential: {vault: \"where people find \
                 it\", deliver: [command, argument]}`)";
    check(entry("  sign-in: allowed\n"), &[needs]);
    let only = "m.yaml:6:3: `credential` is only for `sign-in: allowed` (remove it, or write `sign-in: allowed`)";
    check(entry("  credential: {vault: v, deliver: [c]}\n"), &[only]);
    check(entry("  credential: {vault: v, deliver: [c]}\n  sign-in: blocked\n"), &[only]);
    check(
        entry("  sign-in: allowed\n  credential: {vault: v, deliver: []}\n"),
        &["m.yaml:7:35: `deliver` is empty; the first item is the command that is given the password"],
    );
    let group =
        entry("  sign-in: allowed\n  credential: {vault: v, deliver: [c]}\n").replace("shared-mailbox", "group-inbox");
    check(
        group,
        &["m.yaml:6:12: a `group-inbox` cannot sign in (only a `shared-mailbox` has an account that can sign in)"],
    );
}

#[test]
fn a_password_written_into_a_credential_is_not_repeated() {
    for credential in
        ["hunter2", "{hunter2}", "{hunter2: x}", "{vault: v, deliver: [hunter2: 1]}", "{password: hunter2}"]
    {
        let text = entry(&format!("  sign-in: allowed\n  credential: {credential}\n"));
        let (_, problems) = read::mailboxes(&[file("m.yaml", text)], &crate::workspace());
        assert!(!problems.is_empty());
        assert!(!lines(&problems).concat().contains("hunter2"), "{problems:?}");
    }
}

#[test]
fn a_retired_mailbox_has_a_date_and_there_is_one_way_to_write_it() {
    let how = "write `state: retired` and below it `retired-on: 2026-12-31`";
    for (more, expected) in [
        (
            "  state: retired\n",
            format!(
                "m.yaml:6:10: `state: retired` needs the key `retired-on`, the first day on which it may be deleted ({how})"
            ),
        ),
        (
            "  state: {retired: 2026-12-31}\n",
            format!("m.yaml:6:10: `state` has to be `active` or `retired`, with the date in `retired-on` ({how})"),
        ),
        (
            "  retired-on: 2026-12-31\n",
            "m.yaml:6:3: `retired-on` is only for `state: retired` (add `state: retired`, or remove the date)"
                .to_owned(),
        ),
        (
            "  state: active\n  retired-on: 2026-12-31\n",
            "m.yaml:7:3: `retired-on` is only for `state: retired`".to_owned(),
        ),
        (
            "  state: retired\n  retired-on: 31.12.2026\n",
            "m.yaml:7:15: `retired-on` is `31.12.2026`, which is not a day (write year, month and day as 2026-12-31)"
                .to_owned(),
        ),
        (
            "  state: retired\n  retired-on: 2026-02-30\n",
            "m.yaml:7:15: `retired-on` is `2026-02-30`, which is not a day (write year, month and day as 2026-12-31)"
                .to_owned(),
        ),
        ("  state: gone\n", "m.yaml:6:10: `state` cannot be `gone` (write one of `active`, `retired`)".to_owned()),
    ] {
        let mailboxes = check(entry(more), &[&expected]);
        assert_eq!(mailboxes[0].state, State::Active, "nothing is retired by a slip: {more}");
    }
}

#[test]
fn a_file_of_mailboxes_is_a_list() {
    check(
        "mailboxes: []\n",
        &[
            "m.yaml:1:1: a file of mailboxes has to be a list, not a set of keys (begin every mailbox with a dash: `- address: …`)",
        ],
    );
}
