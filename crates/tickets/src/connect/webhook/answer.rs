//! One message and its answer.

use std::fmt::Write as _;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::sync::Notify;
use tripod_http::limits::{LARGEST_MESSAGE, PATIENCE};
use tripod_http::serve::Asked;

use super::message::{Message, Refused};
use super::{PATH, Receiver};
use crate::desk::TicketId;
use crate::ticket::{Delivered, Delivery, StoreError};

/// How much of a body that is too large is read and thrown away, so that its sender gets to see the answer.
const LARGEST_WASTE: usize = 16 * 1024 * 1024;

/// Why there is no body.
enum NoBody {
    TooLarge,
    Broken,
}

pub(super) async fn answer(
    request: Request<Incoming>,
    receiver: &Arc<Receiver>,
    wake: &Notify,
    asked: &Asked,
) -> Response<Full<Bytes>> {
    if request.uri().path() != PATH {
        return reply(StatusCode::NOT_FOUND, &Value::Null);
    }
    if request.method() != Method::POST {
        return reply(StatusCode::METHOD_NOT_ALLOWED, &Value::Null);
    }
    let (parts, body) = request.into_parts();
    let body = match tokio::time::timeout(PATIENCE, collect(body)).await {
        Ok(Ok(body)) => body,
        Ok(Err(NoBody::TooLarge)) => return reply(StatusCode::PAYLOAD_TOO_LARGE, &Value::Null),
        Ok(Err(NoBody::Broken)) => return reply(StatusCode::BAD_REQUEST, &Value::Null),
        Err(_) => return reply(StatusCode::REQUEST_TIMEOUT, &Value::Null),
    };
    let (delivery, ticket) =
        match receiver.sender.message(&parts.headers, &body, &receiver.secret, receiver.clock.now()) {
            Ok(Message::Ticket { delivery, ticket }) => (delivery, ticket),
            Ok(Message::Nothing) => return reply(StatusCode::OK, &json!({"state": "ignored"})),
            // Whoever guesses learns nothing from it.
            Err(Refused::Signature) => return reply(StatusCode::UNAUTHORIZED, &Value::Null),
            Err(Refused::Content) => {
                return reply(StatusCode::BAD_REQUEST, &json!({"error": "the message cannot be read"}));
            }
        };
    asked.begins();
    let content = digest(&[receiver.sender.signed_beside(&parts.headers), body]);
    let noted = {
        let receiver = Arc::clone(receiver);
        let ticket = ticket.clone();
        tokio::task::spawn_blocking(move || note(&receiver, &delivery, &content, &ticket)).await
    };
    match noted {
        Ok(Ok(Delivered::New)) => {
            wake.notify_one();
            reply(StatusCode::ACCEPTED, &json!({"ticket": ticket, "state": "accepted"}))
        }
        Ok(Ok(Delivered::Unfinished)) => {
            wake.notify_one();
            reply(StatusCode::ACCEPTED, &json!({"ticket": ticket, "state": "under way"}))
        }
        Ok(Ok(Delivered::Before(result))) => {
            reply(StatusCode::OK, &json!({"ticket": ticket, "state": "done", "result": result}))
        }
        Ok(Err(StoreError::Delivery(_))) => reply(StatusCode::CONFLICT, &Value::Null),
        Ok(Err(error)) => unavailable(&error),
        Err(error) => unavailable(&error),
    }
}

/// Nothing was noted, so the sender has to send it again.
fn unavailable(error: &dyn std::error::Error) -> Response<Full<Bytes>> {
    tracing::error!(%error, "a message could not be noted");
    reply(StatusCode::SERVICE_UNAVAILABLE, &Value::Null)
}

/// Notes a message under its content, which is signed. The desk's id of the message is not signed, so that somebody who
/// has seen a message could send it again under another id.
fn note(receiver: &Receiver, id: &str, content: &str, ticket: &TicketId) -> Result<Delivered, StoreError> {
    let desk = receiver.sender.desk();
    let now = receiver.clock.now();
    let by_content = Delivery { desk, id: content, ticket };
    let by_id = Delivery { desk, id, ticket };
    let found = receiver.store.receive(by_content, now)?;
    if found != Delivered::New {
        return Ok(found);
    }
    // The same id with another content is another attempt of the desk's; its first result stays.
    match receiver.store.receive(by_id, now)? {
        Delivered::New => {
            receiver.store.finish(by_id, content)?;
            Ok(Delivered::New)
        }
        Delivered::Unfinished => Ok(Delivered::Unfinished),
        Delivered::Before(first) => {
            let first = receiver.store.receive(Delivery { desk, id: &first, ticket }, now)?;
            if let Delivered::Before(result) = &first {
                receiver.store.finish(by_content, result)?;
            }
            Ok(first)
        }
    }
}

fn digest(signed: &[Vec<u8>]) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(signed.concat()) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

async fn collect(mut body: Incoming) -> Result<Vec<u8>, NoBody> {
    let mut bytes = Vec::new();
    let mut wasted = 0;
    let announced = body.size_hint().lower();
    if announced > LARGEST_WASTE as u64 {
        return Err(NoBody::TooLarge);
    }
    let mut too_large = announced > LARGEST_MESSAGE as u64;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| NoBody::Broken)?.into_data() else { continue };
        if too_large || bytes.len() + data.len() > LARGEST_MESSAGE {
            too_large = true;
            bytes = Vec::new();
            wasted += data.len();
            if wasted > LARGEST_WASTE {
                break;
            }
        } else {
            bytes.extend_from_slice(&data);
        }
    }
    if too_large { Err(NoBody::TooLarge) } else { Ok(bytes) }
}

fn reply(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let bytes = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let mut response = Response::new(Full::new(bytes));
    *response.status_mut() = status;
    if !body.is_null() {
        let kind = hyper::header::HeaderValue::from_static("application/json");
        response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
    }
    response
}
