//! Steps at Microsoft 365, with the cmdlets and parameters that the program itself sends (facts sheet, Microsoft 1a, 2).

use tripod_model::Kind;
use tripod_provisioner::Action;
use tripod_tenant::Setting;

use super::quote::powershell::{argument, filter};
use super::{Command, Subject, Task, Tool};

const EXCHANGE: &str = "Open https://admin.exchange.microsoft.com";
const ADMIN: &str = "Open https://admin.microsoft.com";

fn exchange(text: String, expected: impl Into<String>) -> Command {
    Command::new(Tool::ExchangeOnline, text, expected)
}

fn graph(text: String, expected: impl Into<String>) -> Command {
    Command::new(Tool::Graph, text, expected)
}

pub(super) fn task(subject: &Subject<'_>) -> Task {
    match subject.action() {
        Action::Create { kind: Kind::SharedMailbox, name, .. } => create_mailbox(subject, name),
        Action::Create { kind: Kind::GroupInbox, name, purpose, .. } => create_group(subject, name, purpose),
        Action::Mark => {
            let mut task = subject.task(Vec::new(), Vec::new(), Vec::new());
            task.note = Some("Microsoft 365 has no marker; there is nothing to do.".to_owned());
            task
        }
        Action::Rename { from, to } => rename(subject, from, to),
        Action::Configure { settings } => configure(subject, settings),
        Action::Grant { person } => access(subject, person.address.as_str(), true),
        Action::Revoke { principal } => access(subject, principal.label(), false),
        Action::Retire => retire(subject),
    }
}

fn clicks(start: &str, rest: &[String]) -> Vec<String> {
    std::iter::once(start.to_owned()).chain(rest.iter().cloned()).collect()
}

/// What stands before the @, with signs that an alias cannot have replaced.
fn alias(local_part: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "!#%*+-/=?^_~.".contains(c) { c } else { '-' };
    local_part.chars().map(allowed).take(64).collect()
}

fn create_mailbox(subject: &Subject<'_>, name: &str) -> Task {
    let address = subject.address();
    let (quoted, alias) = (argument(address.as_str()), argument(&alias(address.local_part())));
    let mut task = subject.task(
        clicks(
            EXCHANGE,
            &[
                "Recipients → Mailboxes → Add a shared mailbox".to_owned(),
                format!("Display name: {name}"),
                format!("Email address: {address}; Alias: what stands before the @"),
                "Create, and wait until the list shows it".to_owned(),
            ],
        ),
        vec![exchange(
            format!(
                "New-Mailbox -Shared -Name {alias} -DisplayName {} -Alias {alias} -PrimarySmtpAddress {quoted}",
                argument(name)
            ),
            format!("a table with one row, whose PrimarySmtpAddress is {address} (repeat nothing if it is slow)"),
        )],
        vec![exchange(
            format!("Remove-Mailbox -Identity {quoted} -Confirm:$false"),
            "nothing; the address can be restored for 30 days",
        )],
    );
    task.note = Some(
        "If the alias is taken, choose another one; the address is what counts. A new mailbox takes some minutes until every service knows it: if a later command says that it is not found, wait a minute and do that command again."
            .to_owned(),
    );
    task
}

fn create_group(subject: &Subject<'_>, name: &str, purpose: &str) -> Task {
    let address = subject.address();
    let description = if purpose.is_empty() { String::new() } else { format!(" -Description {}", argument(purpose)) };
    let mut task = subject.task(
        clicks(
            ADMIN,
            &[
                "Teams & groups → Active teams & groups → Add a Microsoft 365 group".to_owned(),
                format!("Name: {name}; Group email address: {address}; Privacy: Private"),
                "Clear «Create a team for this group», then Create group".to_owned(),
            ],
        ),
        vec![graph(
            format!(
                "New-MgGroup -DisplayName {} -MailEnabled -MailNickname {} -SecurityEnabled:$false -GroupTypes @('Unified') -Visibility 'Private'{description}",
                argument(name),
                argument(address.local_part()),
            ),
            format!("a table with one row; its mail is {address} after some seconds"),
        )],
        vec![remove_group(subject)],
    );
    task.note = Some(format!(
        "Graph makes the address of the name before the @ and the default domain. If it is not {address}, set it in the admin centre before going on. Whoever makes a group becomes its owner: unless you are one of its people, take yourself off under Membership once they are on it. A new group takes some minutes until every service knows it: if a later command says that it is not found, wait a minute and do that command again."
    ));
    task
}

fn remove_group(subject: &Subject<'_>) -> Command {
    let text = match subject.id() {
        Some(id) => format!("Remove-MgGroup -GroupId {}", argument(id)),
        None => format!(
            "Get-MgGroup -Filter {} | ForEach-Object {{ Remove-MgGroup -GroupId $_.Id }}",
            filter("mail", subject.address().as_str())
        ),
    };
    graph(text, "nothing; the group can be restored for 30 days")
}

fn rename(subject: &Subject<'_>, from: &str, to: &str) -> Task {
    let identity = argument(subject.address().as_str());
    let cmdlet = match subject.kind() {
        Kind::SharedMailbox => "Set-Mailbox",
        Kind::GroupInbox => "Set-UnifiedGroup",
    };
    let command =
        |name: &str| exchange(format!("{cmdlet} -Identity {identity} -DisplayName {}", argument(name)), "nothing");
    let list = match subject.kind() {
        Kind::SharedMailbox => "Recipients → Mailboxes",
        Kind::GroupInbox => "Recipients → Groups → Microsoft 365",
    };
    subject.task(
        clicks(
            EXCHANGE,
            &[format!("{list} → {}", subject.address()), format!("Edit the display name to {to}, and save")],
        ),
        vec![command(to)],
        vec![command(from)],
    )
}

fn configure(subject: &Subject<'_>, settings: &[Setting]) -> Task {
    let address = subject.address();
    let identity = argument(address.as_str());
    let (mut way, mut commands, mut back) = (Vec::new(), Vec::new(), Vec::new());
    for setting in settings {
        match setting {
            Setting::SignInBlocked => {
                let user = argument(subject.id().unwrap_or(address.as_str()));
                way.push(format!("{ADMIN}: Users → Active users → {address} → Block sign-in"));
                commands.push(graph(format!("Update-MgUser -UserId {user} -AccountEnabled:$false"), "nothing"));
                commands.push(graph(
                    format!("(Get-MgUser -UserId {user} -Property AccountEnabled).AccountEnabled"),
                    "False; if it says True, wait a minute and do both again",
                ));
                back.push(graph(format!("Update-MgUser -UserId {user} -AccountEnabled:$true"), "nothing"));
            }
            Setting::SentCopiesKept => {
                way.push(format!(
                    "{EXCHANGE}: Recipients → Mailboxes → {address} → Manage sent items; turn both switches on"
                ));
                let switch = |on: &str| {
                    format!(
                        "Set-Mailbox -Identity {identity} -MessageCopyForSentAsEnabled {on} -MessageCopyForSendOnBehalfEnabled {on}"
                    )
                };
                commands.push(exchange(switch("$true"), "nothing"));
                back.push(exchange(switch("$false"), "nothing"));
            }
            Setting::JoiningByInvitation => {
                way.push(format!(
                    "{ADMIN}: Teams & groups → Active teams & groups → {address} → Settings → Privacy: Private"
                ));
                let access = |kind: &str| format!("Set-UnifiedGroup -Identity {identity} -AccessType {kind}");
                commands.push(exchange(access("Private"), "nothing"));
                back.push(exchange(access("Public"), "nothing"));
            }
            Setting::OutsideMailAccepted if subject.kind() == Kind::GroupInbox => {
                way.push(format!(
                    "{ADMIN}: Teams & groups → Active teams & groups → {address} → Settings → allow external senders to \
                     email this group"
                ));
                let inside_only = |value: &str| {
                    format!("Set-UnifiedGroup -Identity {identity} -RequireSenderAuthenticationEnabled:{value}")
                };
                commands.push(exchange(inside_only("$false"), "nothing"));
                back.push(exchange(inside_only("$true"), "nothing"));
            }
            Setting::OutsideMailAccepted => {
                way.push(format!(
                    "{EXCHANGE}: Recipients → Mailboxes → {address} → Manage message delivery restrictions; accept \
                     messages from all senders, and require no authentication of senders"
                ));
                let command = format!(
                    "Set-Mailbox -Identity {identity} -RequireSenderAuthenticationEnabled $false -ModerationEnabled $false \
                     -AcceptMessagesOnlyFromSendersOrMembers $null"
                );
                commands.push(exchange(command, "nothing"));
            }
            // Settings of Google's groups.
            Setting::CollaborativeInbox
            | Setting::LeavingClosed
            | Setting::OutsidersRefused
            | Setting::ReadByMembersOnly => {}
        }
    }
    subject.task(way, commands, back)
}

fn access(subject: &Subject<'_>, who: &str, give: bool) -> Task {
    let address = subject.address();
    let there = if give { "the list shows" } else { "the list no longer shows" };
    let way = match subject.kind() {
        Kind::SharedMailbox => vec![
            EXCHANGE.to_owned(),
            format!("Recipients → Mailboxes → {address} → Delegation"),
            format!(
                "{} {who} under «Read and manage» and under «Send as», and save",
                if give { "Add" } else { "Remove" }
            ),
        ],
        Kind::GroupInbox => vec![
            ADMIN.to_owned(),
            format!("Teams & groups → Active teams & groups → {address} → Membership"),
            format!("{} {who} under Members and under Owners, and save", if give { "Add" } else { "Remove" }),
        ],
    };
    let commands = |give: bool| match subject.kind() {
        Kind::SharedMailbox => mailbox_rights(subject, who, give),
        Kind::GroupInbox => group_links(subject, who, give),
    };
    let mut all = commands(give);
    let identity = argument(address.as_str());
    let look = match subject.kind() {
        Kind::SharedMailbox => [
            format!("Get-MailboxPermission -Identity {identity} -ResultSize Unlimited"),
            format!("Get-RecipientPermission -Identity {identity} -ResultSize Unlimited"),
        ],
        Kind::GroupInbox => ["Members", "Owners"]
            .map(|list| format!("Get-UnifiedGroupLinks -Identity {identity} -LinkType {list} -ResultSize Unlimited")),
    };
    all.extend(look.map(|text| exchange(text, format!("{there} {who}"))));
    subject.task(way, all, commands(!give))
}

fn mailbox_rights(subject: &Subject<'_>, who: &str, give: bool) -> Vec<Command> {
    let (identity, who) = (argument(subject.address().as_str()), argument(who));
    let (verb, mapping) = if give { ("Add", " -AutoMapping $false") } else { ("Remove", "") };
    vec![
        exchange(
            format!(
                "{verb}-MailboxPermission -Identity {identity} -User {who} -AccessRights FullAccess -InheritanceType All{mapping} -Confirm:$false"
            ),
            if give { "a row with FullAccess" } else { "nothing" },
        ),
        exchange(
            format!(
                "{verb}-RecipientPermission -Identity {identity} -Trustee {who} -AccessRights SendAs -Confirm:$false"
            ),
            if give { "a row with SendAs" } else { "nothing" },
        ),
    ]
}

fn group_links(subject: &Subject<'_>, who: &str, give: bool) -> Vec<Command> {
    let (identity, who) = (argument(subject.address().as_str()), argument(who));
    // An owner has to be a member first, and stops being one last.
    let (verb, lists) = if give { ("Add", ["Members", "Owners"]) } else { ("Remove", ["Owners", "Members"]) };
    lists
        .iter()
        .map(|list| {
            let text =
                format!("{verb}-UnifiedGroupLinks -Identity {identity} -LinkType {list} -Links {who} -Confirm:$false");
            exchange(text, "nothing")
        })
        .collect()
}

fn retire(subject: &Subject<'_>) -> Task {
    let address = subject.address();
    match subject.kind() {
        Kind::SharedMailbox => {
            let mut task = subject.task(
                clicks(EXCHANGE, &[format!("Recipients → Mailboxes → {address} → Delete, and confirm")]),
                vec![exchange(
                    format!("Remove-Mailbox -Identity {} -Confirm:$false", argument(address.as_str())),
                    "nothing; the address can be restored for 30 days",
                )],
                vec![exchange(
                    format!(
                        "Undo-SoftDeletedMailbox -SoftDeletedObject {}",
                        argument(subject.id().unwrap_or(address.as_str()))
                    ),
                    "a row with the mailbox",
                )],
            );
            task.note =
                Some("If its account was deleted with it, restore the user in the admin centre instead.".to_owned());
            task
        }
        Kind::GroupInbox => {
            let back = subject.id().map(|id| {
                graph(
                    format!("Restore-MgDirectoryDeletedItem -DirectoryObjectId {}", argument(id)),
                    "a row with the group",
                )
            });
            subject.task(
                clicks(
                    ADMIN,
                    &[format!("Teams & groups → Active teams & groups → {address} → Delete group, and confirm")],
                ),
                vec![remove_group(subject)],
                back.into_iter().collect(),
            )
        }
    }
}
