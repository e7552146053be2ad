//! Pages of lists (facts sheet, Google 3.2).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::errors;
use crate::wire::{Reply, Request};

/// Where a page begins and what list it is of.
#[derive(Serialize, Deserialize)]
struct Token {
    /// The key of the last row of the page before.
    after: String,
    /// The list's own parameters, which have to stay the same.
    list: String,
    /// When the first page was given.
    began: Timestamp,
}

/// A request for a page.
#[derive(Debug)]
pub(super) struct Page {
    /// How many rows it may have.
    pub(super) most: usize,
    /// The key of the row that it comes after; empty at the start.
    pub(super) after: String,
    list: String,
    began: Timestamp,
}

/// Reads `maxResults` (or another name) and `pageToken`.
pub(super) fn page(request: &Request, name: &str, default: usize, most: usize, now: Timestamp) -> Result<Page, Reply> {
    let size = match request.query_value(name) {
        None => default,
        Some(text) => text.parse::<usize>().ok().filter(|n| (1..=most).contains(n)).ok_or_else(|| {
            let message = format!("Invalid value '{text}'. Values must be within the range: [1, {most}]");
            errors::directory(400, "invalidParameter", &message)
        })?,
    };
    let ignored = ["pageToken", "fields", "alt", "prettyPrint", "quotaUser", "key", name];
    let mut pairs = request.query_pairs();
    pairs.retain(|(key, _)| !ignored.contains(&key.as_str()));
    pairs.sort();
    let list = format!("{} {pairs:?}", request.path);
    let Some(text) = request.query_value("pageToken").filter(|text| !text.is_empty()) else {
        return Ok(Page { most: size, after: String::new(), list, began: now });
    };
    let token = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| serde_json::from_slice::<Token>(&bytes).ok());
    let Some(token) = token.filter(|token| token.list == list) else { return Err(errors::invalid("pageToken")) };
    let age = now.duration_since(token.began);
    if age > SignedDuration::from_hours(72) {
        return Err(errors::invalid("pageToken"));
    }
    if age > SignedDuration::from_mins(60) {
        return Err(errors::directory(503, "backendError", "Service unavailable. Please try again"));
    }
    Ok(Page { most: size, after: token.after, list, began: token.began })
}

impl Page {
    /// The token of the page after the row with this key.
    pub(super) fn next(&self, last: &str) -> String {
        let token = Token { after: last.to_owned(), list: self.list.clone(), began: self.began };
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&token).unwrap_or_default())
    }
}
