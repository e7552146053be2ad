//! One call to one of Google's APIs: token, rate limit, retries, and the reply by type.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use futures::future::BoxFuture;
use http::header::DATE;
use http::{Method, StatusCode};
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tripod_http::Reply;
use tripod_tenant::{CallPolicy, Clock, Endpoints, Limits, Repeat, TenantError};

use crate::error;
use crate::http::{Http, Outgoing, connector};
use crate::identity::GoogleIdentity;
use crate::scope::{Access, USER, USER_READ};
use crate::tenant::GoogleTenant;
use crate::token::{Subject, TokenSource};

/// Google's APIs that are used, each with a rate limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Api {
    Directory,
    Gmail,
    GroupsSettings,
    CloudIdentity,
    Reports,
}

impl Api {
    fn host(self) -> &'static str {
        match self {
            Self::Directory | Self::Reports => "admin.googleapis.com",
            Self::Gmail => "gmail.googleapis.com",
            Self::GroupsSettings => "www.googleapis.com",
            Self::CloudIdentity => "cloudidentity.googleapis.com",
        }
    }
}

/// A call. It has no `Debug`, because its body may hold the first password of an account.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) api: Api,
    pub(crate) subject: Subject,
    /// The least scope that allows it.
    pub(crate) scope: &'static str,
    pub(crate) method: Method,
    /// The path below the host's root, with a slash in front; every segment that comes from outside is encoded.
    pub(crate) path: String,
    pub(crate) query: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
    pub(crate) repeat: Repeat,
    /// What is being done, for messages, e.g. `read ana@example.com`.
    pub(crate) what: String,
}

impl Call {
    /// A call that may be repeated; most may.
    pub(crate) fn new(
        api: Api,
        subject: Subject,
        scope: &'static str,
        method: Method,
        path: String,
        what: String,
    ) -> Self {
        Self { api, subject, scope, method, path, query: Vec::new(), body: None, repeat: Repeat::Safe, what }
    }

    /// The same call with one more query parameter.
    pub(crate) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The same call with a JSON body.
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// The same call, not to be repeated unless it was certainly not carried out.
    pub(crate) fn only_if_not_done(mut self) -> Self {
        self.repeat = Repeat::OnlyIfNotDone;
        self
    }
}

/// A reply whose content does not matter.
#[derive(Debug, Deserialize)]
pub(crate) struct Nothing {}

/// A text as one segment of a path.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// What calls are made with.
pub(crate) struct Caller {
    pub(crate) tenant: GoogleTenant,
    pub(crate) access: Access,
    /// Whether there is no domain-wide delegation, and with it no way to shared mailboxes.
    pub(crate) acts_as_itself: bool,
    /// Who it is that signs in.
    pub(crate) identity_name: String,
    /// Whether that is a service account.
    pub(crate) is_service_account: bool,
    pub(crate) clock: Arc<dyn Clock>,
    endpoints: Endpoints,
    http: Http,
    tokens: TokenSource,
    directory: CallPolicy,
    gmail: CallPolicy,
    groups_settings: CallPolicy,
    cloud_identity: CallPolicy,
    reports: CallPolicy,
    /// How many seconds Google's clock was ahead of this machine's at its last reply.
    ahead: AtomicI64,
}

impl Caller {
    /// A caller for one customer and one credential.
    pub(crate) fn new(
        tenant: GoogleTenant,
        access: Access,
        identity: GoogleIdentity,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        let limits = |per_minute: u32, at_once: usize| {
            let per_minute = NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN);
            Limits { per_minute, at_once }
        };
        let policy = |per_minute: u32, at_once: usize| CallPolicy::new(limits(per_minute, at_once), Arc::clone(&clock));
        let connector = connector(endpoints.is_stand_in());
        let (acts_as_itself, identity_name) = (identity.acts_as_itself, identity.name());
        let is_service_account = identity.is_service_account();
        let asking = policy(1_200, 10);
        Ok(Self {
            tokens: TokenSource::new(identity, &endpoints, connector.clone(), asking, Arc::clone(&clock))?,
            http: Http::new(connector),
            // 2,400 a minute for each user and project (facts sheet, Google 3.3).
            directory: policy(2_400, 16),
            // 6,000 units a minute and mailbox in projects of this year; a new delegate costs 100 (2.2).
            gmail: policy(1_200, 10),
            // 100,000 a day is the only number that Google gives (4); an hour at this rate uses a sixth of it.
            groups_settings: policy(300, 8),
            cloud_identity: policy(60, 2),
            // 250 queries with a filter a minute (5), evenly, because a burst would come on top of a minute's worth.
            reports: CallPolicy::evenly(limits(240, 2), Arc::clone(&clock)),
            tenant,
            access,
            acts_as_itself,
            identity_name,
            is_service_account,
            clock,
            endpoints,
            ahead: AtomicI64::new(0),
        })
    }

    /// The administrator as subject, or nobody where whoever signed in has a role of their own.
    pub(crate) fn admin(&self) -> Subject {
        if self.acts_as_itself { Subject::Itself } else { Subject::Admin(self.tenant.admin.clone()) }
    }

    /// The scope for reading accounts. Without domain-wide delegation, accounts are never changed.
    pub(crate) fn user_scope(&self) -> &'static str {
        if self.acts_as_itself { USER_READ } else { self.access.user() }
    }

    /// How many seconds Google's clock was ahead of this machine's, by the `Date` of its last reply.
    pub(crate) fn seconds_ahead(&self) -> i64 {
        self.ahead.load(Ordering::Relaxed)
    }

    /// Whether a token is given for a subject and a scope; nothing else is asked.
    pub(crate) async fn may(&self, subject: &Subject, scope: &'static str, what: &str) -> Result<(), TenantError> {
        self.tokens.token(subject, scope, what).await.map(drop)
    }

    /// Makes a call and reads its reply.
    ///
    /// Boxed, so that whoever waits for it does not carry all its steps in a type of their own.
    pub(crate) fn send<'a, T>(&'a self, call: &'a Call) -> BoxFuture<'a, Result<T, TenantError>>
    where
        T: DeserializeOwned + Send + 'a,
    {
        Box::pin(async move {
            // A token may be withdrawn before it expires, hence a refused one is asked for again, once.
            let first = self.attempt(call).await;
            match first {
                Err((_, Refused(true))) => {
                    self.tokens.forget(&call.subject, call.scope).await;
                    self.attempt(call).await
                }
                other => other,
            }
            .map_err(|(error, _)| error)
        })
    }

    async fn attempt<T: DeserializeOwned>(&self, call: &Call) -> Result<T, (TenantError, Refused)> {
        if self.acts_as_itself && (matches!(call.subject, Subject::Mailbox(_)) || call.scope == USER) {
            return Err((error::without_delegation(&call.what), Refused(false)));
        }
        let token =
            self.tokens.token(&call.subject, call.scope, &call.what).await.map_err(|error| (error, Refused(false)))?;
        let refused = AtomicBool::new(false);
        let result = self.policy(call.api).run(call.repeat, || self.once(call, &token, &refused)).await;
        result.map_err(|error| (error, Refused(refused.into_inner())))
    }

    async fn once<T: DeserializeOwned>(
        &self,
        call: &Call,
        token: &SecretString,
        refused: &AtomicBool,
    ) -> Result<T, TenantError> {
        let url = format!("{}{}", self.endpoints.root(call.api.host()), call.path);
        let outgoing =
            Outgoing { method: &call.method, url: &url, query: &call.query, body: call.body.as_ref(), token };
        let reply = self.http.exchange(&outgoing).await.map_err(|problem| problem.at(&call.what))?;
        let date = reply.headers.get(DATE).and_then(|value| value.to_str().ok());
        if let Some(theirs) = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok()) {
            self.ahead.store(theirs.timestamp().as_second() - Timestamp::now().as_second(), Ordering::Relaxed);
        }
        tracing::debug!(method = %call.method, path = call.path, status = reply.status.as_u16(), "asked Google");
        if !reply.status.is_success() {
            refused.store(reply.status == StatusCode::UNAUTHORIZED, Ordering::Relaxed);
            return Err(error::from_reply(&call.what, call.scope, &reply, self.clock.now()));
        }
        read(call, &reply)
    }

    fn policy(&self, api: Api) -> &CallPolicy {
        match api {
            Api::Directory => &self.directory,
            Api::Gmail => &self.gmail,
            Api::GroupsSettings => &self.groups_settings,
            Api::CloudIdentity => &self.cloud_identity,
            Api::Reports => &self.reports,
        }
    }
}

/// The content of a reply whose status is a success.
///
/// An empty body is read as `{}` where that is known to mean something: Gmail's empty list may be either, and a delete
/// has none (facts sheet, Google 0). Anywhere else an empty body, and a body that says that something went wrong, would
/// pass for an empty list.
fn read<T: DeserializeOwned>(call: &Call, reply: &Reply) -> Result<T, TenantError> {
    #[derive(Deserialize)]
    struct Failed {
        error: Option<serde::de::IgnoredAny>,
    }

    let is_empty = reply.body.trim_ascii().is_empty();
    if is_empty && call.method == Method::GET && call.api != Api::Gmail {
        return Err(error::no_content(&call.what, reply));
    }
    let body: &[u8] = if is_empty { b"{}" } else { &reply.body };
    if serde_json::from_slice(body).is_ok_and(|Failed { error }| error.is_some()) {
        return Err(error::no_content(&call.what, reply));
    }
    serde_json::from_slice(body).map_err(|problem| error::from_unreadable(&call.what, reply, &problem))
}

/// Whether the last answer was that the access token is not accepted.
struct Refused(bool);

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use hyper::body::Bytes;
    use tripod_tenant::ErrorKind;

    use super::*;
    use crate::wire::Users;

    fn list(api: Api, method: Method, body: &'static str) -> Result<usize, TenantError> {
        let call = Call::new(api, Subject::Itself, "scope", method, "/x".to_owned(), "list x".to_owned());
        let reply =
            Reply { status: StatusCode::OK, headers: HeaderMap::new(), body: Bytes::from_static(body.as_bytes()) };
        read::<Users>(&call, &reply).map(|page| page.users.len())
    }

    #[test]
    fn nothing_at_all_is_an_empty_list_at_gmail_only() {
        for body in ["", " \n"] {
            assert_eq!(list(Api::Gmail, Method::GET, body).unwrap(), 0);
            assert_eq!(list(Api::Directory, Method::DELETE, body).unwrap(), 0);
            let error = list(Api::Directory, Method::GET, body).unwrap_err();
            assert_eq!((error.kind, error.not_done), (ErrorKind::Unavailable, false), "{error}");
        }
        for api in [Api::Gmail, Api::Directory] {
            assert_eq!(list(api, Method::GET, "{}").unwrap(), 0);
        }
    }

    #[test]
    fn a_success_that_says_that_it_failed_is_no_empty_list() {
        let body = r#"{"error":{"code":503,"message":"Backend Error","errors":[{"reason":"backendError"}]}}"#;
        for api in [Api::Gmail, Api::Directory] {
            let error = list(api, Method::GET, body).unwrap_err();
            assert_eq!((error.kind, error.not_done), (ErrorKind::Unavailable, false), "{error}");
            assert!(error.message.contains("Backend Error"), "{error}");
        }
        assert_eq!(list(Api::Directory, Method::GET, r#"{"error":null}"#).unwrap(), 0);
    }
}
