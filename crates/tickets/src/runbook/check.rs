//! Which steps of a plan a fresh look at the tenants shows as done. Pure.

use std::collections::BTreeMap;

use tripod_model::Kind;
use tripod_provisioner::{Action, Plan, Step};
use tripod_tenant::access;
use tripod_tenant::{Form, Observation, Observed, ObservedDelegate, ObservedMailbox, Principal};

/// How a step stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The tenant shows it.
    Done,
    /// The tenant shows that it is not done.
    Open,
    /// It cannot be told; this is why. Unknown is never done.
    Unknown(String),
}

/// How each step stands, by its number.
#[must_use]
pub fn check(plan: &Plan, fresh: &Observation) -> BTreeMap<u32, Standing> {
    let wanted = plan.wanted();
    let kind = |step: &Step| wanted.iter().find(|mailbox| mailbox.address == step.mailbox).map(|mailbox| mailbox.kind);
    plan.steps().iter().map(|step| (step.number, standing(step, kind(step), fresh))).collect()
}

fn standing(step: &Step, kind: Option<Kind>, fresh: &Observation) -> Standing {
    let mailbox = match fresh.mailbox(&step.mailbox) {
        Observed::Present(mailbox) => mailbox,
        Observed::Absent if step.action == Action::Retire => return Standing::Done,
        Observed::Absent => return Standing::Open,
        Observed::Unknown(unknown) => return Standing::Unknown(unknown.reason),
    };
    match &step.action {
        Action::Create { .. } => done(mailbox.address == step.mailbox && fits(&mailbox, kind)),
        Action::Mark => done(mailbox.form == Form::SharedMailbox),
        Action::Rename { to, .. } => done(mailbox.name == *to),
        Action::Configure { settings } => {
            let mut all = Standing::Done;
            for setting in settings {
                match mailbox.settings.get(setting) {
                    Some(Observed::Present(true)) => {}
                    Some(Observed::Present(false) | Observed::Absent) => return Standing::Open,
                    Some(Observed::Unknown(unknown)) => all = Standing::Unknown(unknown.reason.clone()),
                    None => all = Standing::Unknown("the tenant's answer does not say".to_owned()),
                }
            }
            all
        }
        Action::Grant { person } => {
            with_delegates(&mailbox, |delegates| done(access::rights_of(delegates, &person.address, fresh).is_full()))
        }
        Action::Revoke { principal } => with_delegates(&mailbox, |delegates| {
            let is_it = |delegate: &ObservedDelegate| match (&delegate.who, principal) {
                (Principal::Account { .. }, Principal::Account { address, .. }) => {
                    delegate.who == *principal || access::belongs_to(&delegate.who, address, fresh)
                }
                (one, other) => one.label() == other.label(),
            };
            done(!delegates.iter().any(is_it))
        }),
        Action::Retire => done(matches!(mailbox.form, Form::Deleted(_))),
    }
}

fn fits(mailbox: &ObservedMailbox, kind: Option<Kind>) -> bool {
    match kind {
        Some(Kind::SharedMailbox) => mailbox.form == Form::SharedMailbox,
        Some(Kind::GroupInbox) => mailbox.form == Form::GroupInbox,
        None => false,
    }
}

fn with_delegates(mailbox: &ObservedMailbox, judge: impl FnOnce(&[ObservedDelegate]) -> Standing) -> Standing {
    match &mailbox.delegates {
        Observed::Present(delegates) => judge(delegates),
        Observed::Absent => judge(&[]),
        Observed::Unknown(unknown) => Standing::Unknown(unknown.reason.clone()),
    }
}

fn done(is: bool) -> Standing {
    if is { Standing::Done } else { Standing::Open }
}
