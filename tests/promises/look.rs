//! Everything that `plan`, `verify`, `access`, `impact` and `import` make of one look at a tenant.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tripod_provisioner::Planned;
use tripod_provisioner::plan::PlanOptions;
use tripod_tenant::{Observation, Observed, ObservedMailbox, observe};
use tripod_verifier::{Access, Audit, Auditors, Holdings, Impact, Verification, gather, holdings};

use crate::worlds::{Side, Wanted, readers, tenant};

pub(crate) struct Look {
    pub(crate) observed: Observation,
    pub(crate) audit: Audit,
    pub(crate) holdings: Holdings,
    pub(crate) planned: Planned,
    pub(crate) verification: Verification,
    pub(crate) accesses: Vec<Access>,
    pub(crate) impact: Impact,
}

impl Look {
    /// What `import` would write down.
    pub(crate) fn imported(&self) -> Observed<Vec<ObservedMailbox>> {
        self.audit.estate(&tenant())
    }
}

/// Which questions are asked anew; what the others were answered is taken from an earlier look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Who has access, and who these people are: what `plan`, `apply` and the tickets go by.
    pub(crate) observation: bool,
    /// What an auditor asks besides, `import` included.
    pub(crate) audit: bool,
    /// The directory, grants and ownerships.
    pub(crate) holdings: bool,
}

impl Asked {
    pub(crate) const ALL: Self = Self { observation: true, audit: true, holdings: true };
    pub(crate) const NOTHING: Self = Self { observation: false, audit: false, holdings: false };
    pub(crate) const OBSERVATION: Self = Self { observation: true, ..Self::NOTHING };
    pub(crate) const AUDIT: Self = Self { audit: true, ..Self::NOTHING };
    pub(crate) const HOLDINGS: Self = Self { holdings: true, ..Self::NOTHING };
}

/// Takes one look, in which the time stands at `now`.
pub(crate) async fn look(
    side: Side,
    auditors: &Auditors,
    wanted: &Wanted,
    now: Timestamp,
    asked: Asked,
    earlier: Option<&Look>,
) -> Look {
    let observed = match earlier {
        Some(earlier) if !asked.observation => earlier.observed.clone(),
        _ => observation(side, auditors, wanted).await,
    };
    let audit = async {
        match earlier {
            Some(earlier) if !asked.audit => earlier.audit.clone(),
            _ => gather(auditors, &wanted.mailboxes, &observed).await.with_settings(&wanted.settings),
        }
    };
    let holdings = async {
        match earlier {
            Some(earlier) if !asked.holdings => earlier.holdings.clone(),
            _ => holdings(auditors).await,
        }
    };
    let (audit, holdings) = futures::join!(audit, holdings);

    let options = PlanOptions::for_tenants(wanted.settings.tenants.values());
    let planned = tripod_provisioner::plan(&wanted.mailboxes, &observed, &wanted.policy, now, &options);
    let verification = tripod_verifier::verify_audited(&wanted.mailboxes, &observed, &audit, &wanted.policy, now);
    let access = |name: &str| tripod_verifier::access(&side.at(name), &wanted.mailboxes, &observed, &audit, now);
    let accesses = ["a", "d", "e", "x"].map(access).into();
    let leavers = [side.at("a"), side.at("b")];
    let impact =
        tripod_verifier::impact(&leavers, &wanted.mailboxes, &observed, &audit, &holdings, &wanted.policy, now);
    Look { observed, audit, holdings, planned, verification, accesses, impact }
}

async fn observation(side: Side, auditors: &Auditors, wanted: &Wanted) -> Observation {
    let mut observed = observe(&readers(auditors), &wanted.mailboxes, &BTreeMap::new()).await;
    // As `access` and the tickets do with people whom no mailbox names.
    let asked: BTreeSet<_> = ["a", "e", "x", "v", "a.alias", "crew"].map(|name| side.at(name)).into();
    let asked: Vec<_> = asked.into_iter().filter(|address| !observed.people.contains_key(address)).collect();
    for auditor in auditors.values() {
        let found = auditor.people(&asked).await;
        observed.people.extend(asked.iter().cloned().zip(found));
    }
    observed
}
