//! New shared mailboxes: pre-check, make, read back (facts sheet, Microsoft 2, create sequence).

use sha2::{Digest, Sha256};
use tripod_model::{Address, Kind};
use tripod_tenant::{ErrorKind, MailboxId, NewMailbox, TenantError};

use super::{SHOWS_WITHIN, group, not_shown, seen_within};
use crate::config::Guid;
use crate::connection::Connection;
use crate::exchange::mailbox::{self, Recipient};

/// How often a create is posted in all. It is posted again only after it has been read back as not done, or with
/// another alias; a second mailbox cannot come of it, because the address is unique.
const POSTS: usize = 3;
/// The most characters of an alias.
const ALIAS_LENGTH: usize = 64;

/// Makes one mailbox and gives its id.
pub(super) async fn one(connection: &Connection, new: &NewMailbox) -> Result<MailboxId, TenantError> {
    if new.first_password.is_some() {
        return Err(no_password(new));
    }
    let id = match new.kind {
        Kind::SharedMailbox => shared(connection, new).await?,
        Kind::GroupInbox => group::create(connection, new).await?,
    };
    Ok(MailboxId(id.to_string()))
}

/// The refusal of a first password. `New-Mailbox -Shared` takes none (facts sheet, Microsoft 1a and 2), and the id has
/// to be told before Graph knows the account that one could be given to: a run that ended in between would leave
/// somebody with a password that was never set, and nobody would notice. So nothing is made, and the message says what
/// to do.
fn no_password(new: &NewMailbox) -> TenantError {
    let message = match new.kind {
        Kind::SharedMailbox => {
            "a shared mailbox of Microsoft 365 is made without a password; have it made without one, then reset the \
             password of its account in the Microsoft 365 admin centre"
        }
        Kind::GroupInbox => "a Microsoft 365 group has no account that could have a password",
    };
    TenantError::new(ErrorKind::Invalid, format!("create {}", new.address), message)
}

async fn shared(connection: &Connection, new: &NewMailbox) -> Result<Guid, TenantError> {
    let operation = format!("create {}", new.address);
    let exchange = &connection.exchange;
    if let Some(holder) = exchange.recipient(new.address.as_str(), &operation).await? {
        return taken_over(connection, new, &holder, new.attempted_before, &operation).await;
    }
    let plain = alias_of(&new.address);
    let mut alias = if is_free(connection, &plain, &operation).await? { plain.clone() } else { suffixed(&new.address) };
    let mut may_be_ours = new.attempted_before;
    let mut posts = 0;
    loop {
        posts += 1;
        let cmdlet = mailbox::new_shared(&new.address, &alias, &new.name, &operation);
        let error = match exchange.write(&cmdlet, new.address.as_str()).await {
            Ok(rows) => match mailbox::first(rows) {
                Some(made) => return id_of(connection, &made, &operation).await,
                None => not_shown(&operation, "the new mailbox"),
            },
            Err(error) => error,
        };
        may_be_ours |= !error.not_done;
        // Whatever went wrong: a mailbox that an attempt of ours may have made is looked for before anything else.
        if may_be_ours
            && (!error.not_done || error.kind == ErrorKind::Conflict)
            && let Some(holder) = read_back(connection, &new.address, &operation).await?
        {
            return taken_over(connection, new, &holder, true, &operation).await;
        }
        let other_alias = error.kind == ErrorKind::Conflict && alias == plain;
        let may_post_again = other_alias || !error.not_done;
        if posts == POSTS || !may_post_again {
            return Err(error);
        }
        if other_alias {
            // The text of an alias clash names another address (facts sheet, Microsoft 5, gotcha 9), so the address
            // itself is asked for.
            if let Some(holder) = exchange.recipient(new.address.as_str(), &operation).await? {
                return taken_over(connection, new, &holder, may_be_ours, &operation).await;
            }
            alias = suffixed(&new.address);
        }
    }
}

/// The id of a mailbox that stands under the address already, if an attempt of ours may have made it.
async fn taken_over(
    connection: &Connection,
    new: &NewMailbox,
    holder: &Recipient,
    may_be_ours: bool,
    operation: &str,
) -> Result<Guid, TenantError> {
    if may_be_ours && holder.is_shared() && holder.address().as_ref() == Some(&new.address) {
        return id_of(connection, holder, operation).await;
    }
    let message = match holder.address() {
        Some(address) if address != new.address => format!("{} ({address}) holds the address", holder.words()),
        _ => format!("{} holds the address", holder.words()),
    };
    Err(TenantError::new(ErrorKind::Conflict, operation, message))
}

/// What stands under the address after a reply was lost; a new mailbox may take a while to show.
async fn read_back(
    connection: &Connection,
    address: &Address,
    operation: &str,
) -> Result<Option<Recipient>, TenantError> {
    let exchange = &connection.exchange;
    let look = || exchange.recipient(address.as_str(), operation);
    seen_within(exchange.clock(), SHOWS_WITHIN, operation, look).await
}

/// The Entra id, which may be empty for some seconds after a create.
async fn id_of(connection: &Connection, made: &Recipient, operation: &str) -> Result<Guid, TenantError> {
    if let Some(id) = made.id() {
        return Ok(id);
    }
    let exchange = &connection.exchange;
    let guid = made.guid().ok_or_else(|| {
        TenantError::new(ErrorKind::Invalid, operation, "the answer of Exchange Online holds no id of the new mailbox")
    })?;
    let look = || async { Ok(exchange.mailbox(guid.as_str(), operation).await?.and_then(|mailbox| mailbox.id())) };
    seen_within(exchange.clock(), SHOWS_WITHIN, operation, look)
        .await?
        .ok_or_else(|| not_shown(operation, "its account"))
}

async fn is_free(connection: &Connection, alias: &str, operation: &str) -> Result<bool, TenantError> {
    match connection.exchange.recipient(alias, operation).await {
        Ok(holder) => Ok(holder.is_none()),
        // Several recipients answer to it, so it is certainly taken.
        Err(error) if error.kind == ErrorKind::Conflict => Ok(false),
        Err(error) => Err(error),
    }
}

/// What stands before the @, with signs that an alias cannot have replaced.
fn alias_of(address: &Address) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || "!#%*+-/=?^_~.".contains(c) { c } else { '-' };
    address.local_part().chars().map(allowed).take(ALIAS_LENGTH).collect()
}

/// The alias with a part of the address's hash behind it: the same address always gives the same alias.
fn suffixed(address: &Address) -> String {
    let hash = Sha256::digest(address.as_str());
    let hash = format!("{:08x}", hash.iter().take(4).fold(0_u32, |sum, byte| sum << 8 | u32::from(*byte)));
    let start: String = alias_of(address).chars().take(ALIAS_LENGTH - hash.len() - 1).collect();
    format!("{}-{hash}", start.trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_holds_only_what_exchange_takes() {
        assert_eq!(alias_of(&"o'neil&co@a.test".parse().unwrap()), "o-neil-co");
    }

    #[test]
    fn another_alias_is_the_same_on_every_run_and_differs_by_domain() {
        let one = suffixed(&"support@a.test".parse().unwrap());
        assert_eq!(one, suffixed(&"support@a.test".parse().unwrap()));
        assert_ne!(one, suffixed(&"support@b.test".parse().unwrap()));
        assert!(one.starts_with("support-"));
        let long: Address = format!("{}@a.test", "x".repeat(64)).parse().unwrap();
        assert_eq!(suffixed(&long).len(), ALIAS_LENGTH);
    }
}
