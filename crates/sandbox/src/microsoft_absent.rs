//! The Microsoft side is not part of this build: every call to its hosts is answered with 501.

use serde_json::json;
use tripod_model::Address;

use crate::description::TenantDescription;
use crate::fault::What;
use crate::identity::{Access, MicrosoftSandboxCredentials, SandboxPerson};
use crate::table::Rows;
use crate::wire::{Moment, Reply, Request};

/// Decides whether something goes wrong with one request inside a batch.
pub type Strike<'s> = dyn FnMut(&Request, &mut Moment) -> Option<What> + 's;

/// No tenants.
#[derive(Debug)]
pub struct Microsoft;

#[allow(missing_docs, clippy::unused_self, clippy::needless_pass_by_value)]
impl Microsoft {
    #[must_use]
    pub fn new(_: &[(String, TenantDescription)], _: u32) -> Self {
        Self
    }
    pub fn answer_with(&mut self, _: &Request, _: &mut Moment, _: &mut Strike) -> Reply {
        Reply::json(501, json!({"error": {"code": "notImplemented", "message": "no Microsoft side"}}))
    }
    pub fn tables(&mut self) -> Vec<(String, &mut dyn Rows)> {
        Vec::new()
    }
    #[must_use]
    pub fn people(&self) -> Vec<SandboxPerson> {
        Vec::new()
    }
    pub fn set_enabled(&mut self, _: &Address, _: bool) -> bool {
        false
    }
    #[must_use]
    pub fn credentials(&self, _: &str, _: Access) -> Option<MicrosoftSandboxCredentials> {
        None
    }
    pub fn throttled(_: &Request, _: &mut Moment) -> Reply {
        Reply::empty(429)
    }
    pub fn unavailable(_: &Request, _: &mut Moment) -> Reply {
        Reply::empty(503)
    }
}
