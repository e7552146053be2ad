//! Whether the administrator, the customer and the domains are what `tripod.yaml` says.

use http::Method;
use tripod_tenant::{CauseId, Diagnosis, ErrorKind, Purpose, TenantError};

use super::Round;
use crate::call::{Api, Call, Nothing};
use crate::scope::DOMAIN_READ;
use crate::wire::DomainStanding;

impl Round<'_> {
    /// The Directory API, the administrator, the customer, and the domains.
    pub(super) async fn organisation(&self) -> Vec<Diagnosis> {
        let caller = self.caller;
        let Some(by) = self.needing(caller.user_scope()) else { return Vec::new() };
        let admin = &caller.tenant.admin;
        // Asked by address, so that the customer id has no part in it.
        let mut found = match caller.user(admin.as_str()).await {
            Err(error) if error.cause.is_some() || error.is_transient() => {
                return vec![Diagnosis::from_error("Admin SDK API", &by, &error)];
            }
            answer => {
                let of_role = if caller.acts_as_itself {
                    self.own_role(&by, answer.map(drop))
                } else {
                    administrator(admin.as_str(), &by, answer.map(drop))
                };
                vec![Diagnosis::fine("Admin SDK API", &by), of_role]
            }
        };
        if found.iter().any(|diagnosis| diagnosis.cause.is_some()) {
            return found;
        }
        if let Some(of_groups) = self.role_for_groups().await {
            found.push(of_groups);
        }
        let customer = self.customer(&by).await;
        let is_right = customer.cause.is_none();
        found.push(customer);
        if is_right {
            found.extend(self.domains().await);
        }
        found
    }

    /// Whether whoever signs in has an admin role of their own. Whether the administrator's account is there is no matter.
    fn own_role(&self, by: &[Purpose], answer: Result<(), TenantError>) -> Diagnosis {
        let who = &self.caller.identity_name;
        let subject = format!("admin role of {who}");
        match answer {
            Err(error) if error.kind == ErrorKind::Denied => {
                let sentence = format!("{who} has no admin role, or too small a one to read accounts");
                Diagnosis::missing(subject, by, CauseId::GoogleRoleMissing, sentence)
            }
            Err(error) if error.kind != ErrorKind::Missing => Diagnosis::from_error(subject, by, &error),
            _ => Diagnosis::fine(subject, by),
        }
    }

    /// Whether the administrator's role reaches groups; custom roles often leave them out.
    async fn role_for_groups(&self) -> Option<Diagnosis> {
        let scope = self.caller.access.group();
        let by = self.needing(scope)?;
        let domain = self.caller.tenant.domains.first()?;
        let (path, what) = ("/admin/directory/v1/groups".to_owned(), "list groups".to_owned());
        let call = Call::new(Api::Directory, self.caller.admin(), scope, Method::GET, path, what)
            .query("domain", domain)
            .query("maxResults", "1");
        let subject = "administrator's role for groups";
        let (who, cause) = if self.caller.acts_as_itself {
            (self.caller.identity_name.clone(), CauseId::GoogleRoleMissing)
        } else {
            (self.caller.tenant.admin.to_string(), CauseId::GoogleAdminTooSmall)
        };
        Some(match self.caller.send::<Nothing>(&call).await {
            Err(error) if error.kind == ErrorKind::Denied => {
                Diagnosis::missing(subject, &by, cause, format!("the role of {who} does not reach groups"))
            }
            Err(error) if error.cause.is_some() || error.is_transient() => Diagnosis::from_error(subject, &by, &error),
            // Whatever else is wrong with the domain is told of the domain.
            _ => Diagnosis::fine(subject, &by),
        })
    }

    async fn customer(&self, by: &[Purpose]) -> Diagnosis {
        let caller = self.caller;
        let customer = &caller.tenant.customer;
        let (path, what) = ("/admin/directory/v1/users".to_owned(), "list one account".to_owned());
        let call = Call::new(Api::Directory, caller.admin(), caller.user_scope(), Method::GET, path, what)
            .query("customer", customer)
            .query("maxResults", "1");
        match caller.send::<Nothing>(&call).await {
            Ok(_) => Diagnosis::fine("customer id", by),
            // The same administrator could read an account a moment ago, so it is the customer that is refused.
            Err(error)
                if error.cause.is_none()
                    && matches!(error.kind, ErrorKind::Denied | ErrorKind::Missing | ErrorKind::Invalid) =>
            {
                let who =
                    if caller.acts_as_itself { caller.identity_name.as_str() } else { caller.tenant.admin.as_str() };
                let sentence = format!("customer {customer} is not the organisation of {who}");
                Diagnosis::missing("customer id", by, CauseId::GoogleCustomerWrong, sentence)
            }
            Err(error) => Diagnosis::from_error("customer id", by, &error),
        }
    }

    async fn domains(&self) -> Vec<Diagnosis> {
        let Some(by) = self.needing(DOMAIN_READ) else { return Vec::new() };
        let domains = match self.caller.domains().await {
            Ok(domains) => domains,
            Err(error) => return vec![Diagnosis::from_error("domains", &by, &error)],
        };
        let one = |name: &String| {
            let subject = format!("domain {name}");
            match domains.standing(name) {
                DomainStanding::Verified => Diagnosis::fine(subject, &by),
                DomainStanding::NotTold => {
                    Diagnosis::unknown(subject, &by, "Google does not tell whether it is verified")
                }
                DomainStanding::Unverified => Diagnosis::missing(
                    subject,
                    &by,
                    CauseId::GoogleDomainUnverified,
                    format!("domain {name} is not verified at Google"),
                ),
                DomainStanding::Foreign => {
                    let sentence =
                        format!("domain {name} does not belong to Google customer {}", self.caller.tenant.customer);
                    Diagnosis::missing(subject, &by, CauseId::GoogleDomainForeign, sentence)
                }
            }
        };
        self.caller.tenant.domains.iter().map(one).collect()
    }
}

fn administrator(admin: &str, by: &[Purpose], answer: Result<(), TenantError>) -> Diagnosis {
    let subject = format!("administrator {admin}");
    match answer {
        Ok(()) => Diagnosis::fine(subject, by),
        Err(error) if error.kind == ErrorKind::Denied => {
            let sentence = format!("{admin} is no administrator, or has too small a role to read accounts");
            Diagnosis::missing(subject, by, CauseId::GoogleAdminTooSmall, sentence)
        }
        Err(error) => Diagnosis::from_error(subject, by, &error),
    }
}
