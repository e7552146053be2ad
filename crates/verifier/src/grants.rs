//! The apps that hang on people's own accounts, and which service mailbox should carry each instead.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tripod_model::{Address, State, TenantName, WantedMailbox};
use tripod_tenant::{Activity, GrantMeans, Inactive, Person, Unknown};

use crate::audit::Holdings;
use crate::finding::UnknownCheck;
use crate::schema::shape;
use crate::scopes::{Risk, ScopeMeaning, scope_meaning};

/// From this likeness upwards (Jaro-Winkler, 1 is equal) an app's name is held to be the one in the manifest.
const ALIKE: f64 = 0.92;

/// Every grant, and what could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Grants {
    /// The grants; those of people who cannot act first, then the riskiest, then by app and person.
    pub grants: Vec<GrantReport>,
    /// What could not be read, and why. With anything here the list may lack something.
    pub unknown: Vec<UnknownCheck>,
}

/// One grant of a person's own account to an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct GrantReport {
    /// The tenant.
    pub tenant: TenantName,
    /// The provider's id of the app.
    pub app_id: String,
    /// The app's name, in its own words.
    pub app: String,
    /// Who publishes it, where the provider knows.
    pub publisher: Option<String>,
    /// Whether the provider has verified the publisher.
    pub verified: bool,
    /// Whose account it hangs on.
    pub person: Address,
    /// Whether the person can act; nothing if the directory could not tell.
    pub active: Option<bool>,
    /// Why the person cannot act, if they cannot.
    #[schemars(with = "Option<shape::Inactive>")]
    pub inactive: Option<Inactive>,
    /// What the app may do.
    pub may: Vec<ScopeMeaning>,
    /// The highest risk of what it may do.
    pub risk: Risk,
    /// Whether the person was assigned to the app instead of consenting.
    pub by_assignment: bool,
    /// When it was given, where the provider tells.
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    /// The service mailbox of the manifest whose `apps` name it.
    pub held_better_by: Option<Address>,
    /// What to do, as a sentence without a full stop.
    pub advice: String,
}

/// Every grant with what it means. `people` are the directories' entries.
#[must_use]
pub fn grants(holdings: &Holdings, wanted: &[WantedMailbox], now: Timestamp) -> Grants {
    let people: BTreeMap<&Address, &Person> = by_address(&holdings.directory);
    let mut grants: Vec<GrantReport> = holdings
        .grants
        .iter()
        .map(|(tenant, grant)| {
            let directory_lost =
                holdings.unknown.iter().any(|(name, what, _)| name == tenant && what.contains("directory"));
            let person = people.get(&grant.person.address);
            let inactive = match person {
                Some(person) => person.inactive_at(now),
                None if directory_lost => None,
                // The directory was read to its end and does not have them.
                None => Some(Inactive::Deleted),
            };
            let may: Vec<_> = grant.scopes.iter().map(|scope| scope_meaning(scope)).collect();
            let held_better_by = holder(&grant.app.name, tenant, wanted);
            GrantReport {
                tenant: tenant.clone(),
                app_id: grant.app.id.clone(),
                app: grant.app.name.clone(),
                publisher: grant.app.publisher.clone(),
                verified: grant.app.verified,
                person: grant.person.address.clone(),
                active: active(person.copied(), inactive.as_ref(), directory_lost),
                inactive,
                risk: may.iter().map(|meaning| meaning.risk).max().unwrap_or(Risk::Low),
                may,
                by_assignment: grant.means == GrantMeans::Assignment,
                since: grant.since,
                advice: advice(&grant.app.name, &grant.person.address, held_better_by.as_ref()),
                held_better_by,
            }
        })
        .collect();
    // Whoever consents to an app is assigned to it as well (Microsoft); that is one thing to put right, not two.
    let consents: BTreeSet<(TenantName, String, Address)> =
        grants.iter().filter(|grant| !grant.by_assignment).map(which).collect();
    grants.retain(|grant| !grant.by_assignment || !grant.may.is_empty() || !consents.contains(&which(grant)));
    grants.sort_by(|a, b| {
        let gone = |grant: &GrantReport| grant.active == Some(false);
        (gone(b).cmp(&gone(a))).then(b.risk.cmp(&a.risk)).then_with(|| (&a.app, &a.person).cmp(&(&b.app, &b.person)))
    });
    Grants { grants, unknown: unknown(&holdings.unknown) }
}

/// Whether a person can act; nothing where the directory does not tell.
fn active(person: Option<&Person>, inactive: Option<&Inactive>, directory_lost: bool) -> Option<bool> {
    let is_unclear = person.is_some_and(|person| matches!(person.activity, Activity::Unknown(_)));
    match (inactive, person) {
        (Some(_), _) => Some(false),
        (None, Some(_)) => (!is_unclear).then_some(true),
        (None, None) => (!directory_lost).then_some(true),
    }
}

/// Which person's standing with which app it is.
fn which(grant: &GrantReport) -> (TenantName, String, Address) {
    (grant.tenant.clone(), grant.app_id.clone(), grant.person.clone())
}

pub(crate) fn by_address(directory: &[Person]) -> BTreeMap<&Address, &Person> {
    let with_aliases = directory.iter().flat_map(|person| person.aliases.iter().map(move |alias| (alias, person)));
    // A primary address goes before an alias of somebody else's.
    with_aliases.chain(directory.iter().map(|person| (&person.address, person))).collect()
}

pub(crate) fn unknown(unknown: &[(TenantName, String, Unknown)]) -> Vec<UnknownCheck> {
    let check = |(tenant, what, unknown): &(TenantName, String, Unknown)| UnknownCheck {
        check: None,
        rule: None,
        tenant: tenant.clone(),
        mailbox: None,
        what: what.clone(),
        reason: unknown.reason.clone(),
        kind: unknown.kind,
    };
    unknown.iter().map(check).collect()
}

/// The service mailbox whose `apps` name an app, or something so like it that a person would take them for the same.
/// A mailbox of the same tenant goes before others.
fn holder(app: &str, tenant: &TenantName, wanted: &[WantedMailbox]) -> Option<Address> {
    let plain = |name: &str| name.trim().to_lowercase();
    let app = plain(app);
    let likeness = |name: &str| {
        let name = plain(name);
        let part = |long: &str, short: &str| short.len() >= 4 && long.split_whitespace().any(|word| word == short);
        if name == app {
            1.0
        } else if part(&app, &name) || part(&name, &app) {
            0.95
        } else {
            strsim::jaro_winkler(&name, &app)
        }
    };
    let mut best: Option<(f64, &WantedMailbox)> = None;
    for mailbox in wanted.iter().filter(|mailbox| mailbox.state == State::Active) {
        for name in &mailbox.apps {
            let own = if mailbox.tenant == *tenant { 0.001 } else { 0.0 };
            let score = likeness(name) + own;
            if score >= ALIKE && best.is_none_or(|(highest, _)| score > highest) {
                best = Some((score, mailbox));
            }
        }
    }
    best.map(|(_, mailbox)| mailbox.address.clone())
}

fn advice(app: &str, person: &Address, holder: Option<&Address>) -> String {
    match holder {
        Some(mailbox) => format!("connect {app} again as {mailbox}, then take back the grant of {person}"),
        None => format!(
            "if the organisation relies on {app}, name it under `apps` of a service mailbox and connect it again as that"
        ),
    }
}
