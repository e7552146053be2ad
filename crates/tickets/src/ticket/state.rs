//! The states of a ticket and what leads from one to the next. Pure.

use serde::{Deserialize, Serialize};
use tripod_model::Address;
use tripod_provisioner::Digest;

/// Where a ticket stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "state")]
pub enum TicketState {
    /// It has come in and was not read yet.
    #[default]
    Received,
    /// Its request has problems; the requester was told.
    Incomplete {
        /// How many problems there are.
        problems: usize,
    },
    /// There is a plan that waits for approval.
    Planned {
        /// The plan.
        digest: Digest,
    },
    /// The plan was approved.
    Approved {
        /// The plan.
        digest: Digest,
        /// Who approved it.
        by: Address,
    },
    /// The plan is being carried out.
    Applying {
        /// The plan.
        digest: Digest,
        /// Who approved it.
        by: Address,
    },
    /// The plan was carried out.
    Applied {
        /// The plan.
        digest: Digest,
    },
    /// The plan was carried out in part; a new plan is needed.
    Failed {
        /// The plan.
        digest: Digest,
    },
    /// Everything was written back, and the ticket is closed.
    Closed {
        /// The plan, if one was carried out.
        digest: Option<Digest>,
    },
}

/// What happens to a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", tag = "event")]
pub enum TicketEvent {
    /// The request was read and has problems.
    Refused {
        /// How many.
        problems: usize,
    },
    /// A plan was made and posted.
    Planned {
        /// The plan.
        digest: Digest,
    },
    /// Somebody who may has approved a plan.
    Approved {
        /// The plan.
        digest: Digest,
        /// Who.
        by: Address,
    },
    /// Carrying out begins.
    Begun {
        /// The plan.
        digest: Digest,
    },
    /// The plan no longer fits, or the approval no longer counts.
    Outdated,
    /// Carrying out has ended and all of it is done.
    Done,
    /// Carrying out has ended and some of it is not done.
    Failed,
    /// The evidence was written back and the ticket closed.
    Closed,
    /// The ticket was closed at its desk before anything was carried out.
    Withdrawn,
}

/// An event that cannot happen in a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ticket that is {state} cannot be {event}")]
pub struct TransitionError {
    state: &'static str,
    event: &'static str,
}

impl TicketState {
    /// The state that an event leads to.
    ///
    /// An event that has happened already leads to the same state, so that it may be told twice. An approval of
    /// another plan than the posted one leads nowhere.
    pub fn on(&self, event: &TicketEvent) -> Result<Self, TransitionError> {
        use TicketEvent as Event;
        let next = match (self, event) {
            // The same event again.
            (Self::Approved { digest, by }, Event::Approved { digest: again, by: same })
                if digest == again && by == same =>
            {
                self.clone()
            }
            (Self::Applying { digest, .. }, Event::Begun { digest: again }) if digest == again => self.clone(),
            (Self::Applied { .. }, Event::Done)
            | (Self::Failed { .. }, Event::Failed)
            | (Self::Closed { .. }, Event::Closed | Event::Withdrawn) => self.clone(),
            // The way forward.
            (
                Self::Received
                | Self::Incomplete { .. }
                | Self::Planned { .. }
                | Self::Approved { .. }
                | Self::Failed { .. },
                Event::Refused { problems },
            ) => Self::Incomplete { problems: *problems },
            (Self::Approved { digest, .. }, Event::Planned { digest: same }) if digest == same => self.clone(),
            (
                Self::Received
                | Self::Incomplete { .. }
                | Self::Planned { .. }
                | Self::Approved { .. }
                | Self::Failed { .. },
                Event::Planned { digest },
            ) => Self::Planned { digest: digest.clone() },
            (Self::Planned { digest }, Event::Approved { digest: approved, by }) if digest == approved => {
                Self::Approved { digest: digest.clone(), by: by.clone() }
            }
            (Self::Approved { digest, by }, Event::Begun { digest: begun }) if digest == begun => {
                Self::Applying { digest: digest.clone(), by: by.clone() }
            }
            (Self::Planned { .. } | Self::Approved { .. } | Self::Applying { .. }, Event::Outdated) => Self::Received,
            (Self::Applying { digest, .. }, Event::Done) => Self::Applied { digest: digest.clone() },
            (Self::Applying { digest, .. }, Event::Failed) => Self::Failed { digest: digest.clone() },
            (Self::Applied { digest }, Event::Closed) => Self::Closed { digest: Some(digest.clone()) },
            (
                Self::Received
                | Self::Incomplete { .. }
                | Self::Planned { .. }
                | Self::Approved { .. }
                | Self::Failed { .. },
                Event::Withdrawn,
            ) => Self::Closed { digest: None },
            _ => return Err(TransitionError { state: self.word(), event: event.word() }),
        };
        Ok(next)
    }

    /// The word for it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Incomplete { .. } => "incomplete",
            Self::Planned { .. } => "planned",
            Self::Approved { .. } => "approved",
            Self::Applying { .. } => "being applied",
            Self::Applied { .. } => "applied",
            Self::Failed { .. } => "failed",
            Self::Closed { .. } => "closed",
        }
    }
}

impl TicketEvent {
    fn word(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Planned { .. } => "planned",
            Self::Approved { .. } => "approved for that plan",
            Self::Begun { .. } => "begun for that plan",
            Self::Outdated => "outdated",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Closed => "closed",
            Self::Withdrawn => "withdrawn",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(digit: char) -> Digest {
        digit.to_string().repeat(64).parse().unwrap()
    }

    fn after(events: &[TicketEvent]) -> Result<TicketState, TransitionError> {
        events.iter().try_fold(TicketState::default(), |state, event| state.on(event))
    }

    fn whole_life() -> Vec<TicketEvent> {
        let by = "it@example.com".parse().unwrap();
        vec![
            TicketEvent::Refused { problems: 2 },
            TicketEvent::Planned { digest: digest('a') },
            TicketEvent::Approved { digest: digest('a'), by },
            TicketEvent::Begun { digest: digest('a') },
            TicketEvent::Done,
            TicketEvent::Closed,
        ]
    }

    #[test]
    fn a_ticket_goes_its_way() {
        assert_eq!(after(&whole_life()), Ok(TicketState::Closed { digest: Some(digest('a')) }));
    }

    #[test]
    fn every_event_may_be_told_twice() {
        let twice: Vec<_> = whole_life().into_iter().flat_map(|event| [event.clone(), event]).collect();
        assert_eq!(after(&twice), after(&whole_life()));
    }

    #[test]
    fn an_approval_of_another_plan_leads_nowhere() {
        let by: Address = "it@example.com".parse().unwrap();
        let planned = TicketEvent::Planned { digest: digest('a') };
        let other = TicketEvent::Approved { digest: digest('b'), by: by.clone() };
        assert!(after(&[planned.clone(), other]).is_err());
        let approved = TicketEvent::Approved { digest: digest('a'), by };
        let again = TicketEvent::Planned { digest: digest('b') };
        let begun = TicketEvent::Begun { digest: digest('a') };
        assert!(after(&[planned, approved, again, begun]).is_err());
    }

    #[test]
    fn nothing_is_carried_out_without_an_approval() {
        let planned = TicketEvent::Planned { digest: digest('a') };
        assert!(after(&[planned, TicketEvent::Begun { digest: digest('a') }]).is_err());
        assert!(after(&[TicketEvent::Done]).is_err());
        assert!(after(&[TicketEvent::Closed]).is_err());
    }

    #[test]
    fn what_is_under_way_cannot_be_withdrawn() {
        let life = whole_life();
        assert!(after(&life[..4]).and_then(|state| state.on(&TicketEvent::Withdrawn)).is_err());
        assert_eq!(after(&[TicketEvent::Withdrawn]), Ok(TicketState::Closed { digest: None }));
    }
}
