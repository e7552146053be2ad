//! The JSON Schema of a verification, for programs that read `verify --format json`.

use serde_json::Value;

use crate::{Access, Grants, Impact, Verification};

/// The version of the JSON form. It is raised when something is taken away or changes its meaning; new keys may come
/// at any time.
pub const FINDINGS_VERSION: u32 = 1;

/// The schema of `tripod verify --format json` (JSON Schema 2020-12).
#[must_use]
pub fn findings_schema() -> Value {
    schema::<Verification>("Findings of tripod verify")
}

/// The schema of `tripod impact --format json`.
#[must_use]
pub fn impact_schema() -> Value {
    schema::<Impact>("What breaks when people leave, by tripod impact")
}

/// The schema of `tripod grants --format json`.
#[must_use]
pub fn grants_schema() -> Value {
    schema::<Grants>("Apps that hang on people's own accounts, by tripod grants")
}

/// The schema of `tripod access --format json`.
#[must_use]
pub fn access_schema() -> Value {
    schema::<Access>("What somebody can open, by tripod access")
}

fn schema<T: schemars::JsonSchema>(title: &str) -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), title.into());
    schema.to_value()
}

/// The JSON forms of types that other crates keep free of schemas. The tests hold real values against them.
pub(crate) mod shape {
    #![expect(dead_code, reason = "only the schemas of them are used")]

    use schemars::JsonSchema;

    /// A place in a file of the user's.
    #[derive(JsonSchema)]
    pub(crate) struct Place {
        /// The path relative to the workspace.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    }

    /// The kind of what stood in the way.
    #[derive(JsonSchema)]
    #[schemars(rename_all = "kebab-case")]
    pub(crate) enum Kind {
        /// The thing asked for is not there.
        Missing,
        /// The object changed meanwhile.
        Conflict,
        /// The credential lacks a permission.
        Denied,
        /// Too many calls.
        Throttled,
        /// The provider cannot be reached, answered 5xx, or did not answer in time.
        Unavailable,
        /// A switch, licence, credential or domain at the provider is not as it has to be.
        SetUp,
        /// The provider's answer could not be understood.
        Invalid,
    }

    /// Why somebody cannot act today.
    #[derive(JsonSchema)]
    #[schemars(rename_all = "kebab-case")]
    pub(crate) enum Inactive {
        /// Google: the account is suspended.
        Suspended,
        /// Google: the account is archived.
        Archived,
        /// Microsoft: the account is disabled.
        Disabled,
        /// The account is deleted.
        Deleted,
        /// A guest from another organisation.
        Guest,
        /// Microsoft: the account belongs to an agent.
        Agent,
        /// The account has no mailbox.
        NoMailbox,
        /// The leave date has been reached; the moment of it.
        Left(String),
        /// The address belongs to something else, e.g. `a group`.
        NotAPerson(String),
    }
}
