//! The shape of a file of mailboxes. The doc comments are the descriptions that editors show.

use schemars::JsonSchema;

use crate::address::Address;
use crate::mailbox::{Companion, CredentialDelivery, Kind, SignIn};

/// A service mailbox: it belongs to at least three people and to no single one.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(extend("dependentRequired" = {
    "retired-on": ["state"], "also-deletes": ["state"], "credential": ["sign-in"]
}))]
#[expect(dead_code, reason = "only the schema of it is used")]
pub(super) struct Mailbox {
    /// Its address. The domain says which tenant it belongs to.
    address: Address,
    /// The name that people see, on one line.
    #[schemars(length(min = 1, max = 64))]
    name: String,
    /// What it is for, in one sentence.
    #[schemars(length(min = 1, max = 500))]
    purpose: String,
    /// What it is made of.
    kind: Kind,
    /// The SaaS apps that it is used for.
    apps: Option<Vec<String>>,
    /// The people who have access: at least three, of the same organisation as the mailbox.
    #[schemars(length(min = 3), extend("uniqueItems" = true))]
    delegates: Vec<Address>,
    /// Whether its own account may sign in; `blocked` if left out. `allowed` needs `credential`.
    sign_in: Option<SignIn>,
    /// Where the first password of an account that may sign in goes.
    credential: Option<CredentialDelivery>,
    /// Whether an account that is there already may be taken over under this address; `false` if left out.
    adopt: Option<bool>,
    /// Whether the mailbox is to be there; `active` if left out. `retired` needs `retired-on`.
    state: Option<StateWord>,
    /// With `state: retired`: the first day on which the mailbox may be deleted, e.g. 2026-12-31, in the tenant's time
    /// zone.
    #[schemars(extend("format" = "date"))]
    retired_on: Option<String>,
    /// With `state: retired`: what may be deleted together with it. A group that has become a team is deleted only where
    /// both are named.
    also_deletes: Option<Vec<Companion>>,
}

/// Whether a mailbox is to be there.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only the schema of it is used")]
enum StateWord {
    /// It is to be there.
    Active,
    /// It is to be deleted from the day in `retired-on`. Removing its entry never deletes it.
    Retired,
}
