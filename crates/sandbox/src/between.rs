//! What may stand between the stand-ins and their clients, for tests: it sees every exchange, and may hand on another
//! reply than the one that was made.

use std::fmt;
use std::time::Duration;

use crate::wire::{Body, Reply, Request};
use crate::world::World;

/// Stands between the stand-ins and their clients.
pub trait Between: Send + Sync + fmt::Debug {
    /// What the client gets. The request has been carried out, and the world is as it is after it.
    fn hand_on(&self, world: &World, request: &Request, reply: Reply) -> Delivery;
}

/// What a client gets in the end, down to the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The HTTP status.
    pub status: u16,
    /// Headers beside the content type.
    pub headers: Vec<(String, String)>,
    /// The content type, where there is a body.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// Whether the connection is closed in the middle of the body; with an empty body, before the first byte.
    pub cut: bool,
    /// So much of the sandbox's time passes before the client gets it.
    pub wait: Duration,
}

impl From<Reply> for Delivery {
    fn from(reply: Reply) -> Self {
        let (content_type, body) = match reply.body {
            Body::Empty => (None, Vec::new()),
            Body::Json(value) => (Some("application/json; charset=utf-8".to_owned()), value.to_string().into_bytes()),
            Body::Text { content_type, text } => (Some(content_type), text.into_bytes()),
        };
        Self { status: reply.status, headers: reply.headers, content_type, body, cut: false, wait: Duration::ZERO }
    }
}
