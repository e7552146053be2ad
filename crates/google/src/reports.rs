//! The Reports API: what people let apps do with their accounts, and took back (facts sheet, Google 5).

use http::Method;
use serde::Deserialize;
use tripod_tenant::TenantError;

use crate::call::{Api, Call, Caller};
use crate::scope::REPORTS_READ;
use crate::wire::filled;

/// Somebody let an app into their account, or let it do more.
pub(crate) const AUTHORIZE: &str = "authorize";
/// Somebody shut an app out of their account.
pub(crate) const REVOKE: &str = "revoke";

/// The most entries in a page.
const PER_PAGE: &str = "1000";
const FIELDS: &str =
    "items(id(time),actor(email,profileId),events(name,parameters(name,value,multiValue))),nextPageToken";

/// An entry of the log.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Activity {
    pub(crate) id: ActivityId,
    #[serde(default)]
    pub(crate) actor: Actor,
    pub(crate) events: Vec<Event>,
}

/// What tells an entry from others.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ActivityId {
    pub(crate) time: String,
}

/// Whose account an entry is about.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Actor {
    pub(crate) email: Option<String>,
    pub(crate) profile_id: Option<String>,
}

/// Something that happened.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Event {
    #[serde(deserialize_with = "filled")]
    pub(crate) name: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameter {
    #[serde(deserialize_with = "filled")]
    name: String,
    value: Option<String>,
    #[serde(default)]
    multi_value: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Activities {
    #[serde(default)]
    items: Vec<Activity>,
    next_page_token: Option<String>,
}

impl Event {
    fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// A parameter with one value.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.parameter(name)?.value.as_deref().filter(|text| !text.is_empty())
    }

    /// A parameter with many values.
    pub(crate) fn texts(&self, name: &str) -> &[String] {
        self.parameter(name).map_or(&[], |parameter| &parameter.multi_value)
    }
}

impl Caller {
    /// All entries of one kind on apps that were let into accounts or shut out, as far back as Google keeps them.
    ///
    /// Too many queries are answered with 503, as if Google were out of order; they are repeated like one.
    pub(crate) async fn app_activities(&self, event: &'static str) -> Result<Vec<Activity>, TenantError> {
        let path = "/admin/reports/v1/activity/users/all/applications/token".to_owned();
        let what = format!("list the {event} events of apps");
        let call = Call::new(Api::Reports, self.admin(), REPORTS_READ, Method::GET, path, what)
            .query("eventName", event)
            .query("maxResults", PER_PAGE)
            .query("fields", FIELDS);
        self.pages(call, |page: Activities| (page.items, page.next_page_token)).await
    }
}
