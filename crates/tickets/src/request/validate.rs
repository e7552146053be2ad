//! What a request has to be beyond its form: people and domains of the organisation, in time.

use std::collections::BTreeSet;

use jiff::Span;
use jiff::civil::Date;
use tripod_model::{Address, QUORUM, Settings, TenantConfig, suggest};

use super::field::Key;
use super::problem::RequestProblem;
use super::{LONGEST_APP, LONGEST_PURPOSE, MOST_PEOPLE, Request};
use crate::text::is_hidden;

/// How far ahead a mailbox may be asked for, in years. What is further away is a slip of the fingers.
const FURTHEST_YEARS: i64 = 2;

/// Everything that is wrong with a request in this workspace, in words for the requester.
#[must_use]
pub fn validate(request: &Request, settings: &Settings, today: Date) -> Vec<RequestProblem> {
    let mut problems = Vec::new();
    let tenant = tenant_of(Key::Mailbox, &request.mailbox, settings, &mut problems);
    line(Key::Purpose, &request.purpose, LONGEST_PURPOSE, &mut problems);
    line(Key::App, &request.app, LONGEST_APP, &mut problems);
    people(request, tenant, settings, &mut problems);
    tenant_of(Key::Requester, &request.requester, settings, &mut problems);
    if request.requester == request.mailbox {
        problems.push(RequestProblem::of(Key::Requester, "the mailbox cannot ask for itself"));
    }
    if let Some(day) = request.needed_by {
        let latest = today.checked_add(Span::new().years(FURTHEST_YEARS)).unwrap_or(Date::MAX);
        if day < today {
            problems.push(RequestProblem::of(Key::NeededBy, format!("{day} is past")));
        } else if day > latest {
            problems.push(RequestProblem::of(Key::NeededBy, format!("{day} is more than {FURTHEST_YEARS} years away")));
        }
    }
    problems
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

fn people(request: &Request, tenant: Option<&TenantConfig>, settings: &Settings, problems: &mut Vec<RequestProblem>) {
    let mut seen = BTreeSet::new();
    let mut counted = 0;
    for person in &request.people {
        if !seen.insert(person) {
            problems.push(RequestProblem::of(Key::People, format!("{person} is there twice")));
            continue;
        }
        if *person == request.mailbox {
            let problem = RequestProblem::of(Key::People, "the mailbox cannot have access to itself");
            problems.push(problem.help("name people"));
            continue;
        }
        counted += 1;
        let of = tenant_of(Key::People, person, settings, problems);
        if let (Some(tenant), Some(of)) = (tenant, of)
            && tenant.name != of.name
        {
            let message = format!("{person} belongs to another organisation than {}", request.mailbox);
            problems
                .push(RequestProblem::of(Key::People, message).help("name people of the mailbox's own organisation"));
        }
    }
    if counted < QUORUM {
        let message = format!("a service mailbox stands on at least {QUORUM} people, and {counted} are named");
        problems.push(RequestProblem::of(Key::People, message).help(format!("name {} more", QUORUM - counted)));
    }
    if request.people.len() > MOST_PEOPLE {
        problems.push(RequestProblem::of(Key::People, format!("these are more than {MOST_PEOPLE} people")));
    }
}

fn tenant_of<'s>(
    key: Key,
    address: &Address,
    settings: &'s Settings,
    problems: &mut Vec<RequestProblem>,
) -> Option<&'s TenantConfig> {
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
