//! The plan as a document: what it holds of the wanted and the observed, and its way to JSON and back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tripod_model::zone;
use tripod_model::{
    Address, Companion, CredentialDelivery, Kind, Place, SignIn, State, TenantName, WantedDelegate, WantedMailbox,
};
use tripod_tenant::{
    Acceptance, Activity, Form, MailboxId, Observation, ObservedMailbox, Person, PersonId, Principal, Rights, Setting,
};

use super::{Content, Digest, Plan, VERSION, seen};

/// A wanted mailbox without its places, so that moving a line in a file does not make another plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Wanted {
    address: Address,
    tenant: TenantName,
    name: String,
    purpose: String,
    kind: Kind,
    apps: BTreeSet<String>,
    delegates: BTreeSet<Address>,
    sign_in: SignIn,
    credential: Option<CredentialDelivery>,
    adopt: bool,
    state: State,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    also_deletes: BTreeSet<Companion>,
    /// The name of the time zone whose days count.
    #[serde(default = "utc", skip_serializing_if = "is_utc")]
    time_zone: String,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn is_utc(name: &str) -> bool {
    name == "UTC"
}

impl Wanted {
    pub(super) fn of(mailbox: &WantedMailbox) -> Self {
        Self {
            address: mailbox.address.clone(),
            tenant: mailbox.tenant.clone(),
            name: mailbox.name.clone(),
            purpose: mailbox.purpose.clone(),
            kind: mailbox.kind,
            apps: mailbox.apps.iter().cloned().collect(),
            delegates: mailbox.delegates.iter().map(|delegate| delegate.address.clone()).collect(),
            sign_in: mailbox.sign_in,
            credential: mailbox.credential.clone(),
            adopt: mailbox.adopt,
            state: mailbox.state.clone(),
            also_deletes: mailbox.also_deletes.clone(),
            time_zone: zone::name(&mailbox.zone).to_owned(),
        }
    }

    /// Whether this program knows the time zone.
    pub(super) fn has_known_zone(&self) -> bool {
        zone::time_zone(&self.time_zone).is_some()
    }

    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn tenant(&self) -> &TenantName {
        &self.tenant
    }

    pub(super) fn delegates(&self) -> &BTreeSet<Address> {
        &self.delegates
    }

    pub(super) fn to_mailbox(&self) -> WantedMailbox {
        let place = Place { file: "plan.json".to_owned(), line: 1, column: 1 };
        let delegate = |address: &Address| WantedDelegate { address: address.clone(), place: place.clone() };
        WantedMailbox {
            address: self.address.clone(),
            tenant: self.tenant.clone(),
            name: self.name.clone(),
            purpose: self.purpose.clone(),
            kind: self.kind,
            apps: self.apps.iter().cloned().collect(),
            delegates: self.delegates.iter().map(delegate).collect(),
            sign_in: self.sign_in,
            credential: self.credential.clone(),
            adopt: self.adopt,
            state: self.state.clone(),
            also_deletes: self.also_deletes.clone(),
            zone: zone::time_zone(&self.time_zone).unwrap_or(TimeZone::UTC),
            place,
        }
    }
}

/// What was seen of something. Why something is unknown is left out: the words differ from one look to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen<T> {
    /// It is there.
    Present(T),
    /// The tenant said that it is not there.
    Absent,
    /// It could not be read.
    Unknown,
}

impl<T> Seen<T> {
    /// The value, if it is there.
    pub fn present(&self) -> Option<&T> {
        match self {
            Self::Present(value) => Some(value),
            Self::Absent | Self::Unknown => None,
        }
    }
}

/// What a plan was made from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Basis {
    /// What stood under the address of each wanted mailbox.
    pub mailboxes: BTreeMap<Address, Seen<BasisMailbox>>,
    /// Every person who is, or is to be, a delegate.
    pub people: BTreeMap<Address, Seen<BasisPerson>>,
}

/// What a plan needs to know of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BasisMailbox {
    /// The provider's id.
    pub id: MailboxId,
    /// The primary address.
    pub address: Address,
    /// What it is.
    pub form: Form,
    /// The display name.
    pub name: String,
    /// Who has access, in order.
    pub delegates: Seen<BTreeSet<BasisDelegate>>,
    /// The settings that were read.
    pub settings: BTreeMap<Setting, Seen<bool>>,
}

/// What a plan needs to know of somebody with access.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BasisDelegate {
    /// Who.
    pub who: Principal,
    /// What they may do.
    pub rights: Rights,
    /// Whether it is in force.
    pub acceptance: Acceptance,
}

/// What a plan needs to know of a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BasisPerson {
    /// The provider's id.
    pub id: PersonId,
    /// The primary address.
    pub address: Address,
    /// Why the person could not act when the plan was made, in words.
    pub inactive: Option<String>,
}

impl Basis {
    pub(crate) fn of<'a>(
        wanted: impl IntoIterator<Item = &'a WantedMailbox>,
        observed: &Observation,
        now: Timestamp,
    ) -> Self {
        let mut basis = Self::default();
        let mut people = BTreeSet::new();
        for mailbox in wanted {
            people.extend(mailbox.delegates.iter().map(|delegate| delegate.address.clone()));
            let look = observed.mailbox(&mailbox.address);
            let found = look.present().and_then(|found| found.delegates.present());
            let addresses = found.into_iter().flatten().filter_map(|delegate| delegate.who.address().cloned());
            people.extend(addresses);
            basis.mailboxes.insert(mailbox.address.clone(), seen(&look, BasisMailbox::of));
        }
        for address in people {
            let person = seen(&observed.person(&address), |person| BasisPerson {
                id: person.id.clone(),
                address: person.address.clone(),
                inactive: standing(person, now),
            });
            basis.people.insert(address, person);
        }
        basis
    }
}

/// Why a person cannot act, in words; that it is not known is such a reason too.
fn standing(person: &Person, now: Timestamp) -> Option<String> {
    match person.activity_at(now) {
        Activity::Active => None,
        Activity::Inactive(why) => Some(why.to_string()),
        Activity::Unknown(unknown) => Some(format!("not known: {}", unknown.reason)),
    }
}

impl BasisMailbox {
    fn of(mailbox: &ObservedMailbox) -> Self {
        let delegates = seen(&mailbox.delegates, |list| {
            let entry = |delegate: &tripod_tenant::ObservedDelegate| BasisDelegate {
                who: delegate.who.clone(),
                rights: delegate.rights,
                acceptance: delegate.acceptance,
            };
            list.iter().map(entry).collect()
        });
        let settings = mailbox.settings.iter().map(|(setting, value)| (*setting, seen(value, |on| *on))).collect();
        Self {
            id: mailbox.id.clone(),
            address: mailbox.address.clone(),
            form: mailbox.form.clone(),
            name: mailbox.name.clone(),
            delegates,
            settings,
        }
    }
}

/// The document: the content that the digest is taken over, and what stands beside it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Document {
    digest: Digest,
    made: Timestamp,
    plan: Content,
}

/// Why a text is not a plan that can be carried out.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Not JSON, or JSON of another form.
    #[error("this is not a plan of Tripod: {0}")]
    Form(#[from] serde_json::Error),
    /// A plan of another version.
    #[error("this plan has version {found}, and this program reads version {VERSION}; make the plan again")]
    Version {
        /// The version that it has.
        found: u64,
    },
    /// The digest does not match the content.
    #[error(
        "this plan was changed after it was made: its digest says {written}, its content {computed}; make the plan again"
    )]
    Digest {
        /// The digest that stands in the document.
        written: Digest,
        /// The digest of what stands in it.
        computed: Digest,
    },
    /// The digest fits, and what stands in it is nothing that this program writes.
    #[error("this plan was not made by Tripod as it stands: {flaw}; make the plan again")]
    Flaw {
        /// What no plan of this program has, as a sentence without a full stop.
        flaw: String,
    },
}

impl Plan {
    /// The plan as a JSON document, indented, for [`Plan::from_json`].
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let document = Document { digest: self.digest.clone(), made: self.made, plan: self.content.clone() };
        let mut text = serde_json::to_string_pretty(&document)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads a plan from its document, and takes its digest again.
    pub fn from_json(text: &str) -> Result<Self, DocumentError> {
        let value: serde_json::Value = serde_json::from_str(text)?;
        // The version comes first: a plan of another version has another form, and the person wants to know that.
        if let Some(found) = value.pointer("/plan/version").and_then(serde_json::Value::as_u64)
            && found != u64::from(VERSION)
        {
            return Err(DocumentError::Version { found });
        }
        let Document { digest: written, made, plan } = serde_json::from_value(value)?;
        let computed = Digest::of(&plan);
        if computed != written {
            return Err(DocumentError::Digest { written, computed });
        }
        if let Some(flaw) = plan.flaw() {
            return Err(DocumentError::Flaw { flaw });
        }
        Ok(Self { content: plan, digest: computed, made })
    }
}
