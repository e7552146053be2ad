//! The Google stand-in: the token endpoint, the Directory, Gmail settings, Groups Settings, Cloud Identity policies
//! and licensing over one state.
//!
//! Written from the facts sheet and the discovery documents; where those leave something open, the comment at the
//! place says which way it was decided.

mod access;
mod account;
mod aliases;
mod apps;
mod batch;
mod browser;
mod build;
mod condition;
mod dynamic_groups;
mod errors;
mod federation;
mod gmail;
mod groups;
mod jwt;
mod keyless;
mod licensing;
mod mask;
mod members;
mod metadata;
mod names;
mod organisation;
mod overridden;
mod paging;
mod policies;
mod query;
mod reports;
mod resource;
mod schema;
mod settings;
mod standing;
mod state;
mod token;
mod tokens;
mod trouble;
mod usage;
mod user_write;
mod users;

use jiff::Timestamp;
use tripod_model::{Address, Provider};

use crate::condition::Condition;
use crate::description::{Standing, TenantDescription};
use crate::error::SandboxError;
use crate::fault::What;
use crate::identity::{Access, SandboxPerson};
use crate::table::Rows;
use crate::wire::{Moment, Reply, Request};
use access::Caller;
use schema::Shape;
use state::{Owner, Tenant, User};

pub use trouble::reply as trouble;

/// Decides whether something goes wrong with one request inside a batch.
pub type Strike<'s> = dyn FnMut(&Request, &mut Moment) -> Option<What> + 's;

/// What a handler gives: an answer, or a refusal.
type Answer = Result<Reply, Reply>;

/// The Google tenants of a sandbox.
#[derive(Debug)]
pub struct Google {
    tenants: Vec<Tenant>,
}

/// One call, after its token has been checked.
struct Call<'a, 'm> {
    request: &'a Request,
    caller: Caller,
    moment: &'a mut Moment<'m>,
}

impl Call<'_, '_> {
    fn now(&self) -> Timestamp {
        self.moment.now
    }

    /// A Directory or Groups Settings call: one of these scopes, and an administrator behind it.
    fn admin(&self, tenant: &Tenant, scopes: &[&str]) -> Result<(), Reply> {
        self.caller.needs(scopes)?;
        if self.caller.is_admin(tenant) { Ok(()) } else { Err(errors::forbidden()) }
    }
}

impl Google {
    /// Tenants as their descriptions have them at the start; `lag_seconds` is how long a new object stays invisible.
    pub fn new(
        tenants: &[(String, TenantDescription)],
        lag_seconds: u32,
        starts: Timestamp,
        random: &mut fastrand::Rng,
    ) -> Result<Self, SandboxError> {
        let make = |(name, description): &(String, TenantDescription)| {
            build::tenant(name, description, lag_seconds, starts, random)
        };
        Ok(Self { tenants: tenants.iter().map(make).collect::<Result<_, _>>()? })
    }

    /// Answers one request to one of Google's hosts.
    pub fn answer(&mut self, request: &Request, moment: &mut Moment) -> Reply {
        self.answer_with(request, moment, &mut |_, _| None)
    }

    /// Answers one request; `strike` is asked for every request inside a batch whether it is to go wrong by itself.
    pub fn answer_with(&mut self, request: &Request, moment: &mut Moment, strike: &mut Strike) -> Reply {
        match request.host.as_str() {
            "oauth2.googleapis.com" => return token::answer(&mut self.tenants, request, moment),
            "accounts.google.com" => return browser::authorise(&mut self.tenants, request, moment),
            "sts.googleapis.com" => return federation::answer(&self.tenants, request, moment),
            "metadata.google.internal" => return metadata::answer(&self.tenants, request, moment),
            _ => {}
        }
        if request.path == "/batch" || request.path.starts_with("/batch/") {
            return batch::answer(self, request, moment, strike);
        }
        self.one(request, moment)
    }

    /// Answers one call that is not a batch.
    fn one(&mut self, request: &Request, moment: &mut Moment) -> Reply {
        let meant = overridden::meant(request);
        self.routed(&meant, moment).unwrap_or_else(|refusal| refusal)
    }

    fn routed(&mut self, request: &Request, moment: &mut Moment) -> Answer {
        let caller = access::caller(&self.tenants, request, moment)?;
        let alt = request.query_value("alt");
        if let Some(other) = alt.as_deref().filter(|alt| !matches!(*alt, "json" | "atom")) {
            return Err(errors::directory(400, "invalidParameter", &format!("Invalid value for alt: {other}")));
        }
        let segments = request.segments();
        let path: Vec<&str> = segments.iter().map(String::as_str).collect();
        let tenant = &mut self.tenants[caller.tenant];
        let mut call = Call { request, caller, moment };
        let api = match request.host.as_str() {
            "admin.googleapis.com" => "admin",
            "gmail.googleapis.com" => "gmail",
            "www.googleapis.com" => "groupssettings",
            "cloudidentity.googleapis.com" => "cloudidentity",
            "iamcredentials.googleapis.com" => "iamcredentials",
            _ => "licensing",
        };
        if tenant.apis_off.iter().any(|off| off == api) {
            let text = format!(
                "{api} API has not been used in project 100000000001 before or it is disabled. Enable it in the Cloud \
                 console, then retry. If you enabled this API recently, wait a few minutes and retry."
            );
            return Err(errors::api_off(api, &text));
        }
        if api == "admin" && !tenant.sign_in.api_access {
            return Err(errors::directory(403, "domainCannotUseApis", "Domain cannot use apis."));
        }
        // `my_customer` is the customer of a user, and a service account by itself is none (facts sheet, Google 6.3).
        let mine = |text: &str| text == "my_customer";
        let named = call.request.query_value("customer").is_some_and(|customer| mine(&customer));
        if call.caller.by_itself() && (named || path.iter().any(|part| mine(part))) {
            return Err(errors::directory(400, "badRequest", "Bad Request"));
        }
        match (api, path.as_slice()) {
            ("admin", ["admin", "directory", "v1", rest @ ..]) => directory(tenant, &mut call, rest),
            ("admin", ["admin", "reports", "v1", "activity", "users", user, "applications", application]) => {
                reports::activities(tenant, &call, user, application)
            }
            ("admin", ["admin", "reports", "v1", "usage", "dates", date]) => usage::report(tenant, &call, date),
            ("gmail", ["gmail", "v1", "users", user, "settings", rest @ ..]) => {
                gmail::answer(tenant, &call, user, rest)
            }
            ("groupssettings", ["groups", "v1", "groups", group]) => settings::answer(tenant, &call, group),
            ("iamcredentials", ["v1", "projects", _, "serviceAccounts", name]) => keyless::answer(tenant, &call, name),
            ("cloudidentity", ["v1", "policies"]) => policies::list(tenant, &call),
            ("cloudidentity", ["v1", "groups:search"]) => dynamic_groups::search(tenant, &call),
            ("licensing", ["apps", "licensing", "v1", "product", product, rest @ ..]) => {
                licensing::answer(tenant, &call, product, rest)
            }
            _ => Err(errors::no_method()),
        }
    }

    /// All tables of all tenants, by name.
    pub fn tables(&mut self) -> Vec<(String, &mut dyn Rows)> {
        self.tenants.iter_mut().flat_map(Tenant::tables).collect()
    }

    /// The people of the descriptions as they stand now.
    #[must_use]
    pub fn people(&self) -> Vec<SandboxPerson> {
        let standing = |user: &User| match user {
            User { deleted: Some(_), .. } => Standing::Deleted,
            User { archived: true, .. } => Standing::Archived,
            User { suspended: true, .. } => Standing::Disabled,
            User { guest: true, .. } => Standing::Guest,
            User { licensed: None, .. } => Standing::NoMailbox,
            _ => Standing::Active,
        };
        let mut people = Vec::new();
        for tenant in &self.tenants {
            let start = people.len();
            for user in tenant.users.values().filter(|user| user.person) {
                people.extend(user.address().map(|address| SandboxPerson {
                    tenant: tenant.name.clone(),
                    provider: Provider::GoogleWorkspace,
                    address,
                    name: user.full_name(),
                    department: user.department(),
                    standing: standing(user),
                }));
            }
            people[start..].sort_by(|a, b| a.address.cmp(&b.address));
        }
        people
    }

    /// Changes an account, a mailbox or a group by hand; false where nobody here has the address. What a Google tenant
    /// does not know is refused in a sentence.
    pub fn set(&mut self, address: &Address, condition: &Condition, now: Timestamp) -> Result<bool, String> {
        for tenant in &mut self.tenants {
            if condition::set(tenant, address, condition, now)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Suspends a person's account or lifts the suspension; false where nobody has the address.
    pub fn set_enabled(&mut self, address: &Address, enabled: bool, now: Timestamp) -> bool {
        for tenant in &mut self.tenants {
            let Some(Owner::User(id)) = tenant.addresses.get(address.as_str()).cloned() else { continue };
            if !tenant.users.get(&id).is_some_and(|user| user.person && user.primary == address.as_str()) {
                continue;
            }
            if let Some(user) = tenant.change_user(&id, now) {
                user.suspended = !enabled;
                user.suspended_at = (!enabled).then_some(now);
            }
            return true;
        }
        false
    }

    /// The key file of a service account; the tenant by domain, customer id or name.
    #[must_use]
    pub fn key(&self, tenant: &str, access: Access, token_uri: &str) -> Option<String> {
        self.named(tenant).map(|one| account::key_file(one, access, token_uri))
    }

    /// The file of the app that people sign in to in the browser; the tenant as for [`Google::key`].
    #[must_use]
    pub fn client(&self, tenant: &str, auth_uri: &str, token_uri: &str) -> Option<String> {
        self.named(tenant).map(|one| account::client_file(one, auth_uri, token_uri))
    }

    /// A token of the identity provider outside for a workload with this subject, where the tenant has a federation.
    #[must_use]
    pub fn subject_token(&self, tenant: &str, subject: &str, wall: Timestamp) -> Option<String> {
        federation::subject_token(self.named(tenant)?, subject, wall)
    }

    fn named(&self, tenant: &str) -> Option<&Tenant> {
        let named = |one: &&Tenant| {
            one.customer == tenant
                || one.name == tenant
                || one.domains.iter().any(|domain| domain.eq_ignore_ascii_case(tenant))
        };
        self.tenants.iter().find(named)
    }
}

fn directory(tenant: &mut Tenant, call: &mut Call, path: &[&str]) -> Answer {
    let method = call.request.method.as_str();
    match (method, path) {
        ("POST", ["users"]) => user_write::insert(tenant, call),
        ("GET", ["users"]) => users::list(tenant, call),
        ("GET", ["users", key]) => users::get(tenant, call, key),
        ("PUT" | "PATCH", ["users", key]) => user_write::update(tenant, call, key),
        ("DELETE", ["users", key]) => user_write::delete(tenant, call, key),
        ("POST", ["users", key, "undelete"]) => user_write::undelete(tenant, call, key),
        (_, ["users", key, "tokens", rest @ ..]) => tokens::answer(tenant, call, key, rest),
        ("GET", ["users", key, "asps"]) => tokens::application_passwords(tenant, call, key),
        (_, ["users", key, "aliases", rest @ ..]) => aliases::answer(tenant, call, aliases::Of::User, key, rest),
        ("POST", ["groups"]) => groups::insert(tenant, call),
        ("GET", ["groups"]) => groups::list(tenant, call),
        ("GET", ["groups", key]) => groups::get(tenant, call, key),
        ("PUT" | "PATCH", ["groups", key]) => groups::update(tenant, call, key),
        ("DELETE", ["groups", key]) => groups::delete(tenant, call, key),
        (_, ["groups", key, "aliases", rest @ ..]) => aliases::answer(tenant, call, aliases::Of::Group, key, rest),
        ("GET", ["groups", key, "hasMember", member]) => members::has(tenant, call, key, member),
        (_, ["groups", key, "members", rest @ ..]) => members::answer(tenant, call, key, rest),
        ("GET", ["customers", customer]) => organisation::customer(tenant, call, customer),
        ("GET", ["customer", customer, "domains"]) => organisation::domains(tenant, call, customer),
        ("GET", ["customer", customer, "orgunits"]) => organisation::units(tenant, call, customer),
        ("GET", ["customer", customer, "orgunits", path @ ..]) => organisation::unit(tenant, call, customer, path),
        _ => Err(errors::no_method()),
    }
}

/// Whether a customer named in a path or query is this tenant.
fn is_customer(tenant: &Tenant, named: &str) -> bool {
    named == "my_customer" || named.eq_ignore_ascii_case(&tenant.customer)
}

/// A resource as its reply: etag header, 304, and what of it `fields` selects.
fn reply(call: &Call, status: u16, body: serde_json::Value, shape: &Shape) -> Answer {
    resource::reply(call.request, status, body, shape)
}
