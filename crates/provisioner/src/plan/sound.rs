//! Whether a plan's document is one that this program writes.
//!
//! The digest is a plain hash, which a person who edits a plan can take anew. So nothing that a plan says of itself is
//! taken from it: what follows from the rest is computed again and has to be the same.

use std::collections::{BTreeMap, BTreeSet};

use tripod_model::{Address, TenantName};

use super::{Content, Seen, Step, order, safety};

impl Content {
    /// What no plan of this program has, as a sentence without a full stop; nothing if the plan is sound.
    pub(super) fn flaw(&self) -> Option<String> {
        self.flaw_of_rules().or_else(|| self.flaw_of_mailboxes()).or_else(|| self.flaw_of_steps())
    }

    fn flaw_of_rules(&self) -> Option<String> {
        if self.policy != self.policy.for_plans() {
            return Some("its policy is laxer than the built-in rules".to_owned());
        }
        let refusals = safety::refusals(&self.steps, &self.basis, &self.policy, self.allow_removals);
        (refusals != self.refusals).then(|| "its refusals are not those of its steps".to_owned())
    }

    fn flaw_of_mailboxes(&self) -> Option<String> {
        let wanted: Vec<&Address> = self.wanted.iter().map(super::Wanted::address).collect();
        if !wanted.is_sorted_by(|one, other| one < other) {
            return Some("its mailboxes are not in order, or one is there twice".to_owned());
        }
        if !self.wanted.iter().all(super::Wanted::has_known_zone) {
            return Some("it names a time zone that is not known".to_owned());
        }
        if !self.basis.mailboxes.keys().eq(wanted) {
            return Some("it was not made from a look at its own mailboxes".to_owned());
        }
        let mut people: BTreeSet<&Address> = self.wanted.iter().flat_map(super::Wanted::delegates).collect();
        let lists = self.basis.mailboxes.values().filter_map(Seen::present).filter_map(|seen| seen.delegates.present());
        people.extend(lists.flatten().filter_map(|delegate| delegate.who.address()));
        (!self.basis.people.keys().eq(people)).then(|| "it was not made from a look at its own people".to_owned())
    }

    fn flaw_of_steps(&self) -> Option<String> {
        let tenants: BTreeMap<&Address, &TenantName> =
            self.wanted.iter().map(|wanted| (wanted.address(), wanted.tenant())).collect();
        for (number, step) in (1..).zip(&self.steps) {
            if step.number != number {
                return Some(format!("step {number} has the number {}", step.number));
            }
            match tenants.get(&step.mailbox) {
                Some(tenant) if **tenant == step.tenant && self.tenants.contains_key(*tenant) => {}
                Some(_) => return Some(format!("step {number} is in another tenant than its mailbox")),
                None => return Some(format!("step {number} is for a mailbox that the plan does not name")),
            }
        }
        let follows = |one: &Step, other: &Step| order(one) < order(other);
        (!self.steps.is_sorted_by(follows)).then(|| "its steps are not in order, or one is there twice".to_owned())
    }
}
