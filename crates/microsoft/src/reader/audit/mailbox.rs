//! What is known of mailboxes beyond access and settings.

use futures::future::join_all;
use tripod_model::Kind;
use tripod_tenant::{ErrorKind, MailboxFacts, MailboxRef, Observed, TenantError};

use super::accounts::{self, Account, observed};
use crate::config::Guid;
use crate::connection::Connection;
use crate::exchange::mailbox::Recipient;
use crate::exchange::statistics;

/// What Exchange says of a mailbox.
struct Contents {
    forwarding: Observed<Vec<String>>,
    size: Observed<u64>,
    size_limit: Observed<u64>,
}

/// What is known of each of these mailboxes, asked for by id.
pub(super) async fn facts(connection: &Connection, mailboxes: &[MailboxRef]) -> Vec<MailboxFacts> {
    let id = |mailbox: &MailboxRef| Guid::parse(&mailbox.id.0, &format!("read {}", mailbox.address));
    let with_account = mailboxes.iter().filter(|mailbox| mailbox.kind == Kind::SharedMailbox);
    let with_account: Vec<Account> =
        with_account.filter_map(|mailbox| Some((id(mailbox).ok()?, mailbox.address.to_string()))).collect();
    let factors = async {
        // The report is a slow one, so it is asked for only if there is somebody to look up in it.
        if with_account.is_empty() { None } else { Some(accounts::second_factors(connection).await) }
    };
    let contents =
        join_all(mailboxes.iter().map(|mailbox| async move { contents(connection, mailbox, id(mailbox)?).await }));
    let (sign_ins, factors, contents) =
        futures::join!(accounts::last_sign_ins(connection, &with_account), factors, contents);
    let mut sign_ins = with_account.iter().zip(sign_ins);
    mailboxes
        .iter()
        .zip(contents)
        .map(|(mailbox, contents)| {
            let contents = match contents {
                Ok(contents) => contents,
                Err(error) => return MailboxFacts::all_unknown(&error.into()),
            };
            let (last_sign_in, second_factor) = match (mailbox.kind, &factors) {
                (Kind::SharedMailbox, Some(factors)) => match sign_ins.next() {
                    Some((account, last)) => (observed(last), accounts::second_factor(factors, account)),
                    None => (Observed::Absent, Observed::Absent),
                },
                _ => (Observed::Absent, Observed::Absent),
            };
            MailboxFacts {
                last_sign_in,
                second_factor,
                forwarding: contents.forwarding,
                recovery: Observed::Absent,
                app_passwords: Observed::Absent,
                size: contents.size,
                size_limit: contents.size_limit,
                delegation_allowed: Observed::Absent,
            }
        })
        .collect()
}

/// An error only for an id that is none.
async fn contents(connection: &Connection, mailbox: &MailboxRef, id: Guid) -> Result<Contents, TenantError> {
    let operation = format!("read {}", mailbox.address);
    let size_operation = format!("read how much {} holds", mailbox.address);
    let exchange = &connection.exchange;
    let look = async {
        let found = match mailbox.kind {
            Kind::SharedMailbox => exchange.mailbox(id.as_str(), &operation).await?,
            Kind::GroupInbox => exchange.group_mailbox(&id, &operation).await?,
        };
        let gone = || TenantError::new(ErrorKind::Unavailable, &operation, "Exchange Online does not show the mailbox");
        found.ok_or_else(gone)
    };
    let (found, size) = futures::join!(look, exchange.size(&id, &size_operation));
    let forwarding = match (mailbox.kind, &found) {
        (Kind::GroupInbox, _) => Observed::Absent,
        (Kind::SharedMailbox, Ok(found)) => observed(forwarding(connection, found, &operation).await),
        (Kind::SharedMailbox, Err(error)) => observed(Err(error.clone())),
    };
    let size_limit = match found {
        Ok(found) => limit(found.size_limit(), &operation),
        Err(error) => observed(Err(error)),
    };
    Ok(Contents { forwarding, size: observed(size), size_limit })
}

/// Where the mail goes: by address, and by way of a recipient of the organisation, which may stand for somebody
/// outside. A recipient that cannot be found stays as it is shown.
async fn forwarding(connection: &Connection, mailbox: &Recipient, operation: &str) -> Result<Vec<String>, TenantError> {
    let mut targets: Vec<String> = mailbox.forwards_to_address().map(str::to_owned).into_iter().collect();
    if let Some(shown) = mailbox.forwards_to_recipient() {
        let recipient = connection.exchange.recipient(shown, operation).await?;
        let target = recipient.and_then(|recipient| {
            let outside = recipient.outside_address().map(str::to_owned);
            outside.or_else(|| recipient.address().map(|address| address.to_string()))
        });
        let target = target.unwrap_or_else(|| shown.to_owned());
        if !targets.iter().any(|known| known.eq_ignore_ascii_case(&target)) {
            targets.push(target);
        }
    }
    Ok(targets)
}

/// How much a mailbox may hold; `Unlimited` is no limit.
fn limit(shown: Option<&str>, operation: &str) -> Observed<u64> {
    match shown {
        Some(shown) if shown.eq_ignore_ascii_case("Unlimited") => Observed::Absent,
        shown => observed(shown.and_then(statistics::bytes).ok_or_else(|| {
            TenantError::new(ErrorKind::Invalid, operation, "ProhibitSendReceiveQuota holds no number of bytes")
        })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unlimited_is_no_limit() {
        assert_eq!(limit(Some("50 GB (53,687,091,200 bytes)"), "x"), Observed::Present(53_687_091_200));
        assert_eq!(limit(Some("Unlimited"), "x"), Observed::Absent);
        assert!(matches!(limit(None, "x"), Observed::Unknown(_)));
        assert!(matches!(limit(Some("50 GB"), "x"), Observed::Unknown(_)));
    }
}
