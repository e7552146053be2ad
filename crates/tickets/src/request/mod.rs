//! The request for a service mailbox: one schema, from which every form is generated and into which every ticket is
//! read.

mod draft;
mod field;
mod fields;
mod problem;
pub mod read;
mod strict_json;
mod validate;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, Kind};

pub use draft::Draft;
pub use field::{FIELDS, Field, FieldKind, KINDS, Key};
pub use problem::{RequestProblem, confirmation_markdown, problems_markdown};
pub use read::{Source, draft, read};
pub(crate) use strict_json::parse as parse_json;
pub use validate::validate;

/// The longest purpose, in characters; the manifest takes no more.
pub const LONGEST_PURPOSE: usize = 500;
/// The longest name of an app, in characters; the manifest takes no more.
pub const LONGEST_APP: usize = 100;
/// The most people that one request may name.
pub const MOST_PEOPLE: usize = 50;

/// What somebody asks for in a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Request {
    /// The address of the service mailbox.
    pub mailbox: Address,
    /// What it is for, in one line.
    #[schemars(length(min = 1, max = 500))]
    pub purpose: String,
    /// The SaaS app that it is used for.
    #[schemars(length(min = 1, max = 100))]
    pub app: String,
    /// What it is made of.
    pub kind: Kind,
    /// Who has access; at least three people of the organisation.
    #[schemars(length(min = 3, max = 50))]
    pub people: Vec<Address>,
    /// Who asks for it.
    pub requester: Address,
    /// The day by which it is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub needed_by: Option<Date>,
}

/// The JSON Schema of a request.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Request).to_value()
}
