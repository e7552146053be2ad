//! What goes wrong on the wire, by rule: throttling, errors, cut connections and lost replies.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::wire::{Body, Reply};

/// A rule that makes some exchanges go wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fault {
    /// The vendor's host; any where nothing is said.
    #[serde(default)]
    pub host: Option<String>,
    /// The HTTP method; any where nothing is said.
    #[serde(default)]
    pub method: Option<String>,
    /// A text that the path and query have to contain, or the name of an Exchange cmdlet.
    #[serde(default)]
    pub matching: Option<String>,
    /// What happens.
    pub what: What,
    /// How many exchanges pass unharmed before the first one goes wrong.
    #[serde(default)]
    pub after: u32,
    /// How many go wrong; all of them where nothing is said.
    #[serde(default)]
    pub times: Option<u32>,
    /// How many of a hundred of the matching ones go wrong, by the sandbox's seed.
    #[serde(default = "always")]
    pub percent: u32,
}

fn always() -> u32 {
    100
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// Throttled, in the words of the vendor whose host it is; carries the vendor's wait.
    Throttled,
    /// 503 in the vendor's words.
    Unavailable,
    /// The connection is closed before the request is carried out.
    Cut,
    /// The request is carried out and the connection closed before the reply.
    ReplyLost,
    /// Not found, in the vendor's words: what a copy answers that has not heard yet of what is there.
    NotFound,
    /// Refused without a cause that lasts: what the vendors answer while something is new or a role not honoured yet.
    Refused,
    /// 404 with a web page, of something between the client and the vendor.
    WebPage,
}

/// The web page of something between the client and a vendor.
pub(crate) fn web_page() -> Reply {
    let text = "<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>".to_owned();
    Reply { status: 404, headers: Vec::new(), body: Body::Text { content_type: "text/html".to_owned(), text } }
}
