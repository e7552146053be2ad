//! Desks that are reached over HTTP, behind the port [`Desk`]: GitHub issues, Jira Service Management, ServiceNow.
//!
//! Each connector is written from its vendor's REST documentation. Common to all: one client with timeouts, without
//! redirects and with a bound on what is read; retries and rate limits by [`tripod_tenant::CallPolicy`]; every page of
//! every list; links to a next page are followed on the desk's own host only; a credential is never in a message.
//!
//! Who approves is told by the desk's own account of a person, never by what a text says. A comment approves a plan if
//! it is the line `/approve` with the 64 digits of the plan and nothing else. A desk's own approval does not say which
//! plan it is for; it counts if it cannot have been given before the living comment showed the plan.

mod adf;
mod client;
mod credential;
mod github;
mod jira;
mod remarks;
mod servicenow;
mod settings;
mod text;
pub mod webhook;

use std::sync::Arc;

use tripod_tenant::Clock;

pub use credential::{Credential, CredentialError};
pub use github::GitHubDesk;
pub use jira::JiraDesk;
pub use servicenow::ServiceNowDesk;
pub use settings::{
    DeskKind, DeskSettings, GitHubSettings, JiraSettings, ServiceNowSettings, SettingsProblem, settings,
};

use crate::desk::{Desk, FileDesk};

/// A desk cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A credential is not to be had.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// A setting cannot be used.
    #[error("desk.yaml: {0}")]
    Setting(String),
}

/// The desk that settings name. Nothing is asked of it yet. Waits go by the clock.
#[expect(clippy::needless_pass_by_value, reason = "the desk keeps the clock")]
pub fn open(settings: &DeskSettings, clock: Arc<dyn Clock>) -> Result<Box<dyn Desk>, OpenError> {
    Ok(match &settings.kind {
        DeskKind::File(file) => Box::new(FileDesk::new(&settings.folder.join(&file.folder))),
        DeskKind::GitHub(github) => Box::new(GitHubDesk::new(github, settings, &clock)?),
        DeskKind::Jira(jira) => Box::new(JiraDesk::new(jira, settings, &clock)?),
        DeskKind::ServiceNow(servicenow) => Box::new(ServiceNowDesk::new(servicenow, settings, &clock)?),
    })
}
