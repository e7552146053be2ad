//! Stand-ins for desks, where tickets come from: GitHub, Jira Service Management and ServiceNow.
//!
//! Written from the vendors' REST documentation. They begin with nothing in them; what is there was made through their
//! own calls, as a requester, an agent or an approver would make it. Who calls stands in the credential: a GitHub token
//! `sandbox-NAME` is NAME's, and at the others NAME signs in with the password or token `sandbox`.

mod github;
mod jira;
mod servicenow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::fault::{What, web_page};
use crate::table::Rows;
use crate::wire::{Moment, Reply, Request};

const GITHUB: &str = "api.github.com";
const JIRA: &str = "juniper.atlassian.net";
const SERVICENOW: &str = "juniper.service-now.com";

/// What somebody signs in with at the stand-in of a desk: a token at GitHub, a token or password beside the name at the
/// others. Nothing of it is a secret.
#[must_use]
pub fn secret_of(host: &str, name: &str) -> String {
    if host == GITHUB { format!("sandbox-{name}") } else { "sandbox".to_owned() }
}

/// What somebody sends a desk's stand-in as `Authorization`: a token as its bearer, or name and token by HTTP Basic.
#[must_use]
pub fn authorization(host: &str, name: &str) -> String {
    let secret = secret_of(host, name);
    if host == GITHUB {
        format!("Bearer {secret}")
    } else {
        format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
    }
}

/// The desks of a sandbox.
#[derive(Debug, Default)]
pub struct Desks {
    github: github::GitHub,
    jira: jira::Jira,
    servicenow: servicenow::ServiceNow,
}

impl Desks {
    /// Carries out a request.
    pub fn answer(&mut self, request: &Request, moment: &mut Moment) -> Reply {
        match request.host.as_str() {
            JIRA => self.jira.answer(request, moment),
            SERVICENOW => self.servicenow.answer(request, moment),
            _ => self.github.answer(request, moment),
        }
    }

    /// The reply that stands for what goes wrong; none where it is the connection that does.
    pub fn trouble(what: What, request: &Request, moment: &mut Moment) -> Option<Reply> {
        Some(match what {
            What::Throttled => Self::throttled(request, moment),
            What::Unavailable => Self::unavailable(request),
            What::NotFound => Reply::json(404, json!({"message": "Not Found"})),
            What::Refused => Reply::json(403, json!({"message": "Forbidden"})),
            What::WebPage => web_page(),
            What::Cut | What::ReplyLost => return None,
        })
    }

    /// The reply to a request that is too many, in one of the forms that the vendor is known to use.
    fn throttled(request: &Request, moment: &mut Moment) -> Reply {
        match request.host.as_str() {
            JIRA => jira::throttled(moment),
            SERVICENOW => servicenow::throttled(moment),
            _ => github::throttled(moment),
        }
    }

    /// The reply of a service that is not there just now.
    fn unavailable(request: &Request) -> Reply {
        match request.host.as_str() {
            JIRA => jira::unavailable(),
            SERVICENOW => servicenow::unavailable(),
            _ => github::unavailable(),
        }
    }

    /// All tables with their names.
    pub fn tables(&mut self) -> Vec<(String, &mut dyn Rows)> {
        let mut tables = self.github.tables();
        tables.extend(self.jira.tables());
        tables.extend(self.servicenow.tables());
        tables
    }
}
