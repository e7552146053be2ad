//! The provider's ids of the requests that change something, for whoever looks after one item of a set.
//!
//! They are known where the answer comes in and wanted where the item is told. Everything between hands on outcomes
//! and knows nothing of answers, so the id takes a way of its own: it is noted for the task's item that is under way,
//! as a span of a log would be.

use std::cell::RefCell;
use std::future::Future;

use tripod_tenant::{TenantError, Written};

use crate::sending::Answer;

tokio::task_local! {
    /// The id of the last one.
    static LAST: RefCell<Option<String>>;
}

/// Does the work of one item, and gives with its outcome the id of the last request that changed something.
pub(crate) async fn followed<T>(work: impl Future<Output = Result<T, TenantError>>) -> Result<Written<T>, TenantError> {
    // Boxed, because the work of an item is large and would be moved as a whole.
    let work = Box::pin(async {
        let value = work.await?;
        Ok(Written { value, request_id: LAST.with(RefCell::take) })
    });
    LAST.scope(RefCell::new(None), work).await
}

/// Notes the id of an answer to a request that changed something; outside of an item's work nobody asks for it.
pub(crate) fn note(answer: &Answer) {
    if let Some(id) = answer.header("request-id") {
        // What fails here is that there is no item.
        let _ = LAST.try_with(|last| last.replace(Some(id.to_owned())));
    }
}
