//! Settings and names, each read back.

use serde_json::json;
use tripod_model::Kind;
use tripod_tenant::{Change, Configure, ErrorKind, MailboxRef, Setting, TenantError};

use super::{SHOWS_WITHIN, not_shown, seen_within, settled};
use crate::config::Guid;
use crate::connection::Connection;
use crate::exchange::Cmdlet;
use crate::exchange::mailbox::{self, Recipient};
use crate::graph::Call;
use crate::graph::group::{self, Group};
use crate::graph::user::{self, User};

/// Makes the changes to one mailbox, one after the other.
pub(super) async fn one(connection: &Connection, configure: &Configure) -> Result<(), TenantError> {
    for change in &configure.changes {
        let mailbox = &configure.mailbox;
        let operation = match change {
            Change::TurnOn(setting) => format!("turn on «{}» of {}", setting.words(), mailbox.address),
            Change::Rename(_) => format!("rename {}", mailbox.address),
            Change::Mark => format!("mark {}", mailbox.address),
        };
        let id = Guid::parse(&mailbox.id.0, &operation)?;
        make(connection, mailbox, &id, change, &operation).await?;
    }
    Ok(())
}

async fn make(
    connection: &Connection,
    mailbox: &MailboxRef,
    id: &Guid,
    change: &Change,
    operation: &str,
) -> Result<(), TenantError> {
    match (mailbox.kind, change) {
        (Kind::SharedMailbox, Change::TurnOn(Setting::SignInBlocked)) => block_sign_in(connection, id, operation).await,
        (Kind::SharedMailbox, Change::TurnOn(Setting::SentCopiesKept)) => {
            let cmdlet = mailbox::set(id, operation)
                .with("MessageCopyForSentAsEnabled", true)
                .with("MessageCopyForSendOnBehalfEnabled", true);
            set(connection, id, &cmdlet, |mailbox| mailbox.keeps_sent_copies() == Some(true)).await
        }
        (Kind::SharedMailbox, Change::TurnOn(Setting::OutsideMailAccepted)) => {
            accept_outside_mail(connection, id, operation).await
        }
        (Kind::SharedMailbox, Change::Rename(name)) => {
            let cmdlet = mailbox::set(id, operation).with("DisplayName", name.as_str());
            set(connection, id, &cmdlet, |mailbox| mailbox.name() == name).await
        }
        (Kind::GroupInbox, Change::TurnOn(Setting::JoiningByInvitation)) => {
            patch_group(connection, id, &json!({"visibility": "Private"}), operation, |group| {
                group.is_private() == Some(true)
            })
            .await
        }
        (Kind::GroupInbox, Change::TurnOn(Setting::OutsideMailAccepted)) => {
            accept_outside_mail_in_group(connection, id, operation).await
        }
        (Kind::GroupInbox, Change::Rename(name)) => {
            let is_it = |group: &Group| group.display_name.as_ref() == Some(name);
            patch_group(connection, id, &json!({"displayName": name}), operation, is_it).await
        }
        (_, Change::TurnOn(_) | Change::Mark) => {
            let message = format!("Microsoft 365 has no such thing for a {}", mailbox.kind.word());
            Err(TenantError::new(ErrorKind::Invalid, operation, message))
        }
    }
}

/// Sign-in stays open after `New-Mailbox`, whatever the cmdlet's page says, so it is closed and read back at Graph
/// (facts sheet, Microsoft 5, gotcha 1).
async fn block_sign_in(connection: &Connection, id: &Guid, operation: &str) -> Result<(), TenantError> {
    let graph = &connection.graph;
    let call = Call::patch(&["users", id.as_str()], json!({"accountEnabled": false}), user::BLOCK, operation);
    if let Err(error) = settled(graph.clock(), operation, || graph.call(&call)).await {
        return Err(of_a_synchronised_account(connection, id, error).await);
    }
    let read = user::by_id(id, operation);
    let look = || async {
        let user = User::read(graph.call(&read).await?, operation)?;
        Ok((user.account_enabled == Some(false)).then_some(()))
    };
    let seen = seen_within(graph.clock(), SHOWS_WITHIN, operation, look).await?;
    seen.ok_or_else(|| not_shown(operation, "the blocked sign-in"))
}

/// Graph lets only a signed-in person change `allowExternalSenders`; Exchange's cmdlet works for an app too (Exchange
/// Online PowerShell, «App-only authentication»: of the cmdlets for groups, only those that make, delete and fill them do
/// not). Graph shows what came of it.
async fn accept_outside_mail_in_group(connection: &Connection, id: &Guid, operation: &str) -> Result<(), TenantError> {
    let exchange = &connection.exchange;
    let cmdlet = Cmdlet::new("Set-UnifiedGroup", operation)
        .with("Identity", id.as_str())
        .with("RequireSenderAuthenticationEnabled", false);
    settled(exchange.clock(), operation, || exchange.write(&cmdlet, id.as_str())).await?;
    let graph = &connection.graph;
    let read = group::mailing(id, operation);
    let look = || async {
        let value = graph.call(&read).await?;
        let accepts = value.get("allowExternalSenders").and_then(serde_json::Value::as_bool);
        Ok((accepts == Some(true)).then_some(()))
    };
    let seen = seen_within(graph.clock(), SHOWS_WITHIN, operation, look).await?;
    seen.ok_or_else(|| not_shown(operation, "the change"))
}

/// The refusal of a change to an account that comes from the organisation's own directory has that cause, whatever the
/// answer says; no permission would help.
async fn of_a_synchronised_account(connection: &Connection, id: &Guid, error: TenantError) -> TenantError {
    let call = Call::get(&["users", id.as_str()], user::READ, &error.operation);
    let answer = connection.graph.call(&call.query("$select", "id,onPremisesSyncEnabled")).await;
    let is_synchronised =
        answer.ok().and_then(|user| user.get("onPremisesSyncEnabled").and_then(serde_json::Value::as_bool));
    if is_synchronised != Some(true) || error.is_transient() {
        return error;
    }
    let message = "the account is synchronised from the organisation's own directory, where alone its sign-in can be \
                   blocked; disable the account there, or hand it over to the cloud";
    TenantError { kind: ErrorKind::SetUp, message: message.to_owned(), permission: None, ..error }
}

/// Lets mail from outside through. What restricts it further is taken away only where it is there.
async fn accept_outside_mail(connection: &Connection, id: &Guid, operation: &str) -> Result<(), TenantError> {
    let gone = || TenantError::new(ErrorKind::Missing, operation, "Exchange Online does not show the mailbox");
    let look = || async { connection.exchange.mailbox(id.as_str(), operation).await?.ok_or_else(gone) };
    let mailbox = settled(connection.exchange.clock(), operation, look).await?;
    let cmdlet = mailbox::set(id, operation).with("RequireSenderAuthenticationEnabled", false);
    let cmdlet = if mailbox.is_restricted() {
        cmdlet.with("ModerationEnabled", false).with("AcceptMessagesOnlyFromSendersOrMembers", json!([]))
    } else {
        cmdlet
    };
    set(connection, id, &cmdlet, |mailbox| mailbox.accepts_outside_mail() == Ok(true)).await
}

async fn set(
    connection: &Connection,
    id: &Guid,
    cmdlet: &Cmdlet,
    is_so: impl Fn(&Recipient) -> bool + Send + Sync,
) -> Result<(), TenantError> {
    let exchange = &connection.exchange;
    let operation = cmdlet.operation.as_str();
    settled(exchange.clock(), operation, || exchange.write(cmdlet, id.as_str())).await?;
    let look =
        || async { Ok(exchange.mailbox(id.as_str(), operation).await?.filter(|mailbox| is_so(mailbox)).map(drop)) };
    let seen = seen_within(exchange.clock(), SHOWS_WITHIN, operation, look).await?;
    seen.ok_or_else(|| not_shown(operation, "the change"))
}

async fn patch_group(
    connection: &Connection,
    id: &Guid,
    body: &serde_json::Value,
    operation: &str,
    is_so: impl Fn(&Group) -> bool + Send + Sync,
) -> Result<(), TenantError> {
    let graph = &connection.graph;
    let call = Call::patch(&["groups", id.as_str()], body.clone(), group::WRITE, operation);
    settled(graph.clock(), operation, || graph.call(&call)).await?;
    let read = group::by_id(id, operation);
    let look = || async {
        let group = Group::read(graph.call(&read).await?, operation)?;
        Ok(is_so(&group).then_some(()))
    };
    let seen = seen_within(graph.clock(), SHOWS_WITHIN, operation, look).await?;
    seen.ok_or_else(|| not_shown(operation, "the change"))
}
