//! Steps at Google Workspace, with GAM7's commands (its own `GamCommands.txt`, 7.49).

use tripod_model::Kind;
use tripod_provisioner::Action;
use tripod_tenant::Setting;

use super::quote::gam::{description, is_one};
use super::{Command, Subject, Task, Tool};

const ADMIN: &str = "Open https://admin.google.com";
/// Google wants a family name; the program itself uses the same.
const FAMILY_NAME: &str = "(service mailbox)";

impl Subject<'_> {
    /// A command of GAM with these words. It has no text where the shell has no safe way to write one of them.
    fn gam(&self, words: &[&str], expected: impl Into<String>) -> Command {
        let words: Vec<&str> = std::iter::once("gam").chain(words.iter().copied()).collect();
        Command::new(Tool::Gam(self.shell), self.shell.line(&words).unwrap_or_default(), expected)
    }
}

pub(super) fn task(subject: &Subject<'_>, unit: &str) -> Task {
    let mut task = written(subject, unit);
    let is_missing = |list: &[Command]| list.iter().any(|command| command.text.is_empty());
    if is_missing(&task.commands) || is_missing(&task.back) {
        // Half of the commands would be another step than the plan's.
        if is_missing(&task.commands) {
            task.commands.clear();
        }
        if is_missing(&task.back) {
            task.back.clear();
        }
        let shell = subject.shell.name();
        let missing = format!(
            "A text in this step cannot be written safely in {shell}. Do it in the console, or make the runbook for another shell (--shell)."
        );
        task.note = Some(task.note.map_or(missing.clone(), |note| format!("{missing} {note}")));
    }
    task
}

fn written(subject: &Subject<'_>, unit: &str) -> Task {
    match subject.action() {
        Action::Create { kind: Kind::SharedMailbox, name, .. } => create_account(subject, name, unit),
        Action::Create { kind: Kind::GroupInbox, name, purpose, .. } => create_group(subject, name, purpose),
        Action::Mark => mark(subject),
        Action::Rename { from, to } => rename(subject, from, to),
        Action::Configure { settings } => configure(subject, settings),
        Action::Grant { person } => access(subject, person.address.as_str(), true),
        Action::Revoke { principal } => access(subject, principal.label(), false),
        Action::Retire => retire(subject, unit),
    }
}

/// The parts of a display name: the last word serves as family name.
fn parts(name: &str) -> (&str, &str) {
    let name = name.trim();
    name.rsplit_once(' ').map_or((name, FAMILY_NAME), |(given, family)| (given.trim(), family))
}

fn create_account(subject: &Subject<'_>, name: &str, unit: &str) -> Task {
    let address = subject.address();
    let (given, family) = parts(name);
    let who = address.as_str();
    let mut task = subject.task(
        vec![
            ADMIN.to_owned(),
            "Directory → Users → Add new user".to_owned(),
            format!("First name: {given}; Last name: {family}; Primary email: {address}"),
            format!("Organisational unit: {unit}; a generated password that nobody copies; no change at next sign-in"),
            "User details → User information: Custom external ID of type managed-by with the value tripod".to_owned(),
        ],
        vec![
            subject.gam(
                &[
                    "create",
                    "user",
                    who,
                    "firstname",
                    given,
                    "lastname",
                    family,
                    "displayname",
                    name.trim(),
                    "password",
                    "random",
                    "changepasswordatnextlogin",
                    "off",
                    "includeinglobaladdresslist",
                    "off",
                    "org",
                    unit,
                    "externalid",
                    "managed-by",
                    "tripod",
                ],
                format!("User: {address}, Created"),
            ),
            subject.gam(
                &["info", "user", who, "quick"],
                "the user with External IDs managed-by: tripod; Mailbox is setup: True",
            ),
        ],
        vec![
            subject.gam(&["delete", "user", who], format!("User: {address}, Deleted; it can be restored for 20 days")),
        ],
    );
    task.note =
        Some("A new account takes some minutes until its mailbox is set up; delegates are refused before. If a later command says that it does not exist or is not ready, wait a minute and do that command again.".to_owned());
    task
}

fn create_group(subject: &Subject<'_>, name: &str, purpose: &str) -> Task {
    let address = subject.address();
    let who = address.as_str();
    let mut task = subject.task(
        vec![
            ADMIN.to_owned(),
            "Directory → Groups → Create group".to_owned(),
            format!("Name: {name}; Group email: {address}; Description: {purpose}"),
        ],
        // GAM sets name and description in a call of their own. Where the new group is not known yet it fails after the
        // group was made, and cannot be repeated; as two commands it can.
        vec![
            subject.gam(&["create", "group", who], format!("Group: {address}, Created")),
            subject.gam(
                &["update", "group", who, "name", name, "description", &description(purpose)],
                format!("Group: {address}, Updated"),
            ),
        ],
        vec![subject.gam(&["delete", "group", who], format!("Group: {address}, Deleted"))],
    );
    task.note = Some(
        "A new group takes up to some minutes until it is known everywhere. If a later command says that it does not exist, wait a minute and do that command again."
            .to_owned(),
    );
    task
}

fn mark(subject: &Subject<'_>) -> Task {
    let address = subject.address();
    let who = address.as_str();
    let mut task = subject.task(
        vec![
            ADMIN.to_owned(),
            format!("Directory → Users → {address} → User information"),
            "Add an external ID: Custom, type managed-by, value tripod; leave the others as they are".to_owned(),
        ],
        vec![
            subject.gam(
                &["info", "user", who, "quick", "fields", "externalids"],
                "the external ids that there are; note them",
            ),
            subject.gam(
                &["update", "user", who, "externalid", "managed-by", "tripod"],
                format!("User: {address}, Updated"),
            ),
        ],
        Vec::new(),
    );
    task.note = Some(
        "Google replaces the whole list of external ids. If the first command shows any, repeat each in the second: `externalid TYPE VALUE`. The way back is the same with the earlier list."
            .to_owned(),
    );
    task
}

fn rename(subject: &Subject<'_>, from: &str, to: &str) -> Task {
    let address = subject.address();
    let who = address.as_str();
    let command = |name: &str| match subject.kind() {
        Kind::SharedMailbox => {
            let (given, family) = parts(name);
            subject.gam(
                &["update", "user", who, "firstname", given, "lastname", family, "displayname", name.trim()],
                format!("User: {address}, Updated"),
            )
        }
        Kind::GroupInbox => subject.gam(&["update", "group", who, "name", name], format!("Group: {address}, Updated")),
    };
    let list = match subject.kind() {
        Kind::SharedMailbox => "Users",
        Kind::GroupInbox => "Groups",
    };
    subject.task(
        vec![ADMIN.to_owned(), format!("Directory → {list} → {address} → change the name to {to}, and save")],
        vec![command(to)],
        vec![command(from)],
    )
}

fn configure(subject: &Subject<'_>, settings: &[Setting]) -> Task {
    let address = subject.address();
    let who = address.as_str();
    let (mut way, mut attributes) = (
        vec![ADMIN.to_owned(), format!("Directory → Groups → {address} → Access settings, then Advanced settings")],
        Vec::new(),
    );
    for setting in settings {
        let (click, attribute) = match setting {
            Setting::CollaborativeInbox => (
                "Enable additional Google Groups features: Collaborative Inbox; conversation history on; members may post as the group",
                "enablecollaborativeinbox true isarchived true memberscanpostasthegroup true",
            ),
            Setting::OutsideMailAccepted => (
                "Who can post: Anyone on the web; message moderation: none; spam: post without moderation",
                "archiveonly false whocanpostmessage anyonecanpost messagemoderationlevel moderatenone spammoderationlevel allow",
            ),
            Setting::JoiningByInvitation => ("Who can join the group: Only invited users", "whocanjoin invitedcanjoin"),
            Setting::LeavingClosed => ("Who can leave the group: No one", "whocanleavegroup nonecanleave"),
            Setting::OutsidersRefused => ("Members outside your organisation: Off", "allowexternalmembers false"),
            Setting::ReadByMembersOnly => {
                ("Who can view conversations: Group members", "whocanviewgroup allmemberscanview")
            }
            // Settings of Microsoft's mailboxes.
            Setting::SignInBlocked | Setting::SentCopiesKept => continue,
        };
        way.push(click.to_owned());
        attributes.push(attribute);
    }
    let changes: Vec<&str> =
        ["update", "group", who].into_iter().chain(attributes.iter().flat_map(|all| all.split(' '))).collect();
    let mut task = subject.task(
        way,
        vec![
            subject.gam(&["info", "group", who], "the settings as they are; keep them for the way back"),
            subject.gam(&changes, format!("Group: {address}, Updated")),
        ],
        Vec::new(),
    );
    task.note =
        Some("The way back is the second command with the earlier values, which the first one shows.".to_owned());
    task
}

/// The words that give somebody access or end it.
fn access_words<'a>(kind: Kind, mailbox: &'a str, who: &'a str, give: bool) -> Vec<&'a str> {
    match (kind, give) {
        (Kind::SharedMailbox, true) => vec!["user", mailbox, "add", "delegate", who],
        (Kind::SharedMailbox, false) => vec!["user", mailbox, "delete", "delegate", who],
        (Kind::GroupInbox, true) => vec!["update", "group", mailbox, "add", "owner", who],
        (Kind::GroupInbox, false) => vec!["update", "group", mailbox, "remove", who],
    }
}

fn access(subject: &Subject<'_>, who: &str, give: bool) -> Task {
    let (address, kind) = (subject.address(), subject.kind());
    let mailbox = address.as_str();
    let there = if give { "the list shows" } else { "the list no longer shows" };
    let (look, way) = match kind {
        Kind::SharedMailbox => (
            vec!["user", mailbox, "show", "delegates"],
            vec![
                "An administrator cannot change this access in a console; use the command, or sign in to the mailbox"
                    .to_owned(),
                format!(
                    "In the mailbox: Settings → Accounts → Grant access to your account → {} {who}",
                    if give { "Add another account:" } else { "delete" }
                ),
            ],
        ),
        Kind::GroupInbox => (
            vec!["print", "group-members", "group", mailbox],
            vec![
                ADMIN.to_owned(),
                format!("Directory → Groups → {address} → Members"),
                if give { format!("Add {who}, then make them Owner") } else { format!("Remove {who}") },
            ],
        ),
    };
    let look = subject.gam(&look, format!("{there} {who}{}", if give { " (as accepted, or as OWNER)" } else { "" }));
    if !is_one(who) {
        let mut task = subject.task(way, vec![look], Vec::new());
        task.note = Some("GAM would take this name for several; do this step in the console.".to_owned());
        return task;
    }
    let word = if give { "Added" } else { "Deleted or Removed" };
    subject.task(
        way,
        vec![subject.gam(&access_words(kind, mailbox, who, give), format!("{who}, {word}")), look],
        vec![subject.gam(&access_words(kind, mailbox, who, !give), format!("{who} as before"))],
    )
}

fn retire(subject: &Subject<'_>, unit: &str) -> Task {
    let address = subject.address();
    let who = address.as_str();
    match subject.kind() {
        Kind::SharedMailbox => subject.task(
            vec![
                ADMIN.to_owned(),
                format!("Directory → Users → {address} → Delete user; transfer nothing, and confirm"),
            ],
            vec![subject.gam(&["delete", "user", who], format!("User: {address}, Deleted"))],
            // Without a unit it comes back in the topmost one, where mail delegation may be off.
            vec![subject.gam(&["undelete", "user", who, "org", unit], "within 20 days: the user, Undeleted")],
        ),
        Kind::GroupInbox => {
            let mut task = subject.task(
                vec![ADMIN.to_owned(), format!("Directory → Groups → {address} → Delete group, and confirm")],
                vec![subject.gam(&["delete", "group", who], format!("Group: {address}, Deleted"))],
                Vec::new(),
            );
            task.note = Some("There is no way back: Google restores no deleted group over its interfaces.".to_owned());
            task
        }
    }
}
