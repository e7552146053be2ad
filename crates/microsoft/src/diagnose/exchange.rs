//! Exchange Online's three grants, told apart: the permission that opens the door, the Entra role, and the role group.

use tripod_model::{Kind, State, WantedMailbox};
use tripod_tenant::{CauseId, Diagnosis, ErrorKind, Purpose, TenantError};

use super::claims::Claims;
use crate::connection::Connection;
use crate::exchange::Cmdlet;
use crate::token::{EXCHANGE_DELEGATED, Manner, Resource};

const SUBJECT: &str = "Exchange Online: role";
/// The app role that opens the door.
const APP_ROLE: &str = "Exchange.ManageAsApp";

/// What `apply` carries out on shared mailboxes.
const WRITING: [&str; 6] = [
    "New-Mailbox",
    "Set-Mailbox",
    "Add-MailboxPermission",
    "Remove-MailboxPermission",
    "Add-RecipientPermission",
    "Remove-RecipientPermission",
];

/// The cmdlets with which these mailboxes are written: none for group inboxes, which Graph looks after.
pub(super) fn writing(mailboxes: &[WantedMailbox]) -> Vec<&'static str> {
    let shared = || mailboxes.iter().filter(|mailbox| mailbox.kind == Kind::SharedMailbox);
    let is_needed = mailboxes.is_empty() || shared().next().is_some();
    let retires = shared().any(|mailbox| matches!(mailbox.state, State::Retired { .. }));
    let all = WRITING.into_iter().filter(|_| is_needed);
    all.chain(retires.then_some("Remove-Mailbox")).collect()
}

/// What lacks of the three, found out by a cmdlet that reads one mailbox, and by what the app's roles hold where the
/// cmdlets in `writing` are to be carried out too.
pub(super) async fn grants(connection: &Connection, writing: &[&'static str], by: &[Purpose]) -> Vec<Diagnosis> {
    let writes = !writing.is_empty();
    let is_person = connection.tokens.manner() == Manner::Person;
    let door = if is_person { EXCHANGE_DELEGATED } else { APP_ROLE };
    let subject = format!("Exchange Online: {door}");
    let claims = match connection.tokens.token(Resource::Exchange).await {
        Ok(token) => Claims::read(&token),
        Err(error) => return vec![Diagnosis::from_error("Exchange Online: signing in", by, &error)],
    };
    if claims.as_ref().is_some_and(|claims| !claims.has_any(&[door])) {
        if is_person {
            let sentence = format!("nobody consented to {door}, the delegated permission of Exchange Online");
            return vec![Diagnosis::missing(subject, by, CauseId::MicrosoftNoConsent, sentence)];
        }
        let sentence = format!("the app role {APP_ROLE} lacks, the first of Exchange's three grants");
        return vec![Diagnosis::missing(subject, by, CauseId::ExchangeAppRoleMissing, sentence)];
    }
    let door = match &claims {
        Some(_) => Diagnosis::fine(subject, by),
        None => Diagnosis::unknown(subject, by, "the token does not show its roles"),
    };
    let cmdlet = Cmdlet::new("Get-Mailbox", "read one mailbox").with("ResultSize", 1);
    let answer = connection.exchange.rows(&cmdlet).await;
    let who = if is_person { "the person who signed in" } else { "the app" };
    let has_entra_role = claims.as_ref().is_some_and(|claims| claims.enters_exchange(writes));
    let inside = match answer {
        Ok(_) if writes && !has_entra_role => by_role_group(connection.exchange.lacking(writing).await, who, by),
        answer => by_entra_role(answer.map(drop), has_entra_role, who, by),
    };
    vec![door, inside]
}

/// Whether a role that lets read also lets write, by the cmdlets that it lacks for that.
fn by_role_group(lacking: Result<Vec<&str>, TenantError>, who: &str, by: &[Purpose]) -> Diagnosis {
    match lacking {
        Ok(lacking) if lacking.is_empty() => Diagnosis::fine(SUBJECT, by),
        Ok(lacking) => {
            let sentence = format!("{who} may read, and has no role that holds {}", lacking.join(", "));
            Diagnosis::missing(SUBJECT, by, CauseId::ExchangeRoleGroupTooSmall, sentence)
        }
        Err(error) if error.is_transient() => Diagnosis::from_error(SUBJECT, by, &error),
        Err(_) => {
            let why = format!(
                "{who} may read by a role group, or by a role that reads only; whether it lets write shows only when it \
                 does"
            );
            Diagnosis::unknown(SUBJECT, by, why)
        }
    }
}

fn by_entra_role(answer: Result<(), TenantError>, has_entra_role: bool, who: &str, by: &[Purpose]) -> Diagnosis {
    match answer {
        Ok(()) => Diagnosis::fine(SUBJECT, by),
        Err(error) if error.cause.is_some() => Diagnosis::from_error(SUBJECT, by, &error),
        Err(error) if error.kind == ErrorKind::Denied => {
            let sentence = if has_entra_role {
                format!("{who} has an Entra role that is not honoured yet; a role given lately takes up to two hours")
            } else {
                format!(
                    "{who} may knock at Exchange Online, and has neither an Entra role nor an Exchange role group there"
                )
            };
            Diagnosis::missing(SUBJECT, by, CauseId::ExchangeEntraRoleMissing, sentence)
        }
        Err(error) => Diagnosis::from_error(SUBJECT, by, &error),
    }
}

#[cfg(test)]
mod tests {
    use tripod_tenant::Outcome;

    use super::*;

    const WHO: &str = "the app";
    const BY: &[Purpose] = &[Purpose::Apply];

    fn denied() -> TenantError {
        TenantError::new(ErrorKind::Denied, "read one mailbox", "refused without a reason")
    }

    #[test]
    fn a_refusal_without_a_reason_is_a_role_that_lacks() {
        let found = by_entra_role(Err(denied()), false, WHO, BY);
        assert_eq!(found.cause, Some(CauseId::ExchangeEntraRoleMissing), "{found:?}");
    }

    #[test]
    fn a_cmdlet_that_no_role_holds_is_a_role_group_that_is_too_small() {
        let error = denied().caused_by(CauseId::ExchangeRoleGroupTooSmall);
        let found = by_entra_role(Err(error), false, WHO, BY);
        assert_eq!(found.cause, Some(CauseId::ExchangeRoleGroupTooSmall), "{found:?}");
    }

    #[test]
    fn a_role_group_lets_write_if_it_lacks_no_cmdlet_and_nobody_knows_where_nobody_tells() {
        assert_eq!(by_role_group(Ok(Vec::new()), WHO, BY).outcome, Outcome::Fine);
        let found = by_role_group(Ok(vec!["New-Mailbox", "Set-Mailbox"]), WHO, BY);
        assert_eq!(found.cause, Some(CauseId::ExchangeRoleGroupTooSmall), "{found:?}");
        assert!(format!("{found:?}").contains("holds New-Mailbox, Set-Mailbox"), "{found:?}");
        for (kind, told) in [(ErrorKind::Invalid, None), (ErrorKind::Unavailable, Some(ErrorKind::Unavailable))] {
            let found = by_role_group(Err(TenantError::new(kind, "list", "no")), WHO, BY);
            assert!(matches!(found.outcome, Outcome::Unknown { kind, .. } if kind == told), "{found:?}");
        }
    }

    #[test]
    fn a_service_that_does_not_answer_is_no_role_that_lacks() {
        let error = TenantError::new(ErrorKind::Unavailable, "read one mailbox", "503");
        let found = by_entra_role(Err(error), false, WHO, BY);
        assert!(matches!(found.outcome, Outcome::Unknown { kind: Some(ErrorKind::Unavailable), .. }), "{found:?}");
    }
}
