//! The doctor at Microsoft: every permission and role by itself, and whether the tenant is the one that is meant.

mod claims;
mod exchange;
pub(crate) mod permissions;

use std::sync::Arc;

use async_trait::async_trait;
use serde::Deserialize;
use tripod_model::WantedMailbox;
use tripod_tenant::{CauseId, Clock, Diagnosing, Diagnosis, Endpoints, Purpose, TenantError};

use self::claims::Claims;
use self::permissions::{Need, needed};
use crate::config::{AppCredentials, MicrosoftTenant};
use crate::connection::Connection;
use crate::graph::Call;
use crate::token::{Manner, Resource};

/// A difference of the clocks that signed assertions, which live ten minutes, still bear.
const TOLERATED_SECONDS: u64 = 5 * 60;

/// Looks at a Microsoft 365 tenant as one of its apps. Changes nothing.
#[derive(Debug)]
pub struct MicrosoftDoctor {
    connection: Connection,
    domains: Vec<String>,
    writes: bool,
}

impl MicrosoftDoctor {
    /// A doctor for the app that reads, or for the one that `writes`. Nothing is sent yet; ids and the certificate are
    /// checked.
    pub fn new(
        tenant: MicrosoftTenant,
        credentials: AppCredentials,
        writes: bool,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        let domains = tenant.domains.clone();
        Ok(Self { connection: Connection::new(tenant, credentials, writes, endpoints, clock)?, domains, writes })
    }
}

#[async_trait]
impl Diagnosing for MicrosoftDoctor {
    async fn diagnose(&self, asked: &[Purpose], mailboxes: &[WantedMailbox]) -> Vec<Diagnosis> {
        let needs = needed(self.writes, asked, mailboxes);
        let Some(by) = needs.first().map(|need| need.by.clone()) else { return Vec::new() };
        let token = self.connection.tokens.token(Resource::Graph).await;
        let ahead = self.connection.tokens.seconds_ahead();
        if let Some(ahead) = ahead.filter(|ahead| ahead.unsigned_abs() > TOLERATED_SECONDS) {
            return vec![clock(ahead, &by)];
        }
        let token = match token {
            Ok(token) => token,
            Err(error) => {
                let rest = |need: &Need| Diagnosis::unknown(permission(need), &need.by, "signing in has to work first");
                let first = Diagnosis::from_error("signing in", &by, &error);
                return [first].into_iter().chain(needs.iter().map(rest)).collect();
            }
        };
        let mut found = vec![Diagnosis::fine("signing in", &by)];
        // A machine signs nothing, and whoever gives it tokens does not tell the time.
        found.extend(ahead.map(|_| Diagnosis::fine("clock", &by)));
        let claims = Claims::read(&token);
        let manner = self.connection.tokens.manner();
        found.extend(needs.iter().map(|need| of_permission(need, claims.as_ref(), manner)));
        let has = |least: &str| {
            claims
                .as_ref()
                .is_none_or(|claims| needs.iter().any(|need| need.least == least && claims.has_any(need.any_of)))
        };
        let need = |least: &str| needs.iter().find(|need| need.least == least).filter(|_| has(least));

        let mut is_foreign = false;
        if let Some(need) = need("Domain.Read.All") {
            let of_domains = self.of_domains(&need.by).await;
            is_foreign = of_domains.iter().any(|one| one.cause == Some(CauseId::MicrosoftTenantForeign));
            found.extend(of_domains);
        }
        if is_foreign {
            // Whatever else lacks there lacks in somebody else's organisation.
            return found;
        }
        if let Some(need) = need("AuditLog.Read.All") {
            found.push(self.sign_in_activity(&need.by).await);
        }
        // Grants and ownerships are read of Graph alone; everything else asks Exchange Online too.
        let by: Vec<_> = by.into_iter().filter(|purpose| *purpose != Purpose::Grants).collect();
        if !by.is_empty() {
            let writing = if self.writes { exchange::writing(mailboxes) } else { Vec::new() };
            found.extend(exchange::grants(&self.connection, &writing, &by).await);
        }
        found
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    id: String,
    #[serde(default)]
    is_verified: bool,
    #[serde(default)]
    supported_services: Vec<String>,
}

impl MicrosoftDoctor {
    /// Whether the domains are the tenant's. If none of them is, it is the tenant id that is wrong.
    async fn of_domains(&self, by: &[Purpose]) -> Vec<Diagnosis> {
        let call = Call::get(&["domains"], "Domain.Read.All", "read the domains of the tenant")
            .query("$select", "id,isVerified,supportedServices");
        let read = |row| serde_json::from_value::<Domain>(row).ok();
        let theirs: Vec<Domain> = match self.connection.graph.list(&call).await {
            Ok(rows) => rows.into_iter().filter_map(read).collect(),
            Err(error) => return vec![Diagnosis::from_error("domains", by, &error)],
        };
        let find = |name: &String| theirs.iter().find(|domain| domain.id.eq_ignore_ascii_case(name));
        if !self.domains.iter().any(|name| find(name).is_some()) {
            let (id, ours) = (&self.connection.tenant, self.domains.join(", "));
            let sentence = format!("tenant {id} is another organisation: it has none of {ours}");
            return vec![Diagnosis::missing("tenant id", by, CauseId::MicrosoftTenantForeign, sentence)];
        }
        let has_mail =
            |domain: &Domain| domain.supported_services.iter().any(|service| service.eq_ignore_ascii_case("Email"));
        if !theirs.iter().any(has_mail) {
            let sentence = "no domain of the tenant is set up for mail, so that there is no Exchange Online in it";
            let off = Diagnosis::missing("Exchange Online", by, CauseId::ExchangeOff, sentence);
            return vec![Diagnosis::fine("tenant id", by), off];
        }
        let one = |name: &String| {
            let subject = format!("domain {name}");
            let lacks = |cause, sentence| Diagnosis::missing(subject.clone(), by, cause, sentence);
            match find(name) {
                None => lacks(CauseId::MicrosoftDomainForeign, format!("{name} is not a domain of the tenant")),
                Some(domain) if !domain.is_verified => {
                    lacks(CauseId::MicrosoftDomainUnverified, format!("{name} is not verified"))
                }
                Some(domain) if !has_mail(domain) => {
                    lacks(CauseId::MicrosoftDomainWithoutMail, format!("{name} is not set up for mail"))
                }
                Some(_) => Diagnosis::fine(subject, by),
            }
        };
        let of_id = Diagnosis::fine("tenant id", by);
        [of_id].into_iter().chain(self.domains.iter().map(one)).collect()
    }

    /// Whether the tenant is told when its people last signed in, which takes a licence beside the permission.
    async fn sign_in_activity(&self, by: &[Purpose]) -> Diagnosis {
        let subject = "sign-in activity (Microsoft Entra ID P1)";
        let call = Call::get(&["users"], "AuditLog.Read.All", "read when somebody last signed in")
            .query("$select", "id,signInActivity")
            .query("$top", "1");
        match self.connection.graph.call(&call).await {
            Ok(_) => Diagnosis::fine(subject, by),
            Err(error) => Diagnosis::from_error(subject, by, &error),
        }
    }
}

fn permission(need: &Need) -> String {
    format!("Graph: {}", need.least)
}

fn of_permission(need: &Need, claims: Option<&Claims>, manner: Manner) -> Diagnosis {
    let least = need.least;
    let (kind, remedy) = match manner {
        Manner::App => (
            "application",
            format!(
                "Entra admin centre › App registrations › API permissions: add {least} as application permission and \
                 grant admin consent"
            ),
        ),
        Manner::Person => (
            "delegated",
            format!(
                "Entra admin centre › App registrations › API permissions: add {least} as delegated permission and \
                 grant admin consent, then run `tripod auth login`"
            ),
        ),
        Manner::Machine => (
            "application",
            format!(
                "run `New-MgServicePrincipalAppRoleAssignment` for the managed identity with {least} of Microsoft Graph \
                 (no page of the admin centre does it)"
            ),
        ),
    };
    match claims {
        None => Diagnosis::unknown(permission(need), &need.by, "the token does not show its permissions"),
        Some(claims) if claims.has_any(need.any_of) => Diagnosis::fine(permission(need), &need.by),
        Some(_) => {
            let sentence = format!("the app lacks the {kind} permission {least}");
            Diagnosis::missing(permission(need), &need.by, CauseId::MicrosoftPermissionMissing, sentence).remedy(remedy)
        }
    }
}

fn clock(ahead: i64, by: &[Purpose]) -> Diagnosis {
    let minutes = ahead.unsigned_abs().div_ceil(60);
    let way = if ahead > 0 { "behind" } else { "ahead of" };
    let sentence = format!("this machine's clock is {minutes} minutes {way} Microsoft's");
    Diagnosis::missing("clock", by, CauseId::ClockSkew, sentence)
}
