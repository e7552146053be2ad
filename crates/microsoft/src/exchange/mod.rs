//! Exchange Online: cmdlets over HTTP. The transport is a trait, because Microsoft offers two ways with one envelope.

pub(crate) mod access;
pub(crate) mod error;
pub(crate) mod invoke;
pub(crate) mod mailbox;
pub(crate) mod row;
pub(crate) mod rules;
pub(crate) mod state;
pub(crate) mod statistics;

use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::{Map, Value};
use tripod_http::Pages;
use tripod_tenant::{CallPolicy, Clock, Endpoints, ErrorKind, Limits, Repeat, TenantError};

use self::row::Row;

/// The host of Exchange Online.
pub(crate) const HOST: &str = "outlook.office365.com";

/// One cmdlet with its parameters.
#[derive(Clone, Debug)]
pub(crate) struct Cmdlet {
    /// Its name, e.g. `Get-Mailbox`.
    pub(crate) name: &'static str,
    /// Its parameters.
    pub(crate) parameters: Map<String, Value>,
    /// What is being done, for messages.
    pub(crate) operation: String,
    repeat: Repeat,
}

impl Cmdlet {
    /// A cmdlet without parameters yet, that may be repeated.
    pub(crate) fn new(name: &'static str, operation: impl Into<String>) -> Self {
        Self { name, parameters: Map::new(), operation: operation.into(), repeat: Repeat::Safe }
    }

    /// The same cmdlet with one more parameter.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// Whether it changes nothing.
    pub(crate) fn reads(&self) -> bool {
        self.name.starts_with("Get-")
    }

    /// The same cmdlet, which must not be repeated while its outcome is unknown.
    pub(crate) fn not_repeatable(mut self) -> Self {
        self.repeat = Repeat::OnlyIfNotDone;
        self
    }
}

/// One page of what a cmdlet gives.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The objects.
    pub(crate) rows: Vec<Row>,
    /// Where the next page is asked for, by POST of the same cmdlet.
    pub(crate) next: Option<String>,
}

/// A way to have a cmdlet carried out.
#[async_trait]
pub(crate) trait Transport: std::fmt::Debug + Send + Sync {
    /// One page: the first one, or the one behind a link that the page before gave.
    async fn page(&self, cmdlet: &Cmdlet, link: Option<&str>) -> Result<Page, TenantError>;

    /// The names of the cmdlets that the caller's roles hold, in lower case.
    async fn held(&self) -> Result<BTreeSet<String>, TenantError>;
}

/// Exchange Online for one tenant.
#[derive(Debug)]
pub(crate) struct Exchange {
    transport: Box<dyn Transport>,
    policy: CallPolicy,
    endpoints: Endpoints,
    writes: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Exchange {
    /// Exchange Online behind this transport.
    ///
    /// Three calls at once and one write per mailbox: no quota is published, and these are what the last published
    /// ones amount to (facts sheet, Microsoft 1a, limits).
    pub(crate) fn new(transport: Box<dyn Transport>, endpoints: Endpoints, clock: Arc<dyn Clock>) -> Self {
        let limits = Limits { per_minute: NonZeroU32::MIN.saturating_add(1_199), at_once: 3 };
        Self { transport, policy: CallPolicy::new(limits, clock), endpoints, writes: Mutex::default() }
    }

    /// The clock that waits go by.
    pub(crate) fn clock(&self) -> &dyn Clock {
        self.policy.clock().as_ref()
    }

    /// Those of these cmdlets that the caller's roles do not hold.
    pub(crate) async fn lacking(&self, cmdlets: &[&'static str]) -> Result<Vec<&'static str>, TenantError> {
        let held = self.policy.run(Repeat::Safe, || self.transport.held()).await?;
        Ok(cmdlets.iter().copied().filter(|name| !held.contains(&name.to_ascii_lowercase())).collect())
    }

    /// Carries out a cmdlet and gives every object, all pages of them or an error.
    pub(crate) async fn rows(&self, cmdlet: &Cmdlet) -> Result<Vec<Row>, TenantError> {
        let mut all = Vec::new();
        let mut link: Option<String> = None;
        let mut pages = Pages::default();
        loop {
            let page = self.policy.run(cmdlet.repeat, || self.transport.page(cmdlet, link.as_deref())).await;
            let page = page.map_err(|error| {
                // «Not found» or «not valid» on a later page is a link that has ended (it is good for some minutes), not
                // an object that is not there.
                let late = link.is_some() && matches!(error.kind, ErrorKind::Missing | ErrorKind::Invalid);
                if late { TenantError { kind: ErrorKind::Unavailable, ..error } } else { error }
            })?;
            let count = page.rows.len();
            all.extend(page.rows);
            let Some(next) = page.next else { return Ok(all) };
            if !self.endpoints.owns(HOST, &next) {
                return Err(not_understood(cmdlet, "its next page lies at another host"));
            }
            pages
                .after(count, &next)
                .map_err(|endless| not_understood(cmdlet, &format!("the list does not end: {endless}")))?;
            link = Some(next);
        }
    }

    /// Carries out a cmdlet that finds one object by its identity; nothing if there is none.
    pub(crate) async fn find(&self, cmdlet: &Cmdlet) -> Result<Option<Row>, TenantError> {
        match self.rows(cmdlet).await {
            Ok(rows) if rows.len() > 1 => {
                let message = "several objects answer to this identity; use an id or the primary address";
                Err(TenantError::new(ErrorKind::Conflict, &cmdlet.operation, message))
            }
            Ok(rows) => Ok(rows.into_iter().next()),
            Err(error) if error.kind == ErrorKind::Missing => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Carries out a cmdlet that changes a mailbox, one at a time for each mailbox.
    pub(crate) async fn write(&self, cmdlet: &Cmdlet, mailbox: &str) -> Result<Vec<Row>, TenantError> {
        let turn = {
            let mut writes = self.writes.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(writes.entry(mailbox.to_ascii_lowercase()).or_default())
        };
        let _turn = turn.lock().await;
        self.rows(cmdlet).await
    }
}

pub(crate) fn not_understood(cmdlet: &Cmdlet, why: &str) -> TenantError {
    let message = format!("the answer of Exchange Online was not understood: {why}");
    TenantError::new(ErrorKind::Invalid, &cmdlet.operation, message)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use serde_json::json;
    use tripod_tenant::VirtualClock;

    use super::*;

    /// Gives one object per page, by a function of the page's number.
    struct Pages<F>(AtomicUsize, F);

    impl<F> std::fmt::Debug for Pages<F> {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Pages")
        }
    }

    #[async_trait]
    impl<F: Fn(usize) -> Result<Option<String>, TenantError> + Send + Sync> Transport for Pages<F> {
        async fn page(&self, _: &Cmdlet, link: Option<&str>) -> Result<Page, TenantError> {
            let number = self.0.fetch_add(1, Ordering::Relaxed);
            assert_eq!(number > 0, link.is_some(), "every page after the first is asked for by its link");
            let next = (self.1)(number)?;
            Ok(Page { rows: Row::read(json!({"Alias": number.to_string()})).into_iter().collect(), next })
        }

        async fn held(&self) -> Result<BTreeSet<String>, TenantError> {
            Ok(BTreeSet::new())
        }
    }

    fn exchange(page: impl Fn(usize) -> Result<Option<String>, TenantError> + Send + Sync + 'static) -> Exchange {
        let clock = Arc::new(VirtualClock::starting_at("2026-11-23T09:00:00Z".parse().unwrap()));
        Exchange::new(Box::new(Pages(AtomicUsize::new(0), page)), Endpoints::providers(), clock)
    }

    fn link(host: &str) -> String {
        format!("https://{host}/adminapi/beta/x/InvokeCommand?$skiptoken=1")
    }

    #[tokio::test]
    async fn every_page_is_part_of_the_list() {
        let exchange = exchange(|number| Ok((number < 2).then(|| format!("{}{number}", link(HOST)))));
        assert_eq!(exchange.rows(&Cmdlet::new("Get-Mailbox", "list")).await.unwrap().len(), 3);
    }

    #[tokio::test]
    async fn a_list_that_leads_back_to_a_page_that_was_read_is_an_error() {
        let exchange = exchange(|number| Ok(Some(format!("{}{}", link(HOST), number % 2))));
        let error = exchange.rows(&Cmdlet::new("Get-Mailbox", "list")).await.unwrap_err();
        assert!(error.kind == ErrorKind::Invalid && error.message.contains("read before"), "{error}");
    }

    #[tokio::test]
    async fn a_page_at_another_host_is_not_asked_for() {
        for host in ["evil.example", "outlook.office365.com.evil.example"] {
            let exchange = exchange(move |_| Ok(Some(link(host))));
            let error = exchange.rows(&Cmdlet::new("Get-Mailbox", "list")).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Invalid, "{error}");
        }
    }

    #[tokio::test]
    async fn a_later_page_that_is_not_found_does_not_make_the_list_absent() {
        for kind in [ErrorKind::Missing, ErrorKind::Invalid] {
            let exchange = exchange(move |number| match number {
                0 => Ok(Some(link(HOST))),
                _ => Err(TenantError::new(kind, "list", "gone")),
            });
            let error = exchange.find(&Cmdlet::new("Get-Mailbox", "list")).await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::Unavailable);
        }
    }

    #[tokio::test]
    async fn two_objects_for_one_identity_are_not_one_of_them() {
        let exchange = exchange(|number| Ok((number == 0).then(|| link(HOST))));
        let error = exchange.find(&Cmdlet::new("Get-Recipient", "read x")).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Conflict);
    }
}
