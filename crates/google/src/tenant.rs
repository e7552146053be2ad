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

impl GoogleTenant {
    /// Whether a unit is the one of the service mailboxes or below it. Where they have none of their own, which `/`
    /// stands for, no unit tells anything.
    pub(crate) fn is_of_service_mailboxes(&self, unit: &str) -> bool {
        let own = self.mailbox_unit.trim_end_matches('/');
        let starts = unit.get(..own.len()).is_some_and(|start| start.eq_ignore_ascii_case(own));
        !own.is_empty() && starts && matches!(unit.as_bytes().get(own.len()), None | Some(b'/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_unit_of_their_own_tells_service_mailboxes_from_people() {
        let is_theirs = |own: &str, unit: &str| {
            let tenant = GoogleTenant {
                customer: "C1".to_owned(),
                admin: "admin@x.test".parse().unwrap(),
                mailbox_unit: own.to_owned(),
                security_scope: false,
                domains: Vec::new(),
            };
            tenant.is_of_service_mailboxes(unit)
        };
        assert!(is_theirs("/Services", "/services") && is_theirs("/Services", "/Services/Old"));
        assert!(!is_theirs("/Services", "/Services of others") && !is_theirs("/Services", "/"));
        assert!(!is_theirs("/", "/") && !is_theirs("/", "/Staff"));
    }
}
