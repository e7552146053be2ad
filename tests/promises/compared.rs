//! What a look at a faulty provider may say, held against what one at a whole provider said.

use std::collections::BTreeSet;

use tripod_provisioner::{Action, Phase, Plan};
use tripod_sandbox::faulty::{Harm, Harmed};
use tripod_tenant::{Activity, Observed, ObservedMailbox, Person, Principal};
use tripod_verifier::{LossKind, UnknownCheck};

use crate::look::Look;

/// How far a faulty reply may be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trust {
    /// Whoever reads it can tell that something is wrong.
    None,
    /// It is in every way what the provider might have said of another truth, e.g. that a list has fewer rows. What
    /// is missing may be made anew, and nobody's access ends by it.
    Fewer,
    /// It is the list of another thing, and nothing in it says so.
    Other,
}

/// How far replies that were harmed like this may be believed, taken together.
pub(crate) fn trust(harmed: &[Harmed]) -> Trust {
    let one = |one: &Harmed| match &one.harm {
        Harm::Other { is_list: true, .. } => Trust::Other,
        harm if harm.is_believable() => Trust::Fewer,
        _ => Trust::None,
    };
    harmed.iter().map(one).max().unwrap_or(Trust::None)
}

/// Everything that is worse than not knowing, a sentence each.
pub(crate) fn worse(truth: &Look, faulty: &Look, trust: Trust) -> Vec<String> {
    let mut all = steps(&truth.planned.plan, &faulty.planned.plan, trust);
    if trust == Trust::None {
        all.extend(people(truth, faulty));
        all.extend(mailboxes(truth, faulty));
        all.extend(silence(truth, faulty));
        all.extend(alarms(truth, faulty));
    }
    all
}

/// What a plan does, so that the same thing is the same text however the plan came about.
fn doings(plan: &Plan) -> BTreeSet<(Phase, String)> {
    let mut all = BTreeSet::new();
    for step in plan.steps() {
        let phase = step.action.phase();
        match &step.action {
            Action::Configure { settings } => {
                let each = settings.iter().map(|setting| (phase, format!("{}: {}", step.mailbox, setting.words())));
                all.extend(each);
            }
            action => drop(all.insert((phase, format!("{}: {}", step.mailbox, action.words())))),
        }
    }
    all
}

fn steps(truth: &Plan, faulty: &Plan, trust: Trust) -> Vec<String> {
    let known = doings(truth);
    let harmless = |phase: Phase| match trust {
        Trust::None => false,
        Trust::Fewer => phase < Phase::Revoke,
        Trust::Other => true,
    };
    let new = doings(faulty).into_iter().filter(|one| !known.contains(one) && !harmless(one.0));
    new.map(|(_, words)| format!("a step that the truth would not give: {words}")).collect()
}

/// How a person stands, in words; nothing where it is not known.
fn standing(person: &Person) -> Option<String> {
    match &person.activity {
        Activity::Active => Some("active".to_owned()),
        Activity::Inactive(why) => Some(why.to_string()),
        Activity::Unknown(_) => None,
    }
}

fn people(truth: &Look, faulty: &Look) -> Vec<String> {
    let mut all = Vec::new();
    for (address, was) in &truth.observed.people {
        match (was, faulty.observed.people.get(address)) {
            (Observed::Present(was), Some(Observed::Present(is))) => {
                let (was, is) = (standing(was), standing(is));
                if is.is_some() && was != is {
                    all.push(format!("{address} is {was:?} and counts as {is:?}"));
                }
            }
            (Observed::Present(_), Some(Observed::Absent)) => all.push(format!("{address} counts as gone")),
            (Observed::Absent, Some(Observed::Present(is))) => {
                all.push(format!("{address} is nobody's and counts as {is:?}"));
            }
            _ => {}
        }
    }
    let known = |holdings: &tripod_verifier::Holdings| -> BTreeSet<(String, Option<String>)> {
        holdings.directory.iter().map(|person| (person.address.to_string(), standing(person))).collect()
    };
    let truly = known(&truth.holdings);
    let wrong = known(&faulty.holdings).into_iter().filter(|(_, standing)| standing.is_some());
    all.extend(wrong.filter(|one| !truly.contains(one)).map(|one| format!("the directory says {one:?}")));
    all
}

fn mailboxes(truth: &Look, faulty: &Look) -> Vec<String> {
    let mut all = Vec::new();
    for (address, was) in &truth.observed.mailboxes {
        match (was, faulty.observed.mailboxes.get(address)) {
            (Observed::Present(was), Some(Observed::Present(is))) => all.extend(mailbox(was, is)),
            (Observed::Present(_), Some(Observed::Absent)) => all.push(format!("{address} counts as gone")),
            (Observed::Absent, Some(Observed::Present(_))) => all.push(format!("{address} counts as there")),
            _ => {}
        }
    }
    if let (Observed::Present(was), Observed::Present(is)) = (truth.imported(), faulty.imported()) {
        for one in &was {
            match is.iter().find(|other| other.address == one.address) {
                Some(other) => all.extend(mailbox(one, other)),
                None => all.push(format!("import leaves {} out", one.address)),
            }
        }
        let new = is.iter().filter(|other| was.iter().all(|one| one.address != other.address));
        all.extend(new.map(|other| format!("import makes up {}", other.address)));
    }
    all
}

fn mailbox(was: &ObservedMailbox, is: &ObservedMailbox) -> Vec<String> {
    let mut all = Vec::new();
    let address = &was.address;
    if was.id != is.id || was.form != is.form {
        all.push(format!("{address} is {:?} {:?} and counts as {:?} {:?}", was.id, was.form, is.id, is.form));
    }
    for (setting, value) in &is.settings {
        if let (Some(was), Some(is)) = (was.settings.get(setting).and_then(Observed::present), value.present())
            && was != is
        {
            all.push(format!("{address}: «{}» is {was} and counts as {is}", setting.words()));
        }
    }
    let (Some(had), Some(has)) = (was.delegates.present(), is.delegates.present()) else { return all };
    let label = |who: &Principal| format!("{who:?}").split(['{', ' ']).next().unwrap_or_default().to_owned();
    for delegate in has {
        let known = had.iter().find(|one| one.who.label().eq_ignore_ascii_case(delegate.who.label()));
        match known {
            None if is_unclear(&delegate.who) => {}
            None => all.push(format!("{address}: {:?} counts as having access", delegate.who)),
            Some(known) if label(&known.who) != label(&delegate.who) && !is_unclear(&delegate.who) => {
                all.push(format!("{address}: {:?} counts as {:?}", known.who, delegate.who));
            }
            Some(known) => {
                if delegate.rights != known.rights || delegate.acceptance != known.acceptance {
                    all.push(format!("{address}: {known:?} counts as {delegate:?}"));
                }
            }
        }
    }
    if !has.iter().any(|delegate| is_unclear(&delegate.who)) {
        let lost =
            had.iter().filter(|one| has.iter().all(|other| !other.who.label().eq_ignore_ascii_case(one.who.label())));
        all.extend(lost.map(|one| format!("{address}: {:?} is left out", one.who)));
    }
    all
}

/// Whether nobody knows who or what it is.
fn is_unclear(who: &Principal) -> bool {
    matches!(who, Principal::Unclear { .. })
}

/// What was said of the truth and is neither said now nor unknown.
fn silence(truth: &Look, faulty: &Look) -> Vec<String> {
    let mut all = Vec::new();
    let covers = |unknown: &UnknownCheck, check: &str, mailbox: &tripod_model::Address| {
        unknown.check.is_none_or(|one| one.id() == check) && unknown.mailbox.as_ref().is_none_or(|one| one == mailbox)
    };
    let now: BTreeSet<String> =
        faulty.verification.findings.iter().map(tripod_verifier::Finding::fingerprint).collect();
    for finding in &truth.verification.findings {
        let unknown = faulty.verification.unknown.iter().any(|one| covers(one, finding.id(), &finding.mailbox));
        if !unknown && !now.contains(&finding.fingerprint()) {
            all.push(format!("verify is silent on {} of {}: {}", finding.id(), finding.mailbox, finding.message));
        }
    }
    for (was, is) in truth.accesses.iter().zip(&faulty.accesses) {
        let lost = was.ways.iter().filter(|way| !is.ways.contains(way) && is.unknown.is_empty());
        all.extend(lost.map(|way| format!("access of {} leaves out {}", was.address, way.mailbox)));
    }
    // An app or a group whose name is not told goes by its id or address.
    let key = |loss: &tripod_verifier::Loss| {
        let has_name = matches!(loss.kind, LossKind::Grant | LossKind::Application | LossKind::Group);
        let what = if has_name { String::new() } else { loss.what.clone() };
        (loss.kind, what, loss.people.clone())
    };
    let now: BTreeSet<_> = faulty.impact.losses.iter().map(key).collect();
    if faulty.impact.unknown.is_empty() {
        let lost = truth.impact.losses.iter().filter(|loss| !now.contains(&key(loss)));
        all.extend(lost.map(|loss| format!("impact leaves out: {}", loss.message)));
    }
    all
}

/// What is said now and was not said of the truth.
fn alarms(truth: &Look, faulty: &Look) -> Vec<String> {
    let known: BTreeSet<String> =
        truth.verification.findings.iter().map(tripod_verifier::Finding::fingerprint).collect();
    let new = faulty.verification.findings.iter().filter(|finding| !known.contains(&finding.fingerprint()));
    new.map(|finding| format!("verify says {} of {}: {}", finding.id(), finding.mailbox, finding.message)).collect()
}
