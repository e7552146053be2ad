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
    inbox_rules: Observed<Vec<String>>,
    size: Observed<u64>,
    size_limit: Observed<u64>,
}

/// What is known of each of these mailboxes, asked for by id.
pub(super) async fn facts(connection: &Connection, mailboxes: &[MailboxRef]) -> Vec<MailboxFacts> {
    let id = |mailbox: &MailboxRef| Guid::parse(&mailbox.id.0, &format!("read {}", mailbox.address));
    let shared = mailboxes.iter().filter(|mailbox| mailbox.kind == Kind::SharedMailbox);
    let shared: Vec<Account> =
        shared.filter_map(|mailbox| Some((id(mailbox).ok()?, mailbox.address.to_string()))).collect();
    let mut found = if shared.is_empty() { Vec::new() } else { of_accounts(connection, &shared).await }.into_iter();
    let not_told = || TenantError::new(ErrorKind::Invalid, "read mailboxes", "a mailbox was left out");
    mailboxes
        .iter()
        .map(|mailbox| match (mailbox.kind, id(mailbox)) {
            (Kind::GroupInbox, _) => of_a_group(),
            (Kind::SharedMailbox, Ok(_)) => {
                found.next().unwrap_or_else(|| MailboxFacts::all_unknown(&not_told().into()))
            }
            (Kind::SharedMailbox, Err(error)) => MailboxFacts::all_unknown(&error.into()),
        })
        .collect()
}

async fn of_accounts(connection: &Connection, accounts: &[Account]) -> Vec<MailboxFacts> {
    let contents = join_all(accounts.iter().map(|account| contents(connection, account)));
    let (sign_ins, factors, contents) =
        futures::join!(accounts::last_sign_ins(connection, accounts), accounts::second_factors(connection), contents);
    let all = accounts.iter().zip(sign_ins).zip(contents);
    all.map(|((account, last_sign_in), contents)| MailboxFacts {
        last_sign_in: observed(last_sign_in),
        second_factor: accounts::second_factor(&factors, account),
        forwarding: contents.forwarding,
        inbox_rules: contents.inbox_rules,
        size: contents.size,
        size_limit: contents.size_limit,
        recovery: Observed::Absent,
        app_passwords: Observed::Absent,
        delegation_allowed: Observed::Absent,
    })
    .collect()
}

fn of_a_group() -> MailboxFacts {
    MailboxFacts {
        last_sign_in: Observed::Absent,
        second_factor: Observed::Absent,
        forwarding: Observed::Absent,
        inbox_rules: Observed::Absent,
        recovery: Observed::Absent,
        app_passwords: Observed::Absent,
        size: Observed::Absent,
        size_limit: Observed::Absent,
        delegation_allowed: Observed::Absent,
    }
}

async fn contents(connection: &Connection, (id, label): &Account) -> Contents {
    let operation = format!("read {label}");
    let size_operation = format!("read how much {label} holds");
    let exchange = &connection.exchange;
    let look = async {
        let gone = || TenantError::new(ErrorKind::Unavailable, &operation, "Exchange Online does not show the mailbox");
        exchange.mailbox(id.as_str(), &operation).await?.ok_or_else(gone)
    };
    let rules_operation = format!("read the rules of the inbox of {label}");
    let (found, size, rules) =
        futures::join!(look, exchange.size(id, &size_operation), exchange.rules_that_send_on(id, &rules_operation));
    let (forwarding, size_limit) = match found {
        Ok(found) => {
            let forwarding = observed(forwarding(connection, &found, &operation).await);
            (forwarding, limit(found.size_limit(), &operation))
        }
        Err(error) => (observed(Err(error.clone())), observed(Err(error))),
    };
    Contents { forwarding, inbox_rules: observed(rules), size: observed(size), size_limit }
}

/// Where the mail goes: by address, and by way of a recipient of the organisation, which may stand for somebody
/// outside. A recipient that cannot be found stays as it is shown.
async fn forwarding(connection: &Connection, mailbox: &Recipient, operation: &str) -> Result<Vec<String>, TenantError> {
    if !mailbox.tells_forwarding() {
        return Err(mailbox.untold("where mail is forwarded to", operation));
    }
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
