//! A verification as JUnit XML, for test reports of build servers.
//!
//! There is no standard; this is the part that Jenkins, GitLab, Azure DevOps and Surefire agree on: suites of cases,
//! each case with at most one `failure`, `error` or `skipped`. The form is written down in `tests/reports/junit.xsd`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::tz::TimeZone;
use tripod_model::{Address, CheckGroup, CheckId};
use tripod_verifier::{Accepted, Finding, MailboxStanding, StandingState, UnknownCheck, Verification};

use crate::reported::{Position, position};
use crate::xml::escape;

/// A verification as JUnit XML: one suite per mailbox and one for everything else, one case per check.
///
/// A finding is a failure, something that could not be found out is an error. Skipped is what was not made, what does not
/// apply, what could not be made because of such an error, and what a deviation accepts: no check counts as passed that
/// was not made.
#[must_use]
pub fn verification_junit(verification: &Verification) -> String {
    let mut suites: Vec<Suite> =
        verification.mailboxes.iter().map(|mailbox| of_mailbox(verification, mailbox)).collect();
    suites.push(of_estate(verification));
    let sum = |number: fn(&Suite) -> usize| suites.iter().map(number).sum::<usize>();
    // Writing to a string cannot fail.
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let _ = writeln!(
        text,
        "<testsuites name=\"tripod verify\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        sum(|suite| suite.cases.len()),
        sum(|suite| suite.count("failure")),
        sum(|suite| suite.count("error")),
        sum(|suite| suite.count("skipped"))
    );
    // Surefire's form wants whole seconds without a zone; it is UTC.
    let at = TimeZone::UTC.to_datetime(verification.at).strftime("%Y-%m-%dT%H:%M:%S").to_string();
    for suite in &suites {
        suite.write(&at, &mut text);
    }
    text.push_str("</testsuites>\n");
    text
}

struct Suite {
    name: String,
    cases: Vec<Case>,
}

struct Case {
    name: String,
    outcome: Option<Outcome>,
}

struct Outcome {
    element: &'static str,
    kind: String,
    message: String,
    text: String,
}

impl Outcome {
    fn skipped(message: String) -> Self {
        Self { element: "skipped", kind: String::new(), message, text: String::new() }
    }
}

impl Suite {
    fn count(&self, element: &str) -> usize {
        let is = |case: &&Case| case.outcome.as_ref().is_some_and(|outcome| outcome.element == element);
        self.cases.iter().filter(is).count()
    }

    fn write(&self, at: &str, text: &mut String) {
        let name = escape(&self.name);
        let _ = writeln!(
            text,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" timestamp=\"{at}\">",
            self.cases.len(),
            self.count("failure"),
            self.count("error"),
            self.count("skipped")
        );
        for case in &self.cases {
            let _ = write!(text, "    <testcase classname=\"{name}\" name=\"{}\"", escape(&case.name));
            let Some(outcome) = &case.outcome else {
                text.push_str("/>\n");
                continue;
            };
            let _ = write!(text, ">\n      <{} message=\"{}\"", outcome.element, escape(&outcome.message));
            if !outcome.kind.is_empty() {
                let _ = write!(text, " type=\"{}\"", escape(&outcome.kind));
            }
            if outcome.text.is_empty() {
                text.push_str("/>\n");
            } else {
                // Inside an element a line end stays what it is.
                let _ = writeln!(text, ">{}</{}>", escape(&outcome.text).replace("&#10;", "\n"), outcome.element);
            }
            text.push_str("    </testcase>\n");
        }
        text.push_str("  </testsuite>\n");
    }
}

fn of_mailbox(verification: &Verification, mailbox: &MailboxStanding) -> Suite {
    let address = &mailbox.address;
    let spoken =
        Spoken::of(verification, |about| about == address, |unknown| unknown.mailbox.as_ref() == Some(address));
    let checks = CheckId::ALL.iter().copied().filter(|check| check.group() != CheckGroup::Estate);
    let cases = spoken.cases(verification, checks, |check| {
        not_applicable(verification, address, check).or_else(|| not_judged(verification, mailbox, check))
    });
    Suite { name: address.to_string(), cases }
}

/// Everything that belongs to no mailbox of the manifest.
fn of_estate(verification: &Verification) -> Suite {
    let is_named = |address: &Address| verification.mailboxes.iter().any(|mailbox| mailbox.address == *address);
    let spoken = Spoken::of(
        verification,
        |about| !is_named(about),
        |unknown| unknown.mailbox.as_ref().is_none_or(|address| !is_named(address)),
    );
    let checks = CheckId::ALL.iter().copied().filter(|check| check.group() == CheckGroup::Estate);
    Suite { name: "estate".to_owned(), cases: spoken.cases(verification, checks, |_| None) }
}

/// Why there is nothing for a check to look at.
fn not_applicable(verification: &Verification, mailbox: &Address, check: CheckId) -> Option<String> {
    let one = verification.not_applicable.iter().find(|one| one.check == check && one.mailboxes.contains(mailbox))?;
    Some(format!("not applicable: {}", one.reason))
}

/// Why a check that says nothing about a mailbox has not passed either.
fn not_judged(verification: &Verification, mailbox: &MailboxStanding, check: CheckId) -> Option<String> {
    const ON_PRESENCE: [CheckId; 4] =
        [CheckId::MailboxMissing, CheckId::MailboxReplaced, CheckId::MailboxDeleted, CheckId::MailboxNotRetired];
    let general = verification.unknown.iter().find(|unknown| {
        unknown.mailbox.as_ref() == Some(&mailbox.address) && unknown.check.is_none() && unknown.rule.is_none()
    });
    let on_people = matches!(check.group(), CheckGroup::People | CheckGroup::Rights) || check == CheckId::OwnRule;
    match (mailbox.state, general) {
        _ if check == CheckId::DeviationExpired => None,
        (StandingState::Unknown, Some(unknown)) => Some(format!("could not find out {}", unknown.what)),
        (StandingState::Unknown, None) => Some("the mailbox could not be read".to_owned()),
        (_, Some(unknown)) if on_people => Some(format!("could not find out {}", unknown.what)),
        _ if ON_PRESENCE.contains(&check) => None,
        (StandingState::Missing, _) => Some("the mailbox is not there".to_owned()),
        _ if position(verification, mailbox) == Position::Retired => Some("the mailbox is to be retired".to_owned()),
        _ => None,
    }
}

/// What was said about one mailbox, or about everything else.
struct Spoken<'a> {
    findings: BTreeMap<CheckId, Vec<&'a Finding>>,
    accepted: BTreeMap<CheckId, Vec<&'a Accepted>>,
    unknown: BTreeMap<Option<CheckId>, Vec<&'a UnknownCheck>>,
}

impl<'a> Spoken<'a> {
    fn of(
        verification: &'a Verification,
        about: impl Fn(&Address) -> bool,
        unknown_about: impl Fn(&UnknownCheck) -> bool,
    ) -> Self {
        let (mut findings, mut accepted, mut unknown) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for finding in verification.findings.iter().filter(|finding| about(&finding.mailbox)) {
            findings.entry(finding.check).or_insert_with(Vec::new).push(finding);
        }
        for one in verification.accepted.iter().filter(|one| about(&one.finding.mailbox)) {
            accepted.entry(one.finding.check).or_insert_with(Vec::new).push(one);
        }
        for one in verification.unknown.iter().filter(|one| unknown_about(one)) {
            let check = one.check.or_else(|| one.rule.as_ref().map(|_| CheckId::OwnRule));
            unknown.entry(check).or_insert_with(Vec::new).push(one);
        }
        Self { findings, accepted, unknown }
    }

    /// A case for each thing that was said, and one for each check that said nothing.
    fn cases(
        mut self,
        verification: &Verification,
        checks: impl Iterator<Item = CheckId>,
        not_judged: impl Fn(CheckId) -> Option<String>,
    ) -> Vec<Case> {
        let mut cases: Vec<Case> = self.unknown.remove(&None).into_iter().flatten().map(of_unknown).collect();
        let checks: Vec<CheckId> = checks.collect();
        // What speaks of something outside of the manifest may come from any check.
        let others = CheckId::ALL.iter().copied().filter(|check| !checks.contains(check));
        for check in checks.iter().copied().chain(others) {
            let before = cases.len();
            cases.extend(self.findings.remove(&check).into_iter().flatten().map(of_finding));
            cases.extend(self.unknown.remove(&Some(check)).into_iter().flatten().map(of_unknown));
            cases.extend(self.accepted.remove(&check).into_iter().flatten().map(of_accepted));
            if cases.len() == before && checks.contains(&check) {
                let outcome = if verification.not_made.contains(&check) {
                    Some(Outcome::skipped("not made: it is off, or its facts were not asked for".to_owned()))
                } else {
                    not_judged(check).map(Outcome::skipped)
                };
                cases.push(Case { name: check.id().to_owned(), outcome });
            }
        }
        cases
    }
}

/// A case of its own for each finding, because build servers show one failure of a case only.
fn case_name(finding: &Finding) -> String {
    let id = finding.id();
    match &finding.subject {
        Some(subject) => format!("{id}: {subject}"),
        // In the suite of the estate the mailbox is not the suite's name.
        None if finding.check.group() == CheckGroup::Estate => format!("{id}: {}", finding.mailbox),
        None => id.to_owned(),
    }
}

fn of_finding(finding: &Finding) -> Case {
    let outcome = Outcome {
        element: "failure",
        kind: finding.severity.word().to_owned(),
        message: finding.message.clone(),
        text: details(finding),
    };
    Case { name: case_name(finding), outcome: Some(outcome) }
}

fn of_accepted(accepted: &Accepted) -> Case {
    let Accepted { finding, who, why, until } = accepted;
    let message = format!("accepted by {who} until {until}: {why} ({})", finding.message);
    Case { name: case_name(finding), outcome: Some(Outcome::skipped(message)) }
}

fn of_unknown(unknown: &UnknownCheck) -> Case {
    let check = unknown.rule.as_deref().or(unknown.check.map(CheckId::id));
    let name = check.map_or_else(|| unknown.what.clone(), |check| format!("{check}: {}", unknown.what));
    // The suite of the estate speaks of several tenants.
    let name = if unknown.mailbox.is_none() { format!("{name} ({})", unknown.tenant) } else { name };
    let outcome = Outcome {
        element: "error",
        kind: "unknown".to_owned(),
        message: format!("could not find out {}", unknown.what),
        text: unknown.reason.clone(),
    };
    Case { name, outcome: Some(outcome) }
}

fn details(finding: &Finding) -> String {
    let mut text = format!("at: {}\n", finding.place);
    for evidence in &finding.evidence {
        let _ = writeln!(text, "{}: {}", evidence.name, evidence.value);
    }
    let _ = writeln!(text, "do: {}", finding.remedy.sentence);
    if let Some(command) = &finding.remedy.command {
        let _ = writeln!(text, "run: {command}");
    }
    if let Some(patch) = &finding.remedy.patch {
        let _ = writeln!(text, "write:\n{}", patch.trim_end());
    }
    text
}
