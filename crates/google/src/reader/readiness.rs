//! What stands in the way of new mailboxes: domains, the unit they go to, and the switch for mail delegation.

use std::collections::BTreeMap;

use tripod_model::{Address, Kind};
use tripod_tenant::{ErrorKind, MailboxQuery, Obstacle, TenantError};

use crate::call::Caller;
use crate::policies::is_delegation_on;
use crate::wire::{DomainStanding, Unit};

/// One obstacle per cause, with all the mailboxes that it concerns.
pub(super) async fn readiness(caller: &Caller, wanted: &[MailboxQuery]) -> Vec<Obstacle> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let accounts: Vec<Address> =
        wanted.iter().filter(|query| query.kind == Kind::SharedMailbox).map(|query| query.address.clone()).collect();
    let (mut obstacles, of_units) = futures::join!(domains(caller, wanted), units(caller, &accounts));
    obstacles.extend(of_units);
    obstacles
}

async fn domains(caller: &Caller, wanted: &[MailboxQuery]) -> Vec<Obstacle> {
    let mut by_domain: BTreeMap<&str, Vec<Address>> = BTreeMap::new();
    for query in wanted {
        by_domain.entry(query.address.domain()).or_default().push(query.address.clone());
    }
    let domains = match caller.domains().await {
        Ok(domains) => domains,
        Err(error) => {
            let all = by_domain.into_values().flatten().collect();
            return vec![not_found_out(all, &error, "whether the domains are verified")];
        }
    };
    let customer = &caller.tenant.customer;
    let mut obstacles = Vec::new();
    for (domain, mailboxes) in by_domain {
        let (message, remedy) = match domains.standing(domain) {
            DomainStanding::Verified => continue,
            DomainStanding::NotTold => {
                let message = "Google does not tell";
                let error = TenantError::new(ErrorKind::Invalid, format!("read the standing of {domain}"), message);
                obstacles.push(not_found_out(mailboxes, &error, &format!("whether {domain} is verified")));
                continue;
            }
            DomainStanding::Unverified => (
                format!("domain {domain} is not verified at Google"),
                format!("verify {domain} in the Admin console under Account > Domains"),
            ),
            DomainStanding::Foreign => (
                format!("domain {domain} does not belong to Google customer {customer}"),
                format!("add {domain} in the Admin console under Account > Domains, or mend `domains` in tripod.yaml"),
            ),
        };
        obstacles.push(Obstacle { mailboxes, message, remedy, kind: ErrorKind::SetUp });
    }
    obstacles
}

/// The unit and its switch; only accounts live in a unit.
async fn units(caller: &Caller, accounts: &[Address]) -> Option<Obstacle> {
    if accounts.is_empty() {
        return None;
    }
    let mailboxes = accounts.to_vec();
    if caller.acts_as_itself {
        return Some(Obstacle {
            mailboxes,
            message: "a shared mailbox needs a service account with domain-wide delegation".to_owned(),
            remedy: "use `group-inbox`, or sign in with a service account that has delegation".to_owned(),
            kind: ErrorKind::SetUp,
        });
    }
    let path = &caller.tenant.mailbox_unit;
    let units = match caller.units().await {
        Ok(units) => units,
        Err(error) => return Some(not_found_out(mailboxes, &error, &format!("whether there is a unit {path}"))),
    };
    let Some(unit) = units.iter().find(|unit| unit.org_unit_path.eq_ignore_ascii_case(path)) else {
        return Some(Obstacle {
            mailboxes,
            message: format!("there is no organisational unit {path}"),
            remedy: format!("make {path} in the Admin console under Directory, or mend `mailbox-unit` in tripod.yaml"),
            kind: ErrorKind::SetUp,
        });
    };
    delegation(caller, unit, &units, mailboxes).await
}

async fn delegation(caller: &Caller, unit: &Unit, units: &[Unit], mailboxes: Vec<Address>) -> Option<Obstacle> {
    let path = &unit.org_unit_path;
    let switch = caller.delegation_policies().await.and_then(|policies| is_delegation_on(unit, units, &policies));
    match switch {
        Ok(true) => None,
        Ok(false) => Some(Obstacle {
            mailboxes,
            message: format!("mail delegation is off for the organisational unit {path}"),
            remedy: format!(
                "turn it on for {path} and for the delegates' units in the Admin console under Gmail > User settings"
            ),
            kind: ErrorKind::SetUp,
        }),
        Err(error) => {
            Some(not_found_out(mailboxes, &error, &format!("whether mail delegation is on for the unit {path}")))
        }
    }
}

/// A question that was not answered only warns, even where a set-up problem is behind it: the switch itself may well
/// be as it has to be.
fn not_found_out(mailboxes: Vec<Address>, error: &TenantError, question: &str) -> Obstacle {
    let kind = if error.kind == ErrorKind::SetUp { ErrorKind::Denied } else { error.kind };
    let remedy = match &error.permission {
        Some(scope) => format!("give the service account the scope {scope}, or look in the Admin console"),
        None => "look in the Admin console".to_owned(),
    };
    Obstacle { mailboxes, message: format!("it could not be found out {question}: {error}"), remedy, kind }
}
