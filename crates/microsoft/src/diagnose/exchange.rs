//! Exchange Online's three grants, told apart: the permission that opens the door, the Entra role, and the role group.

use tripod_tenant::{CauseId, Diagnosis, ErrorKind, Purpose, TenantError};

use super::claims::Claims;
use crate::connection::Connection;
use crate::exchange::Cmdlet;
use crate::token::{EXCHANGE_DELEGATED, Manner, Resource};

/// The app role that opens the door.
const APP_ROLE: &str = "Exchange.ManageAsApp";

/// What lacks of the three, found out by a cmdlet that reads one mailbox.
pub(super) async fn grants(connection: &Connection, writes: bool, by: &[Purpose]) -> Vec<Diagnosis> {
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
    vec![door, inside(answer.map(drop), claims.as_ref(), writes, who, by)]
}

fn inside(
    answer: Result<(), TenantError>,
    claims: Option<&Claims>,
    writes: bool,
    who: &str,
    by: &[Purpose],
) -> Diagnosis {
    let subject = "Exchange Online: role";
    let has_entra_role = claims.is_some_and(|claims| claims.enters_exchange(writes));
    match answer {
        Ok(()) if !writes || has_entra_role => Diagnosis::fine(subject, by),
        Ok(()) => {
            let why = format!(
                "{who} may read by a role group, or by a role that reads only; whether it lets write shows only when it \
                 does"
            );
            Diagnosis::unknown(subject, by, why)
        }
        Err(error) if error.cause.is_some() => Diagnosis::from_error(subject, by, &error),
        Err(error) if error.kind == ErrorKind::Denied => {
            let sentence = if has_entra_role {
                format!("{who} has an Entra role that is not honoured yet; a role given lately takes up to two hours")
            } else {
                format!(
                    "{who} may knock at Exchange Online, and has neither an Entra role nor an Exchange role group there"
                )
            };
            Diagnosis::missing(subject, by, CauseId::ExchangeEntraRoleMissing, sentence)
        }
        Err(error) => Diagnosis::from_error(subject, by, &error),
    }
}

#[cfg(test)]
mod tests {
    use tripod_tenant::Outcome;

    use super::*;

    const WHO: &str = "the app";
    const BY: &[Purpose] = &[Purpose::Apply];
    /// What every app-only token carries; it stands for no role.
    const NO_ROLE: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";
    const RECIPIENT_ADMINISTRATOR: &str = "31392ffb-586c-42d1-9346-e59415a2cc4e";
    const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";

    fn claims(wid: &str) -> Claims {
        let wids = std::iter::once(wid.to_owned()).collect();
        Claims { roles: std::iter::once(APP_ROLE.to_owned()).collect(), wids, scp: String::new() }
    }

    fn denied() -> TenantError {
        TenantError::new(ErrorKind::Denied, "read one mailbox", "refused without a reason")
    }

    #[test]
    fn a_refusal_without_a_reason_is_a_role_that_lacks() {
        let found = inside(Err(denied()), Some(&claims(NO_ROLE)), true, WHO, BY);
        assert_eq!(found.cause, Some(CauseId::ExchangeEntraRoleMissing), "{found:?}");
    }

    #[test]
    fn a_cmdlet_that_no_role_holds_is_a_role_group_that_is_too_small() {
        let error = denied().caused_by(CauseId::ExchangeRoleGroupTooSmall);
        let found = inside(Err(error), Some(&claims(NO_ROLE)), true, WHO, BY);
        assert_eq!(found.cause, Some(CauseId::ExchangeRoleGroupTooSmall), "{found:?}");
    }

    #[test]
    fn a_role_that_lets_write_is_seen_and_one_that_reads_only_is_not_taken_for_it() {
        let found = |wid: &str, writes: bool| inside(Ok(()), Some(&claims(wid)), writes, WHO, BY).outcome;
        assert_eq!(found(RECIPIENT_ADMINISTRATOR, true), Outcome::Fine);
        assert_eq!(found(NO_ROLE, false), Outcome::Fine);
        for wid in [GLOBAL_READER, NO_ROLE] {
            assert!(matches!(found(wid, true), Outcome::Unknown { kind: None, .. }), "{wid}");
        }
    }

    #[test]
    fn a_service_that_does_not_answer_is_no_role_that_lacks() {
        let error = TenantError::new(ErrorKind::Unavailable, "read one mailbox", "503");
        let found = inside(Err(error), Some(&claims(NO_ROLE)), false, WHO, BY);
        assert!(matches!(found.outcome, Outcome::Unknown { kind: Some(ErrorKind::Unavailable), .. }), "{found:?}");
    }
}
