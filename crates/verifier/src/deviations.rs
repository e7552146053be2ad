//! Deviations: findings that somebody accepted, for a time.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tripod_model::zone::day;
use tripod_model::{CheckId, Deviation, Policy, TenantName, WantedMailbox};

use crate::audit::Audit;
use crate::finding::{Accepted, Evidence, Finding, Remedy};

/// Whether a deviation holds today. Its last day is a day of the mailbox's tenant.
fn in_force(deviation: &Deviation, wanted: &[WantedMailbox], now: Timestamp) -> bool {
    let same = wanted.iter().find(|mailbox| mailbox.address == deviation.mailbox);
    let near = || wanted.iter().find(|mailbox| mailbox.address.domain() == deviation.mailbox.domain());
    let zone = same.or_else(near).map_or(TimeZone::UTC, |mailbox| mailbox.zone.clone());
    day(now, &zone) <= deviation.until
}

fn covers(deviation: &Deviation, finding: &Finding) -> bool {
    let about = |person: &tripod_model::Address| {
        finding.subject.as_deref().is_some_and(|subject| subject.eq_ignore_ascii_case(person.as_str()))
    };
    deviation.check == finding.id()
        && deviation.mailbox == finding.mailbox
        && deviation.person.as_ref().is_none_or(about)
        // What says that a deviation has ended cannot be accepted by another deviation.
        && finding.check != CheckId::DeviationExpired
}

/// Parts what is wrong from what a deviation in force accepts. Of several the one that holds longest counts.
pub(crate) fn accept(
    findings: Vec<Finding>,
    policy: &Policy,
    wanted: &[WantedMailbox],
    now: Timestamp,
) -> (Vec<Finding>, Vec<Accepted>) {
    let mut left = Vec::new();
    let mut accepted = Vec::new();
    for finding in findings {
        let deviations = policy.deviations.iter().filter(|deviation| in_force(deviation, wanted, now));
        match deviations.filter(|deviation| covers(deviation, &finding)).max_by_key(|deviation| deviation.until) {
            Some(deviation) => accepted.push(Accepted {
                finding,
                who: deviation.who.clone(),
                why: deviation.why.clone(),
                until: deviation.until,
            }),
            None => left.push(finding),
        }
    }
    (left, accepted)
}

/// A finding for each deviation that is past its end.
pub(crate) fn expired(
    policy: &Policy,
    wanted: &[WantedMailbox],
    audit: Option<&Audit>,
    now: Timestamp,
) -> Vec<Finding> {
    let expired = policy.deviations.iter().filter(|deviation| !in_force(deviation, wanted, now));
    expired
        .map(|deviation| {
            let mut evidence = vec![
                Evidence::new("accepted by", &deviation.who),
                Evidence::new("because", &deviation.why),
                Evidence::new("until", deviation.until),
            ];
            evidence.extend(deviation.person.as_ref().map(|person| Evidence::new("person", person)));
            let person = deviation.person.as_ref().map(ToString::to_string).unwrap_or_default();
            Finding {
                check: CheckId::DeviationExpired,
                rule: None,
                severity: CheckId::DeviationExpired.severity(),
                tenant: tenant_of(deviation, wanted, audit),
                mailbox: deviation.mailbox.clone(),
                subject: Some(format!("{} {person}", deviation.check).trim().to_owned()),
                message: format!(
                    "the deviation from `{}` for {} ended on {}",
                    deviation.check, deviation.mailbox, deviation.until
                ),
                evidence,
                remedy: Remedy::say("put right what was accepted and remove the deviation, or agree on a new end date"),
                place: deviation.place.clone(),
            }
        })
        .collect()
}

/// The tenant of a deviation's mailbox; one that is in no tenant's domain is named by its domain.
fn tenant_of(deviation: &Deviation, wanted: &[WantedMailbox], audit: Option<&Audit>) -> TenantName {
    let domain = deviation.mailbox.domain();
    let by_domain = || audit?.domains.iter().find(|(_, domains)| domains.contains(domain)).map(|(name, _)| name);
    let by_manifest = wanted.iter().find(|mailbox| mailbox.address.domain() == domain).map(|mailbox| &mailbox.tenant);
    by_manifest.or_else(by_domain).cloned().unwrap_or_else(|| TenantName(domain.to_owned()))
}
