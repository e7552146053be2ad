//! What a request has to be beyond its form: people and domains of the organisation, in time.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::Date;
use tripod_model::{Address, QUORUM, Settings, TenantConfig, suggest};

use super::field::Key;
use super::problem::RequestProblem;
use super::{Draft, LONGEST_APP, LONGEST_PURPOSE, MOST_PEOPLE, Request};
use crate::text::is_hidden;

/// How far ahead a mailbox may be asked for, in years. What is further away is a slip of the fingers.
const FURTHEST_YEARS: i64 = 2;

/// Everything that is wrong with a request in this workspace, in words for the requester.
#[must_use]
pub fn validate(request: &Request, settings: &Settings, today: Date) -> Vec<RequestProblem> {
    let mut draft = Draft::from(request.clone());
    draft.validate(settings, today);
    draft.problems
}

impl Draft {
    /// Says everything that is wrong with it in this workspace, as far as it could be read.
    pub fn validate(&mut self, settings: &Settings, today: Date) {
        self.judge(Some(settings), today);
    }

    /// Says everything that is wrong with it wherever it is read: all but which domains are the organisation's.
    pub fn validate_anywhere(&mut self, today: Date) {
        self.judge(None, today);
    }

    fn judge(&mut self, settings: Option<&Settings>, today: Date) {
        let mut problems = Vec::new();
        let tenant =
            self.mailbox.as_ref().and_then(|mailbox| tenant_of(Key::Mailbox, mailbox, settings, &mut problems));
        for (key, text, longest) in [(Key::Purpose, &self.purpose, LONGEST_PURPOSE), (Key::App, &self.app, LONGEST_APP)]
        {
            if let Some(text) = text {
                line(key, text, longest, &mut problems);
            }
        }
        people(self, tenant, settings, &mut problems);
        if let Some(requester) = &self.requester {
            tenant_of(Key::Requester, requester, settings, &mut problems);
            if Some(requester) == self.mailbox.as_ref() {
                problems.push(RequestProblem::of(Key::Requester, "the mailbox cannot ask for itself"));
            }
        }
        if let Some(day) = self.needed_by {
            let latest = today.checked_add(Span::new().years(FURTHEST_YEARS)).unwrap_or(Date::MAX);
            if day < today {
                problems.push(RequestProblem::of(Key::NeededBy, format!("{day} is past")));
            } else if day > latest {
                let message = format!("{day} is more than {FURTHEST_YEARS} years away");
                problems.push(RequestProblem::of(Key::NeededBy, message));
            }
        }
        self.say(problems);
    }
}

fn line(key: Key, text: &str, longest: usize, problems: &mut Vec<RequestProblem>) {
    let length = text.chars().count();
    if text.trim().is_empty() {
        problems.push(RequestProblem::of(key, "this is empty"));
    } else if text.chars().any(is_hidden) {
        problems.push(RequestProblem::of(key, "this has an invisible character or a line break in it"));
    } else if length > longest {
        problems.push(RequestProblem::of(key, format!("this has {length} characters, and {longest} are possible")));
    }
}

fn people(
    draft: &Draft,
    tenant: Option<&TenantConfig>,
    settings: Option<&Settings>,
    problems: &mut Vec<RequestProblem>,
) {
    let mut seen = BTreeSet::new();
    let mut counted = draft.unreadable_people;
    for person in &draft.people {
        if !seen.insert(person) {
            problems.push(RequestProblem::of(Key::People, format!("{person} is there twice")));
            continue;
        }
        if Some(person) == draft.mailbox.as_ref() {
            let problem = RequestProblem::of(Key::People, "the mailbox cannot have access to itself");
            problems.push(problem.help("name people"));
            continue;
        }
        counted += 1;
        let of = tenant_of(Key::People, person, settings, problems);
        if let (Some(tenant), Some(of), Some(mailbox)) = (tenant, of, &draft.mailbox)
            && tenant.name != of.name
        {
            let message = format!("{person} belongs to another organisation than {mailbox}");
            problems
                .push(RequestProblem::of(Key::People, message).help("name people of the mailbox's own organisation"));
        }
    }
    // Where nobody at all could be read, why is told already.
    let nobody = draft.people.is_empty() && draft.is_wrong(Key::People.field().label);
    if counted < QUORUM && !nobody {
        let message = format!("a service mailbox stands on at least {QUORUM} people, and {counted} are named");
        problems.push(RequestProblem::of(Key::People, message).help(format!("name {} more", QUORUM - counted)));
    }
    if draft.people.len() > MOST_PEOPLE {
        problems.push(RequestProblem::of(Key::People, format!("these are more than {MOST_PEOPLE} people")));
    }
}

fn tenant_of<'s>(
    key: Key,
    address: &Address,
    settings: Option<&'s Settings>,
    problems: &mut Vec<RequestProblem>,
) -> Option<&'s TenantConfig> {
    let settings = settings?;
    let tenant = settings.tenant_of(address);
    if tenant.is_none() {
        let domains = || settings.tenants.values().flat_map(|tenant| &tenant.domains).map(String::as_str);
        let help = suggest::closest(address.domain(), domains()).map_or_else(
            || format!("ours are {}", domains().take(5).collect::<Vec<_>>().join(", ")),
            |domain| format!("did you mean {}@{domain}?", address.local_part()),
        );
        problems.push(RequestProblem::of(key, format!("{address} is in no domain of ours")).help(help));
    }
    tenant
}
