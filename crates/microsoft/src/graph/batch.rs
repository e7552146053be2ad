//! `$batch`: twenty calls in one, matched by id, and only those repeated that were throttled or failed on the way.

use std::collections::HashMap;
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use tripod_tenant::{ErrorKind, Repeat, TenantError, retry_after};

use super::{Call, Graph, error};

/// The most calls that one batch may hold (facts sheet, Microsoft 3, `$batch`).
const MOST: usize = 20;
/// How often an item is tried in all.
const TRIES: u32 = 7;
/// The longest wait that an item may ask for; with a longer one the person is told instead.
const LONGEST_WAIT: Duration = Duration::from_mins(5);

impl Graph {
    /// Makes many reads, and gives each answer in the order asked.
    pub(crate) async fn batch(&self, calls: &[Call]) -> Vec<Result<Value, TenantError>> {
        let parts = calls.chunks(MOST).map(|part| self.one_batch(part));
        join_all(parts).await.into_iter().flatten().collect()
    }

    async fn one_batch(&self, calls: &[Call]) -> Vec<Result<Value, TenantError>> {
        let mut results: Vec<Option<Result<Value, TenantError>>> = calls.iter().map(|_| None).collect();
        let mut open: Vec<usize> = (0..calls.len()).collect();
        for attempt in 1..=TRIES {
            let (outcome, outer_failed) = self.send_items(calls, &open).await;
            let mut again = Vec::new();
            let mut wait = Duration::from_secs(1 << (attempt - 1)).min(Duration::from_mins(1));
            for (index, result) in open.into_iter().zip(outcome) {
                if let Err(error) = &result {
                    let too_long = error.retry_after.is_some_and(|asked| asked > LONGEST_WAIT);
                    // The retries of an outer call that failed are used up, so its items are not tried again.
                    if error.is_transient() && !too_long && !outer_failed && attempt < TRIES {
                        wait = wait.max(error.retry_after.unwrap_or_default());
                        again.push(index);
                    }
                }
                if let Some(place) = results.get_mut(index) {
                    *place = Some(result);
                }
            }
            if again.is_empty() {
                break;
            }
            open = again;
            self.clock().sleep(wait).await;
        }
        let unanswered = |(call, result): (&Call, Option<_>)| result.unwrap_or_else(|| Err(no_answer(call)));
        calls.iter().zip(results).map(unanswered).collect()
    }

    /// One round, and whether the outer call failed. It has its own retries; its 200 says nothing about the items.
    async fn send_items(&self, calls: &[Call], open: &[usize]) -> (Vec<Result<Value, TenantError>>, bool) {
        let items: Vec<(usize, &Call)> = open.iter().filter_map(|index| Some((*index, calls.get(*index)?))).collect();
        let Some((_, first)) = items.first() else {
            return (Vec::new(), false);
        };
        let requests: Vec<Value> = items.iter().map(|(index, call)| request(*index, call)).collect();
        let mut outer = Call::post(&["$batch"], json!({"requests": requests}), first.permission, &first.operation);
        outer.repeat = Repeat::Safe;
        let reply = match self.call(&outer).await {
            Ok(reply) => reply,
            Err(error) => {
                // «Not found» is said of the batch, and of none of those whom it asks for.
                let kind = if error.kind == ErrorKind::Missing { ErrorKind::Unavailable } else { error.kind };
                let failed = |(_, call): &(usize, &Call)| {
                    Err(TenantError { operation: call.operation.clone(), kind, ..error.clone() })
                };
                return (items.iter().map(failed).collect(), true);
            }
        };
        let responses = reply.get("responses").and_then(Value::as_array);
        let by_id: HashMap<&str, &Value> = responses
            .into_iter()
            .flatten()
            .filter_map(|response| Some((response.get("id")?.as_str()?, response)))
            .collect();
        let answer = |(index, call): &(usize, &Call)| item(by_id.get(index.to_string().as_str()).copied(), call);
        (items.iter().map(answer).collect(), false)
    }
}

fn request(index: usize, call: &Call) -> Value {
    let mut request = json!({"id": index.to_string(), "method": call.method.as_str(), "url": call.relative_url()});
    if call.from_index {
        request["headers"] = json!({"ConsistencyLevel": "eventual"});
    }
    request
}

fn item(response: Option<&Value>, call: &Call) -> Result<Value, TenantError> {
    let response = response.ok_or_else(|| no_answer(call))?;
    let status = response.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok());
    let status = status.ok_or_else(|| no_answer(call))?;
    let body = response.get("body").cloned().unwrap_or_default();
    if (200..300).contains(&status) {
        return Ok(body);
    }
    let header =
        |name: &str| response.get("headers").and_then(|headers| error::member(headers, name)).and_then(Value::as_str);
    let wait = header("Retry-After").and_then(|value| retry_after::from_header(value, jiff::Timestamp::now()));
    let id = header("request-id").map(str::to_owned);
    Err(error::from_parts(status, &body, id, &call.operation, call.permission).retry_after(wait))
}

/// What was left out is asked for again: nothing is known of it.
fn no_answer(call: &Call) -> TenantError {
    TenantError::new(ErrorKind::Unavailable, &call.operation, "the batch came back without an answer to it")
}
