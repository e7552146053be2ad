//! Exchange Online's three grants, told apart: the app role, the Entra role, and the role group.

use tripod_tenant::{CauseId, Diagnosis, ErrorKind, Purpose, TenantError};

use super::claims::Claims;
use crate::connection::Connection;
use crate::exchange::Cmdlet;
use crate::token::Resource;

/// The app role that opens the door.
const APP_ROLE: &str = "Exchange.ManageAsApp";

/// What lacks of the three, found out by a cmdlet that reads one mailbox.
pub(super) async fn grants(connection: &Connection, writes: bool, by: &[Purpose]) -> Vec<Diagnosis> {
    let subject = format!("Exchange Online: {APP_ROLE}");
    let claims = match connection.tokens.token(Resource::Exchange).await {
        Ok(token) => Claims::read(&token),
        Err(error) => return vec![Diagnosis::from_error("Exchange Online: signing in", by, &error)],
    };
    if claims.as_ref().is_some_and(|claims| !claims.has_any(&[APP_ROLE])) {
        let sentence = format!("the app role {APP_ROLE} lacks, the first of Exchange's three grants");
        return vec![Diagnosis::missing(subject, by, CauseId::ExchangeAppRoleMissing, sentence)];
    }
    let door = match &claims {
        Some(_) => Diagnosis::fine(subject, by),
        None => Diagnosis::unknown(subject, by, "the token does not show its roles"),
    };
    let cmdlet = Cmdlet::new("Get-Mailbox", "read one mailbox").with("ResultSize", 1);
    let answer = connection.exchange.rows(&cmdlet).await;
    vec![door, inside(answer.map(drop), claims.as_ref(), writes, by)]
}

fn inside(answer: Result<(), TenantError>, claims: Option<&Claims>, writes: bool, by: &[Purpose]) -> Diagnosis {
    let subject = "Exchange Online: role";
    let has_entra_role = claims.is_some_and(|claims| claims.enters_exchange(writes));
    match answer {
        Ok(()) if !writes || has_entra_role => Diagnosis::fine(subject, by),
        Ok(()) => Diagnosis::unknown(
            subject,
            by,
            "the app may read by a role group, or by a role that reads only; whether it may write shows only when it does",
        ),
        Err(error) if error.cause.is_some() => Diagnosis::from_error(subject, by, &error),
        Err(error) if error.kind == ErrorKind::Denied => {
            let sentence = if has_entra_role {
                "the app has an Entra role that is not honoured yet; a role given lately takes up to two hours"
            } else {
                "the app may knock at Exchange Online, and has neither an Entra role nor an Exchange role group there"
            };
            Diagnosis::missing(subject, by, CauseId::ExchangeEntraRoleMissing, sentence)
        }
        Err(error) => Diagnosis::from_error(subject, by, &error),
    }
}
