//! All checks on all mailboxes, and what came of them.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::{CheckId, Policy, Severity, SignIn, State, WantedMailbox};
use tripod_tenant::Observation;

use crate::applicability::{How, NotApplicable, how};
use crate::audit::Audit;
use crate::finding::{Accepted, Finding, UnknownCheck};
use crate::schema::FINDINGS_VERSION;
use crate::standing::MailboxStanding;
use crate::{checks, deviations, rules};

/// What verifying found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Verification {
    /// The version of this form, [`FINDINGS_VERSION`].
    pub version: u32,
    /// The time that leave dates were held against.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// The least number of active delegates by the policy.
    pub quorum: usize,
    /// How each mailbox of the manifest stands, in the order of the manifest; those that are to go are left out.
    pub mailboxes: Vec<MailboxStanding>,
    /// What is wrong; the worst first, then by mailbox.
    pub findings: Vec<Finding>,
    /// What is wrong and accepted by a deviation of the policy.
    #[serde(default)]
    pub accepted: Vec<Accepted>,
    /// What could not be checked, and why.
    pub unknown: Vec<UnknownCheck>,
    /// The checks that were not made: the policy has them off, or the facts for them were not asked for.
    #[serde(default)]
    pub not_made: Vec<CheckId>,
    /// The checks that are on and do not apply to some mailboxes, with the reason. None of these passed.
    #[serde(default)]
    pub not_applicable: Vec<NotApplicable>,
}

impl Verification {
    /// Whether every check of the policy was made and nothing is wrong. What a deviation accepts is not held against it.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.unknown.is_empty()
    }

    /// The findings at or over a severity.
    pub fn at_least(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.severity >= severity)
    }
}

/// Holds what was observed against what is wanted, as far as who has access and the settings go. The checks that
/// need an [`Audit`] are not made, and are listed as such.
///
/// Pure: the same input gives the same findings in the same order.
#[must_use]
pub fn verify(wanted: &[WantedMailbox], observed: &Observation, policy: &Policy, now: Timestamp) -> Verification {
    make(wanted, observed, None, policy, now)
}

/// Makes every check of the policy.
///
/// Pure: the same input gives the same findings in the same order.
#[must_use]
pub fn verify_audited(
    wanted: &[WantedMailbox],
    observed: &Observation,
    audit: &Audit,
    policy: &Policy,
    now: Timestamp,
) -> Verification {
    make(wanted, observed, Some(audit), policy, now)
}

fn make(
    wanted: &[WantedMailbox],
    observed: &Observation,
    audit: Option<&Audit>,
    policy: &Policy,
    now: Timestamp,
) -> Verification {
    let own = rules::compile(policy);
    let made = |check: CheckId| policy.is_on(check) && (audit.is_some() || !checks::needs_audit(check));
    let mut mailboxes = Vec::new();
    let mut findings = Vec::new();
    let mut unknown = Vec::new();
    for mailbox in wanted {
        let mut results = checks::mailbox(mailbox, observed, audit, policy, now);
        rules::judge(&own, mailbox, observed, audit, policy, now, &mut results);
        // One that is to go need not stand on anybody.
        if mailbox.state == State::Active {
            mailboxes.push(results.standing);
        }
        findings.extend(results.findings);
        unknown.extend(results.unknown);
    }
    if let Some(audit) = audit {
        let (more, lost) = checks::estate(wanted, audit);
        findings.extend(more);
        unknown.extend(lost);
    }
    findings.extend(deviations::expired(policy, wanted, audit, now));
    findings.retain(|finding| made(finding.check));
    for finding in &mut findings {
        if finding.check != CheckId::OwnRule {
            finding.severity = policy.severity(finding.check);
        }
    }
    unknown.retain(|unknown| unknown.check.is_none_or(made));
    let (mut findings, accepted) = deviations::accept(findings, policy, wanted, now);
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.mailbox.cmp(&b.mailbox)));
    Verification {
        version: FINDINGS_VERSION,
        at: now,
        quorum: policy.quorum,
        mailboxes,
        findings,
        accepted,
        unknown,
        not_made: CheckId::ALL.iter().copied().filter(|check| !made(*check)).collect(),
        not_applicable: not_applicable(wanted, audit, made),
    }
}

/// What does not apply to the mailboxes that are to be there, by the providers that are known.
fn not_applicable(
    wanted: &[WantedMailbox],
    audit: Option<&Audit>,
    made: impl Fn(CheckId) -> bool,
) -> Vec<NotApplicable> {
    let mut all: Vec<NotApplicable> = Vec::new();
    let Some(audit) = audit else { return all };
    for check in CheckId::ALL.iter().copied().filter(|check| made(*check)) {
        for mailbox in wanted.iter().filter(|mailbox| mailbox.state == State::Active) {
            let Some(provider) = audit.providers.get(&mailbox.tenant) else { continue };
            let reason = match how(check, *provider, mailbox.kind) {
                How::NotApplicable(reason) => reason,
                How::Made(_) | How::Unknown(_) => match by_manifest(check, mailbox.sign_in) {
                    Some(reason) => reason,
                    None => continue,
                },
            };
            match all.iter_mut().find(|one| one.check == check && one.reason == reason) {
                Some(one) => one.mailboxes.push(mailbox.address.clone()),
                None => all.push(NotApplicable {
                    check,
                    reason: reason.to_owned(),
                    mailboxes: vec![mailbox.address.clone()],
                }),
            }
        }
    }
    all
}

/// What the manifest itself leaves nothing to look at for.
fn by_manifest(check: CheckId, sign_in: SignIn) -> Option<&'static str> {
    match (check, sign_in) {
        (CheckId::SignInOpen | CheckId::SignInUsed, SignIn::Allowed) => Some("the manifest allows signing in to it"),
        (CheckId::SignInUnused | CheckId::SignInNoSecondFactor, SignIn::Blocked) => {
            Some("the manifest wants signing in to it blocked")
        }
        _ => None,
    }
}
