//! Microsoft Graph: URLs, bodies and the bearer through graph-rs-sdk; sending, statuses, retries and paging are ours,
//! because the library hands on errors as if they were answers and lists that end early as if they were complete.

pub(crate) mod application;
pub(crate) mod batch;
pub(crate) mod error;
pub(crate) mod group;
pub(crate) mod list;
pub(crate) mod user;

use std::num::NonZeroU32;
use std::sync::Arc;

use futures::future::BoxFuture;
use graph_rs_sdk::http::{BodyRead, Method, Url};
use graph_rs_sdk::{GraphClient, GraphClientConfiguration};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde_json::Value;
use tripod_http::Client;
use tripod_tenant::{CallPolicy, Clock, Endpoints, ErrorKind, Limits, Repeat, TenantError};

use crate::sending::{self, Answer};
use crate::token::{GraphApplication, Resource, TokenSource};
use crate::trail;

/// The host of Microsoft Graph.
pub(crate) const HOST: &str = "graph.microsoft.com";
/// What the value of a query option may hold as it is; OData's own signs stay readable.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b',')
    .remove(b'(')
    .remove(b')')
    .remove(b':')
    .remove(b'$');

/// One call to Graph.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: Method,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// What is being done, for messages.
    operation: String,
    /// The least privilege that it needs (facts sheet, Microsoft 3).
    permission: &'static str,
    repeat: Repeat,
    /// Whether it is answered from the index that advanced queries need, which may lag a little.
    from_index: bool,
    /// Whether it counts against the narrow limit of the reports.
    is_report: bool,
}

impl Call {
    /// A read. The segments of the path are ids, addresses or names out of Graph's own documents.
    pub(crate) fn get(path: &[&str], permission: &'static str, operation: impl Into<String>) -> Self {
        Self::new(Method::GET, path, permission, operation)
    }

    /// A create, which must not be repeated when its outcome is unknown.
    pub(crate) fn post(path: &[&str], body: Value, permission: &'static str, operation: impl Into<String>) -> Self {
        Self { body: Some(body), repeat: Repeat::OnlyIfNotDone, ..Self::new(Method::POST, path, permission, operation) }
    }

    /// A change of properties to given values.
    pub(crate) fn patch(path: &[&str], body: Value, permission: &'static str, operation: impl Into<String>) -> Self {
        Self { body: Some(body), ..Self::new(Method::PATCH, path, permission, operation) }
    }

    /// A removal.
    pub(crate) fn delete(path: &[&str], permission: &'static str, operation: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path, permission, operation)
    }

    fn new(method: Method, path: &[&str], permission: &'static str, operation: impl Into<String>) -> Self {
        Self {
            method,
            path: path.iter().map(|segment| (*segment).to_owned()).collect(),
            query: Vec::new(),
            body: None,
            operation: operation.into(),
            permission,
            repeat: Repeat::Safe,
            from_index: false,
            is_report: false,
        }
    }

    /// The same call as an advanced query, e.g. one with a cast (facts sheet, Microsoft 3, users).
    pub(crate) fn answered_from_index(mut self) -> Self {
        self.from_index = true;
        self.query("$count", "true")
    }

    /// The same call, held to the limit of the reports.
    pub(crate) fn of_a_report(mut self) -> Self {
        self.is_report = true;
        self
    }

    /// The same call, which changes nothing when it is made twice.
    pub(crate) fn repeatable(mut self) -> Self {
        self.repeat = Repeat::Safe;
        self
    }

    /// The same call with one more query option.
    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Whether it is more than a look. What is sent in batches is looks only.
    fn changes_something(&self) -> bool {
        self.method != Method::GET && self.path.first().is_none_or(|first| first != "$batch")
    }

    fn query_string(&self) -> Option<String> {
        let pair = |(name, value): &(&str, String)| format!("{name}={}", utf8_percent_encode(value, QUERY));
        (!self.query.is_empty()).then(|| self.query.iter().map(pair).collect::<Vec<_>>().join("&"))
    }

    /// The URL below the version, as an item of a batch names it.
    fn relative_url(&self) -> String {
        let encode = |segment: &String| utf8_percent_encode(segment, QUERY).to_string();
        let path = self.path.iter().map(encode).collect::<Vec<_>>().join("/");
        self.query_string().map_or_else(|| format!("/{path}"), |query| format!("/{path}?{query}"))
    }
}

/// Microsoft Graph v1.0 for one tenant.
pub(crate) struct Graph {
    sdk: GraphClient,
    http: Client,
    tokens: Arc<TokenSource>,
    policy: CallPolicy,
    reports: CallPolicy,
    endpoints: Endpoints,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph").field("endpoints", &self.endpoints).finish_non_exhaustive()
    }
}

impl Graph {
    /// Graph with these tokens.
    pub(crate) fn new(
        tokens: Arc<TokenSource>,
        endpoints: Endpoints,
        http: Client,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        let application = GraphApplication(Arc::clone(&tokens));
        let mut configuration = GraphClientConfiguration::new().client_application(application);
        if endpoints.is_stand_in() {
            // `Endpoints` lets through loopback addresses only.
            configuration = configuration.https_only(false);
        }
        let mut sdk = GraphClient::from(configuration);
        if endpoints.is_stand_in() {
            let root = format!("{}/v1.0", endpoints.root(HOST));
            let root = Url::parse(&root).map_err(|_| {
                TenantError::new(ErrorKind::Invalid, "connect to Microsoft Graph", format!("`{root}` is no address"))
            })?;
            sdk.use_test_endpoint(&root);
        }
        // Far below 3500 resource units in ten seconds, the least of the published read quotas (facts sheet,
        // Microsoft 3, throttling), because the tenant's other apps share nothing of it but the people do.
        let per_minute = NonZeroU32::MIN.saturating_add(5_999);
        let policy = CallPolicy::new(Limits { per_minute, at_once: 8 }, Arc::clone(&clock));
        // Five requests in ten seconds for each app and tenant, one after the other (facts sheet, Microsoft 3).
        let per_minute = NonZeroU32::MIN.saturating_add(29);
        let reports = CallPolicy::evenly(Limits { per_minute, at_once: 1 }, clock);
        Ok(Self { sdk, http, tokens, policy, reports, endpoints })
    }

    /// The clock that waits go by.
    pub(crate) fn clock(&self) -> &dyn Clock {
        self.policy.clock().as_ref()
    }

    /// Makes a call and gives its body, or null where there is none.
    pub(crate) async fn call(&self, call: &Call) -> Result<Value, TenantError> {
        self.page(call, None).await
    }

    /// The answer to a call, or the page behind a link that an earlier one gave.
    fn page<'a>(&'a self, call: &'a Call, link: Option<&'a Url>) -> BoxFuture<'a, Result<Value, TenantError>> {
        let policy = if call.is_report { &self.reports } else { &self.policy };
        Box::pin(policy.run(call.repeat, move || self.once(call, link)))
    }

    /// One try: the token is renewed once if it is refused, everything else is an error.
    async fn once(&self, call: &Call, link: Option<&Url>) -> Result<Value, TenantError> {
        // Asking here first keeps the error by kind; graph-rs-sdk would hand on its text only.
        let token = self.tokens.token(Resource::Graph).await?;
        let mut answer = self.send(call, link).await?;
        if answer.status == 401 {
            self.renew(&token).await?;
            answer = self.send(call, link).await?;
        }
        if !answer.is_success() {
            return Err(error::from_answer(&answer, &call.operation, call.permission));
        }
        if call.changes_something() {
            trail::note(&answer);
        }
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body).map_err(|_| not_understood(call, "it is no JSON"))
    }

    async fn renew(&self, refused: &SecretString) -> Result<(), TenantError> {
        self.tokens.renewed(Resource::Graph, refused).await.map(drop)
    }

    async fn send(&self, call: &Call, link: Option<&Url>) -> Result<Answer, TenantError> {
        let unwritten = || TenantError::new(ErrorKind::Invalid, &call.operation, "the request could not be written");
        let body = call.body.as_ref().map(BodyRead::from_serialize).transpose().map_err(|_| unwritten())?;
        let segments: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let mut handler = self.sdk.custom(call.method.clone(), body).extend_path(&segments);
        {
            let url: &mut Url = handler.as_mut();
            match link {
                Some(link) => *url = link.clone(),
                None => url.set_query(call.query_string().as_deref()),
            }
        }
        // `build` writes the request; it is sent by our own client, which has all the limits.
        let request = handler.build().await.map_err(|_| unwritten())?;
        let id = uuid::Uuid::new_v4().to_string();
        let mut request = request.header("client-request-id", id.as_str());
        if call.from_index {
            request = request.header("ConsistencyLevel", "eventual");
        }
        let request = request.build().map_err(|_| unwritten())?;
        let mut ours = http::Request::builder().method(request.method()).uri(request.url().as_str());
        if let Some(headers) = ours.headers_mut() {
            headers.clone_from(request.headers());
        }
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        let request = sending::written(ours, body, &call.operation)?;
        tracing::debug!(operation = %call.operation, client_request_id = %id, "asking Microsoft Graph");
        sending::send(&self.http, request, &call.operation).await
    }
}

fn not_understood(call: &Call, why: &str) -> TenantError {
    TenantError::new(
        ErrorKind::Invalid,
        &call.operation,
        format!("the answer of Microsoft Graph was not understood: {why}"),
    )
}

/// A text as an OData string literal; a quote inside is doubled.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_cannot_change_the_url_of_a_batch_item() {
        let call = Call::get(&["users", "o'neil&co@a.test"], "x", "x")
            .query("$filter", format!("mail eq {}", literal("o'neil+x@a.test")));
        assert_eq!(
            call.relative_url(),
            "/users/o%27neil%26co%40a.test?$filter=mail%20eq%20%27o%27%27neil%2Bx%40a.test%27"
        );
    }
}
