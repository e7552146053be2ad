//! Replies that carry a resource: etags, conditions and partial responses (facts sheet, Google 3.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use sha2::Digest;

use super::errors;
use super::mask::Mask;
use super::schema::Shape;
use crate::wire::{Reply, Request};

/// The etag of anything that is described by a text.
pub(super) fn etag(of: &str) -> String {
    let digest = sha2::Sha256::digest(of);
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(&digest[..20]))
}

/// The mask that a request asks for, if it can be applied to the shape. It is asked for before anything is changed,
/// so that a refused mask has no effect.
pub(super) fn mask(request: &Request, shape: &Shape) -> Result<Option<Mask>, Reply> {
    let Some(text) = request.query_value("fields") else { return Ok(None) };
    let refuse = |what: &str| errors::directory(400, "invalidParameter", &format!("Invalid field selection {what}"));
    let mask = Mask::parse(&text).map_err(|rest| refuse(&rest))?;
    match mask.unknown(shape) {
        Some(name) => Err(refuse(&name)),
        None => Ok(Some(mask)),
    }
}

/// A resource as its reply.
pub(super) fn reply(request: &Request, status: u16, body: Value, shape: &Shape) -> Result<Reply, Reply> {
    let mask = mask(request, shape)?;
    let etag = body.get("etag").and_then(Value::as_str).map(str::to_owned);
    let known = request.header("if-none-match").zip(etag.as_deref());
    if request.method == http::Method::GET && known.is_some_and(|(known, etag)| known == etag || known == "*") {
        return Ok(Reply::empty(304).header("etag", etag.unwrap_or_default()));
    }
    let body = match mask {
        Some(mask) => mask.apply(&body),
        None => body,
    };
    let reply = Reply::json(status, body);
    Ok(match etag {
        Some(etag) => reply.header("etag", etag),
        None => reply,
    })
}

/// Refuses a change to something that is no longer as the client has seen it.
pub(super) fn unchanged(request: &Request, etag: &str) -> Result<(), Reply> {
    match request.header("if-match") {
        Some(known) if known != etag && known != "*" => Err(errors::not_met("Precondition Failed")),
        _ => Ok(()),
    }
}
