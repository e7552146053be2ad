//! What the reader says about files, as a user would see it.

mod delegates;
mod entries;
mod examples;
mod files;
mod policies;
mod properties;
mod tenants;

use tripod_model::{Problem, Settings, SourceFile, WantedMailbox, read};

/// Two sound tenants, one at each provider, with the domains `g.test` and `m.test`.
pub(crate) const WORKSPACE: &str = "\
version: 1
tenants:
  google:
    provider: google-workspace
    customer: C01234567
    domains: [g.test]
    admin: admin@g.test
    credentials: {service-account-key: {path: key.json}}
  microsoft:
    provider: microsoft-365
    tenant-id: 5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90
    domains: [m.test]
    credentials: {client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3, client-secret: {env: SECRET}}
";

pub(crate) fn file(name: &str, content: impl AsRef<[u8]>) -> SourceFile {
    SourceFile { name: name.to_owned(), bytes: content.as_ref().to_vec() }
}

pub(crate) fn lines(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// The settings of [`WORKSPACE`].
pub(crate) fn workspace() -> Settings {
    let (settings, problems) = read::settings(&file("tripod.yaml", WORKSPACE));
    assert_eq!(lines(&problems), Vec::<String>::new());
    settings.expect("the workspace is sound")
}

/// Reads one file of mailboxes, `m.yaml`, and holds its problems against the expected lines.
#[track_caller]
pub(crate) fn check(text: impl AsRef<[u8]>, expected: &[&str]) -> Vec<WantedMailbox> {
    let (mailboxes, problems) = read::mailboxes(&[file("m.yaml", text)], &workspace());
    assert_eq!(lines(&problems), expected);
    mailboxes
}

/// A sound entry, with more lines of the test's own; its first line of them is line 6.
pub(crate) fn entry(more: &str) -> String {
    format!(
        "- address: x@g.test\n  name: X\n  purpose: Owns X\n  kind: shared-mailbox\n  delegates: [a@g.test, b@g.test, c@g.test]\n{more}"
    )
}
