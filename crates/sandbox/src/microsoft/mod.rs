//! The Microsoft stand-in: the sign-in service, Graph v1.0 and Exchange Online's admin API over one state.
//!
//! Written from the facts sheet and from Microsoft's own descriptions; where those leave something open, the comment
//! at the place says which way it was decided.

mod access;
mod assertion;
mod by_hand;
mod condition;
mod delegated;
mod exchange;
mod faults;
mod federation;
mod graph;
mod ids;
mod indexed;
mod login;
mod managed;
mod rows;
mod seed;
mod seed_apps;
mod standing;
mod state;

use jiff::Timestamp;
use tripod_model::{Address, Provider};

use crate::condition::Condition;
use crate::description::{Standing, TenantDescription};
use crate::fault::What;
use crate::hosts::MACHINE;
use crate::identity::{Access, MicrosoftSandboxCredentials, SandboxPerson};
use crate::table::Rows;
use crate::wire::{Moment, Reply, Request};
use state::{Account, Tenant};

/// Decides whether something goes wrong with one request inside a batch.
pub type Strike<'s> = dyn FnMut(&Request, &mut Moment) -> Option<What> + 's;

/// The Microsoft tenants of a sandbox.
#[derive(Debug)]
pub struct Microsoft {
    tenants: Vec<Tenant>,
}

impl Microsoft {
    /// Tenants as their descriptions have them at the start. `lag_seconds` is how long a new object stays invisible,
    /// in seconds of the sandbox's time, `starts` where that time begins.
    #[must_use]
    pub fn new(tenants: &[(String, TenantDescription)], lag_seconds: u32, starts: Timestamp) -> Self {
        let make =
            |(name, description): &(String, TenantDescription)| seed::tenant(name, description, lag_seconds, starts);
        Self { tenants: tenants.iter().map(make).collect() }
    }

    /// Answers one request to one of Microsoft's hosts.
    pub fn answer(&mut self, request: &Request, moment: &mut Moment) -> Reply {
        self.answer_with(request, moment, &mut |_, _| None)
    }

    /// Answers one request; `strike` is asked for every request inside a batch whether it is to go wrong by itself
    /// (facts sheet, Microsoft 3: an item of a batch may be throttled on its own).
    pub fn answer_with(&mut self, request: &Request, moment: &mut Moment, strike: &mut Strike) -> Reply {
        match request.host.as_str() {
            "login.microsoftonline.com" => login::answer(&mut self.tenants, request, moment),
            "graph.microsoft.com" => graph::answer(&mut self.tenants, request, moment, strike),
            "outlook.office365.com" => exchange::answer(&mut self.tenants, request, moment, strike),
            MACHINE => managed::answer(&self.tenants, request, moment),
            _ => Reply::empty(421),
        }
    }

    /// Every table with its name, for saving and loading. Nothing else lasts.
    pub fn tables(&mut self) -> Vec<(String, &mut dyn Rows)> {
        self.tenants.iter_mut().flat_map(Tenant::tables).collect()
    }

    /// Everybody who works in the tenants; the accounts of shared mailboxes are no people.
    pub fn people(&self) -> Vec<SandboxPerson> {
        let of_tenant = |tenant: &Tenant| {
            let name = tenant.name();
            let people = tenant.accounts.values().filter(|account| account.person);
            people.filter_map(move |account| person(&name, account)).collect::<Vec<_>>()
        };
        self.tenants.iter().flat_map(of_tenant).collect()
    }

    /// Enables or disables the account with this address; says whether there is one.
    pub fn set_enabled(&mut self, address: &Address, enabled: bool) -> bool {
        for tenant in &mut self.tenants {
            let has = |account: &&Account| {
                account.deleted.is_none() && account.addresses().any(|a| a.eq_ignore_ascii_case(address.as_str()))
            };
            let found = tenant.accounts.named(address.as_str()).find(has).map(|account| account.id.clone());
            if let Some(id) = found {
                tenant.change_account(&id, |account| account.enabled = enabled);
                return true;
            }
        }
        false
    }

    /// Changes an account, a mailbox or a group by hand. `Ok(false)` where the address is nothing's here; the error is
    /// a sentence that says why the change does not apply.
    pub fn set(&mut self, address: &Address, condition: &Condition, now: Timestamp) -> Result<bool, String> {
        for tenant in &mut self.tenants {
            if by_hand::set(tenant, address, condition, now)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the tenant's identity with this access signs in with.
    pub fn credentials(&self, tenant_id: &str, access: Access) -> Option<MicrosoftSandboxCredentials> {
        self.tenants.iter().find(|tenant| tenant.is_named(tenant_id)).map(|tenant| access::credentials(tenant, access))
    }

    /// What a machine of the tenant's in App Service has as `IDENTITY_HEADER`.
    #[must_use]
    pub fn identity_header(&self, tenant_id: &str) -> Option<String> {
        let tenant = self.tenants.iter().find(|tenant| tenant.is_named(tenant_id))?;
        tenant.sign_in().managed_identity.map(|_| managed::identity_header(&tenant.id))
    }

    /// A token of another issuer, as the first federated credential of the tenant's identity wants it.
    #[must_use]
    pub fn foreign_token(&self, tenant_id: &str, access: Access, wall: Timestamp) -> Option<String> {
        let tenant = self.tenants.iter().find(|tenant| tenant.is_named(tenant_id))?;
        federation::token(tenant, access, wall)
    }

    /// The reply that stands for what goes wrong; none where it is the connection that does.
    pub fn trouble(what: What, request: &Request, moment: &mut Moment) -> Option<Reply> {
        faults::reply(what, request, moment)
    }
}

fn person(tenant: &str, account: &Account) -> Option<SandboxPerson> {
    let standing = if account.deleted.is_some() {
        Standing::Deleted
    } else if account.guest {
        Standing::Guest
    } else if !account.enabled {
        if account.archived { Standing::Archived } else { Standing::Disabled }
    } else if account.mailbox.is_none() {
        Standing::NoMailbox
    } else {
        Standing::Active
    };
    Some(SandboxPerson {
        tenant: tenant.to_owned(),
        provider: Provider::Microsoft365,
        address: account.mail.as_ref()?.parse().ok()?,
        name: account.display_name.clone(),
        department: account.department.clone(),
        standing,
    })
}

#[cfg(test)]
mod work;
