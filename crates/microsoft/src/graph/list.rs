//! Lists: every page of them or an error, alone, many in one batch, or with the link that tells what changed later.

use futures::future::join_all;
use graph_rs_sdk::http::Url;
use serde_json::Value;
use tripod_http::Pages;
use tripod_tenant::{ErrorKind, TenantError};

use super::{Call, Graph, HOST, not_understood};

/// A list that is complete.
struct Complete {
    rows: Vec<Value>,
    /// Where changes after this list are asked for, if the list can tell.
    delta: Option<Url>,
}

impl Graph {
    /// Every element of a list, all pages of it or an error.
    pub(crate) async fn list(&self, call: &Call) -> Result<Vec<Value>, TenantError> {
        let first = self.page(call, None).await?;
        Ok(self.completed(call, first).await?.rows)
    }

    /// Many lists at once, each complete or an error, in the order asked.
    pub(crate) async fn lists(&self, calls: &[Call]) -> Vec<Result<Vec<Value>, TenantError>> {
        let firsts = self.batch(calls).await;
        let all =
            calls.iter().zip(firsts).map(|(call, first)| async move { Ok(self.completed(call, first?).await?.rows) });
        join_all(all).await
    }

    /// Every element of a delta query, and the link to ask with the next time.
    pub(crate) async fn delta(&self, call: &Call) -> Result<(Vec<Value>, Url), TenantError> {
        let first = self.page(call, None).await?;
        let Complete { rows, delta } = self.completed(call, first).await?;
        let delta = delta.ok_or_else(|| not_understood(call, "it does not say where to go on the next time"))?;
        Ok((rows, delta))
    }

    /// The list that begins with this page.
    async fn completed(&self, call: &Call, first: Value) -> Result<Complete, TenantError> {
        let mut rows = Vec::new();
        let mut page = first;
        let mut pages = Pages::default();
        loop {
            let Value::Object(mut members) = page else {
                return Err(not_understood(call, "it is no list"));
            };
            let Some(Value::Array(more)) = members.remove("value") else {
                return Err(not_understood(call, "it is no list"));
            };
            let count = more.len();
            rows.extend(more);
            let delta = self.link(call, members.remove("@odata.deltaLink"))?;
            let Some(next) = self.link(call, members.remove("@odata.nextLink"))? else {
                return Ok(Complete { rows, delta });
            };
            pages
                .after(count, next.as_str())
                .map_err(|endless| not_understood(call, &format!("the list does not end: {endless}")))?;
            page = self.page(call, Some(&next)).await.map_err(|error| {
                // «Not found» or «not valid» on a later page is a link that has ended, not a list that is not there.
                let late = matches!(error.kind, ErrorKind::Missing | ErrorKind::Invalid);
                if late { TenantError { kind: ErrorKind::Unavailable, ..error } } else { error }
            })?;
        }
    }

    /// A link that an answer gave, if it gave one. The token would go to another host with it, so that is an error.
    fn link(&self, call: &Call, link: Option<Value>) -> Result<Option<Url>, TenantError> {
        match link {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(link)) if self.endpoints.owns(HOST, &link) => {
                let url = Url::parse(&link).map_err(|_| not_understood(call, "its next page has no address"))?;
                Ok(Some(url))
            }
            Some(_) => Err(not_understood(call, "its next page lies at another host")),
        }
    }
}
