//! What is not planned, and why.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, Companion, Kind, Place, Problem, TenantName, WantedMailbox};
use tripod_tenant::{ErrorKind, Hindrance, Inactive, Observation, Obstacle, Unknown};

use super::safety::Refusal;

/// Everything that planning could not do, and the warnings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlanningReport {
    /// What is not planned, in the order of the mailboxes' addresses.
    pub not_planned: Vec<NotPlanned>,
    /// The safety rules that the plan as a whole breaks. If there is one, nothing of the plan may be carried out.
    pub refusals: Vec<Refusal>,
    /// What could not be found out about obstacles; it may or may not be in the way.
    pub warnings: Vec<Obstacle>,
}

/// Something that is not planned for one mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NotPlanned {
    /// The tenant.
    pub tenant: TenantName,
    /// The mailbox.
    pub mailbox: Address,
    /// Where the mailbox stands in the manifest.
    pub place: Place,
    /// Why.
    pub reason: Reason,
}

/// Why something is not planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Something could not be read, so nothing that depends on it is changed.
    Unknown {
        /// What could not be read, e.g. `who has access`.
        what: String,
        /// The kind of the error; the exit status follows from it.
        kind: ErrorKind,
        /// The reason, as a sentence without a full stop.
        reason: String,
    },
    /// It would break a safety rule.
    Unsafe(Unsafe),
    /// It has to wait for something.
    WaitingOn(Waiting),
    /// The manifest names a person who cannot be a delegate.
    Invalid {
        /// The address as the manifest has it.
        person: Address,
        /// Where it is written.
        place: Place,
        /// What is wrong with it.
        problem: PersonProblem,
    },
}

/// The safety rule that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unsafe {
    /// Too few of the wanted delegates can act: the mailbox is not created, and nobody's access is ended.
    BelowQuorum {
        /// How many of them can act.
        active: usize,
        /// How many there have to be.
        quorum: usize,
        /// What is held back, in words.
        held_back: String,
    },
    /// A Google account without Tripod's marker, and the manifest does not say `adopt: true`.
    UnmarkedAccount,
    /// Something else stands under the address.
    OtherObject {
        /// What it is, e.g. `a user mailbox`.
        what: String,
    },
    /// It is a service mailbox of the other kind.
    KindDiffers {
        /// The kind that it has.
        observed: Kind,
        /// The kind that is wanted.
        wanted: Kind,
    },
    /// Deleting it deletes more than the manifest names.
    TakesMoreAlong {
        /// What the manifest does not name.
        unnamed: BTreeSet<Companion>,
    },
    /// The address is only an alias of a mailbox with another primary address.
    OtherAddress {
        /// The primary address.
        primary: Address,
    },
}

/// What has to happen first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Waiting {
    /// Something deleted still holds the address.
    Deleted {
        /// What it was, e.g. `a deleted mailbox`.
        what: String,
    },
    /// Something at the provider is not as it has to be.
    Obstacle {
        /// What is in the way.
        message: String,
        /// What to do about it.
        remedy: String,
    },
    /// The day of its retirement has not come.
    Retirement {
        /// The day, in the time zone of the mailbox's tenant.
        on: Date,
    },
}

/// Why somebody cannot be a delegate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PersonProblem {
    /// The directory has no such account, and nothing says that it ever had one.
    DoesNotExist,
    /// The directory has no such account any more.
    Gone,
    /// The address belongs to the same person as another delegate's.
    SamePerson {
        /// The other address in the manifest.
        other: Address,
    },
    /// The account cannot act, or is no person.
    Inactive {
        /// Why, in words.
        why: String,
        /// Whether the address belongs to something that is no person, e.g. a group or an agent.
        not_a_person: bool,
    },
}

impl PersonProblem {
    pub(super) fn unable(why: &Hindrance) -> Self {
        let not_a_person = matches!(why, Hindrance::Inactive(Inactive::NotAPerson(_) | Inactive::Agent));
        Self::Inactive { why: why.to_string(), not_a_person }
    }
}

impl Reason {
    pub(super) fn unknown(what: impl Into<String>, unknown: &Unknown) -> Self {
        Self::Unknown { what: what.into(), kind: unknown.kind, reason: unknown.reason.clone() }
    }

    pub(super) fn without_tenant(tenant: &TenantName) -> Self {
        let reason = format!("there is no tenant {tenant} in tripod.yaml");
        Self::Unknown { what: "the tenant".to_owned(), kind: ErrorKind::SetUp, reason }
    }

    /// The reason as a sentence without a full stop.
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Self::Unknown { what, reason, .. } => format!("could not read {what}: {reason}"),
            Self::Unsafe(rule) => rule.sentence(),
            Self::WaitingOn(waiting) => waiting.sentence(),
            Self::Invalid { person, problem, .. } if problem.is_mistake() => problem.sentence(person),
            Self::Invalid { person, problem, .. } => {
                format!("{}; `tripod impact {person} --patch` writes who could follow", problem.sentence(person))
            }
        }
    }
}

impl Unsafe {
    fn sentence(&self) -> String {
        match self {
            Self::BelowQuorum { active, quorum, held_back } => {
                format!("{active} of its delegates can act, {quorum} are needed; {held_back}")
            }
            Self::UnmarkedAccount => {
                "an account that Tripod did not make has this address; write `adopt: true` if it is to be taken over"
                    .to_owned()
            }
            Self::OtherObject { what } => format!("the address belongs to {what}; choose another address"),
            Self::KindDiffers { observed, wanted } => format!(
                "it is a {}, and the manifest wants a {}; a mailbox cannot change its kind",
                observed.word(),
                wanted.word()
            ),
            Self::TakesMoreAlong { unnamed } => {
                let (what, words) = (companions(unnamed), companion_words());
                format!(
                    "the group has become a team, and {what} would be deleted with it; write `also-deletes: [{words}]` if \
                     that is meant"
                )
            }
            Self::OtherAddress { primary } => {
                format!("the address is an alias of {primary}; write {primary} in the manifest if that is meant")
            }
        }
    }
}

/// What would go, in words.
fn companions(unnamed: &BTreeSet<Companion>) -> String {
    let word = |companion: &Companion| match companion {
        Companion::Team => "the team with its channels and chats",
        Companion::Site => "the site with its files",
    };
    unnamed.iter().map(word).collect::<Vec<_>>().join(" and ")
}

fn companion_words() -> String {
    Companion::WORDS.map(|(word, _)| word).join(", ")
}

impl Waiting {
    fn sentence(&self) -> String {
        match self {
            Self::Deleted { what } => format!(
                "{what} still holds the address; restore it or delete it for good at the provider, then plan again"
            ),
            Self::Obstacle { message, remedy } => format!("{message}; {remedy}"),
            Self::Retirement { on } => format!("it is kept until {on}, its day of retirement"),
        }
    }
}

impl PersonProblem {
    /// Whether it is a slip in a file, which no change at the tenant has brought about.
    #[must_use]
    pub fn is_mistake(&self) -> bool {
        match self {
            Self::DoesNotExist | Self::SamePerson { .. } | Self::Inactive { not_a_person: true, .. } => true,
            Self::Gone | Self::Inactive { not_a_person: false, .. } => false,
        }
    }

    fn sentence(&self, person: &Address) -> String {
        match self {
            Self::DoesNotExist => format!("{person} does not exist"),
            Self::Gone => format!("{person} is no longer in the directory"),
            Self::SamePerson { other } => format!("{person} is the same person as {other}"),
            Self::Inactive { why, .. } => format!("{person} cannot be a delegate: {why}"),
        }
    }
}

impl PlanningReport {
    pub(super) fn add(&mut self, mailbox: &WantedMailbox, reason: Reason) {
        self.not_planned.push(NotPlanned {
            tenant: mailbox.tenant.clone(),
            mailbox: mailbox.address.clone(),
            place: mailbox.place.clone(),
            reason,
        });
    }

    pub(super) fn warn(&mut self, observed: &Observation) {
        let open = observed.obstacles.iter().filter(|obstacle| obstacle.kind != ErrorKind::SetUp);
        self.warnings.extend(open.cloned());
        self.warnings.sort();
    }

    /// Whether everything that is wanted is either so already or planned, and nothing is refused.
    #[must_use]
    pub fn is_clear(&self) -> bool {
        self.refusals.is_empty() && self.blocking().next().is_none()
    }

    /// What is not planned, but for mailboxes that only wait for their day of retirement.
    pub fn blocking(&self) -> impl Iterator<Item = &NotPlanned> {
        self.not_planned.iter().filter(|entry| !matches!(entry.reason, Reason::WaitingOn(Waiting::Retirement { .. })))
    }

    /// The people of the manifest who cannot be delegates, as problems of the user's files.
    #[must_use]
    pub fn problems(&self) -> Vec<Problem> {
        self.problems_where(|_| true)
    }

    /// Those of [`Self::problems`] that are slips in a file. What became of a person at a tenant is none: it concerns
    /// the mailboxes of that person, and everything else can be done.
    #[must_use]
    pub fn mistakes(&self) -> Vec<Problem> {
        self.problems_where(PersonProblem::is_mistake)
    }

    fn problems_where(&self, which: impl Fn(&PersonProblem) -> bool) -> Vec<Problem> {
        let of = |entry: &NotPlanned| match &entry.reason {
            Reason::Invalid { problem, .. } if which(problem) => entry.problem(),
            _ => None,
        };
        let mut problems: Vec<_> = self.not_planned.iter().filter_map(of).collect();
        problems.sort();
        problems
    }

    /// The people of the manifest whom no directory has.
    pub fn missing(&self) -> impl Iterator<Item = &Address> {
        self.not_planned.iter().filter_map(|entry| match &entry.reason {
            Reason::Invalid { person, problem: PersonProblem::DoesNotExist, .. } => Some(person),
            _ => None,
        })
    }

    /// Takes down that a person whom the directory does not have once had access: it had them, and they are gone.
    pub fn had_access(&mut self, who: &Address) {
        for entry in &mut self.not_planned {
            if let Reason::Invalid { person, problem, .. } = &mut entry.reason
                && person == who
                && *problem == PersonProblem::DoesNotExist
            {
                *problem = PersonProblem::Gone;
            }
        }
    }

    /// The people of the manifest who cannot be delegates because of what became of them at their tenant.
    pub fn unable(&self) -> impl Iterator<Item = &NotPlanned> {
        let is_unable = |reason: &Reason| matches!(reason, Reason::Invalid { problem, .. } if !problem.is_mistake());
        self.not_planned.iter().filter(move |entry| is_unable(&entry.reason))
    }

    /// The kinds of the errors that kept something from being read.
    pub fn unknown_kinds(&self) -> impl Iterator<Item = ErrorKind> {
        self.not_planned.iter().filter_map(|entry| match entry.reason {
            Reason::Unknown { kind, .. } => Some(kind),
            _ => None,
        })
    }

    /// The kinds of everything that has to be mended at a provider, or be readable, before all of it can be planned:
    /// those of [`Self::unknown_kinds`], set-up for an obstacle, conflict for a deleted object that holds an address.
    pub fn blocking_kinds(&self) -> impl Iterator<Item = ErrorKind> {
        self.not_planned.iter().filter_map(|entry| match entry.reason {
            Reason::Unknown { kind, .. } => Some(kind),
            Reason::WaitingOn(Waiting::Obstacle { .. }) => Some(ErrorKind::SetUp),
            Reason::WaitingOn(Waiting::Deleted { .. }) => Some(ErrorKind::Conflict),
            _ => None,
        })
    }

    /// What a safety rule holds back.
    pub fn held_back(&self) -> impl Iterator<Item = (&NotPlanned, &Unsafe)> {
        self.not_planned.iter().filter_map(|entry| match &entry.reason {
            Reason::Unsafe(rule) => Some((entry, rule)),
            _ => None,
        })
    }
}

impl NotPlanned {
    fn problem(&self) -> Option<Problem> {
        let Reason::Invalid { person, place, problem } = &self.reason else { return None };
        let help = match problem {
            PersonProblem::DoesNotExist => None,
            PersonProblem::Inactive { not_a_person: true, .. } => Some("name the people themselves".to_owned()),
            PersonProblem::Gone | PersonProblem::SamePerson { .. } | PersonProblem::Inactive { .. } => {
                Some("name another person".to_owned())
            }
        };
        Some(Problem { place: place.clone(), message: problem.sentence(person), help })
    }
}
