//! What there is to know about the customer.

use tripod_model::Address;

/// A Google Workspace customer, as `tripod.yaml` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoogleTenant {
    /// The customer id, e.g. `C01234567`.
    pub customer: String,
    /// The administrator on whose behalf directory calls are made.
    pub admin: Address,
    /// The organisational unit that new service mailboxes are put in.
    pub mailbox_unit: String,
    /// Whether application passwords may be listed, with a scope that can also change accounts (facts sheet, Google 3).
    pub security_scope: bool,
    /// The domains whose addresses belong to it, in lower case.
    pub domains: Vec<String>,
}
