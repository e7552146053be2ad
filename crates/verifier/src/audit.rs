//! What the verifier reads beyond who has access, gathered in one go.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::future::join_all;
use tripod_model::{Address, Place, Provider, Settings, State, TenantName, WantedMailbox};
use tripod_tenant::{
    AppGrant, ErrorKind, Form, MailboxFacts, MailboxRef, Observation, Observed, ObservedMailbox, Ownership, Person,
    PersonFacts, PersonRef, Principal, TenantAuditor, Unknown,
};

/// The auditors by tenant.
pub type Auditors = BTreeMap<TenantName, Arc<dyn TenantAuditor>>;

/// What all tenants said beyond who has access. What was not asked for is unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// The facts of every delegate that was found or is wanted, by primary address.
    pub people: BTreeMap<Address, PersonFacts>,
    /// The facts of every wanted mailbox that is there, by the address in the manifest.
    pub mailboxes: BTreeMap<Address, MailboxFacts>,
    /// The people in each group that has access to a mailbox, nested groups expanded.
    pub groups: BTreeMap<Address, Observed<Vec<Address>>>,
    /// Every mailbox that serves as a service mailbox today, by tenant.
    pub estate: BTreeMap<TenantName, Observed<Vec<ObservedMailbox>>>,
    /// The domains of each tenant: those of the manifest's addresses, and by [`Audit::with_settings`] all.
    pub domains: BTreeMap<TenantName, BTreeSet<String>>,
    /// Where each tenant is written, by [`Audit::with_settings`]; findings about the tenant point there.
    pub places: BTreeMap<TenantName, Place>,
    /// Who runs each tenant's mail, by the auditors.
    pub providers: BTreeMap<TenantName, Provider>,
}

impl Audit {
    /// The same audit, with the domains, places and providers of the workspace's tenants.
    #[must_use]
    pub fn with_settings(mut self, settings: &Settings) -> Self {
        for tenant in settings.tenants.values() {
            self.domains.entry(tenant.name.clone()).or_default().extend(tenant.domains.iter().cloned());
            self.places.insert(tenant.name.clone(), tenant.place.clone());
            self.providers.insert(tenant.name.clone(), tenant.provider());
        }
        self
    }

    /// The facts of a person; unknown if they were not asked for.
    #[must_use]
    pub fn person(&self, address: &Address) -> PersonFacts {
        self.people.get(address).cloned().unwrap_or_else(|| PersonFacts::all_unknown(&not_asked()))
    }

    /// The facts of a mailbox; unknown if they were not asked for.
    #[must_use]
    pub fn mailbox(&self, address: &Address) -> MailboxFacts {
        self.mailboxes.get(address).cloned().unwrap_or_else(|| MailboxFacts::all_unknown(&not_asked()))
    }

    /// The people in a group; unknown if they were not asked for.
    #[must_use]
    pub fn group(&self, address: &Address) -> Observed<Vec<Address>> {
        self.groups.get(address).cloned().unwrap_or_else(|| Observed::Unknown(not_asked()))
    }

    /// Every service mailbox of a tenant; unknown if they were not asked for.
    #[must_use]
    pub fn estate(&self, tenant: &TenantName) -> Observed<Vec<ObservedMailbox>> {
        self.estate.get(tenant).cloned().unwrap_or_else(|| Observed::Unknown(not_asked()))
    }

    /// Where a finding about a tenant points to.
    #[must_use]
    pub fn place(&self, tenant: &TenantName) -> Place {
        let whole = || Place { file: "tripod.yaml".to_owned(), line: 1, column: 1 };
        self.places.get(tenant).cloned().unwrap_or_else(whole)
    }
}

fn not_asked() -> Unknown {
    Unknown { kind: ErrorKind::Invalid, reason: "it was not asked for".to_owned() }
}

/// Which questions one tenant is asked.
#[derive(Default)]
struct Questions {
    people: BTreeMap<Address, PersonRef>,
    mailboxes: BTreeMap<Address, MailboxRef>,
    groups: BTreeSet<Address>,
}

/// Reads the facts of everybody and everything in an observation; all tenants side by side.
///
/// A tenant without an auditor, or one that answers for fewer than it was asked, is unknown.
pub async fn gather(auditors: &Auditors, wanted: &[WantedMailbox], observed: &Observation) -> Audit {
    let mut questions: BTreeMap<&TenantName, Questions> =
        auditors.keys().map(|tenant| (tenant, Questions::default())).collect();
    let providers = auditors.iter().map(|(tenant, auditor)| (tenant.clone(), auditor.provider())).collect();
    let mut audit = Audit { providers, ..Audit::default() };
    // Whoever is a delegate in one tenant may have access in another, which knows nothing of them.
    let delegates = |mailbox: &'_ WantedMailbox| -> Vec<(Address, TenantName)> {
        let people =
            mailbox.delegates.iter().filter_map(|delegate| observed.person(&delegate.address).present().cloned());
        people.map(|person| (person.address, mailbox.tenant.clone())).collect()
    };
    let homes: BTreeMap<Address, TenantName> = wanted.iter().flat_map(delegates).collect();
    for mailbox in wanted {
        let domains = audit.domains.entry(mailbox.tenant.clone()).or_default();
        domains.insert(mailbox.address.domain().to_owned());
        ask(questions.entry(&mailbox.tenant).or_default(), mailbox, observed);
    }
    for (tenant, questions) in &mut questions {
        questions.people.retain(|address, _| homes.get(address).is_none_or(|home| home == *tenant));
    }
    let looks = questions.into_iter().map(|(tenant, questions)| async move {
        match auditors.get(tenant) {
            Some(auditor) => look(tenant, auditor.as_ref(), questions).await,
            None => without_auditor(tenant, questions),
        }
    });
    for look in join_all(looks).await {
        audit.people.extend(look.people);
        audit.mailboxes.extend(look.mailboxes);
        audit.groups.extend(look.groups);
        audit.estate.extend(look.estate);
    }
    audit
}

fn ask(questions: &mut Questions, mailbox: &WantedMailbox, observed: &Observation) {
    let person = |address: &Address| match observed.person(address) {
        Observed::Present(person) => Some(person.as_ref()),
        Observed::Absent | Observed::Unknown(_) => None,
    };
    let wanted = mailbox.delegates.iter().filter_map(|delegate| person(&delegate.address));
    questions.people.extend(wanted.map(|person| (person.address.clone(), person)));
    let Observed::Present(found) = observed.mailbox(&mailbox.address) else { return };
    if matches!(mailbox.state, State::Active) && !matches!(found.form, Form::Deleted(_) | Form::Other(_)) {
        let reference = MailboxRef { id: found.id.clone(), address: found.address.clone(), kind: mailbox.kind };
        questions.mailboxes.insert(mailbox.address.clone(), reference);
    }
    for delegate in found.delegates.present().into_iter().flatten() {
        match &delegate.who {
            Principal::Account { address, .. } => {
                questions.people.extend(person(address).map(|person| (person.address.clone(), person)));
            }
            Principal::Group { address } => {
                questions.groups.insert(address.clone());
            }
            Principal::Departed { .. }
            | Principal::Everybody { .. }
            | Principal::Other { .. }
            | Principal::Unclear { .. } => {}
        }
    }
}

async fn look(tenant: &TenantName, auditor: &dyn TenantAuditor, questions: Questions) -> Audit {
    let (person_addresses, people): (Vec<_>, Vec<_>) = questions.people.into_iter().unzip();
    let (mailbox_addresses, mailboxes): (Vec<_>, Vec<_>) = questions.mailboxes.into_iter().unzip();
    let (person_facts, mailbox_facts, estate) = futures::join!(
        async { if people.is_empty() { Vec::new() } else { auditor.person_facts(&people).await } },
        async { if mailboxes.is_empty() { Vec::new() } else { auditor.mailbox_facts(&mailboxes).await } },
        auditor.service_mailboxes(),
    );
    let mut groups = questions.groups;
    for mailbox in estate.as_ref().ok().into_iter().flatten() {
        let delegates = mailbox.delegates.present().into_iter().flatten();
        groups.extend(delegates.filter_map(|delegate| match &delegate.who {
            Principal::Group { address } => Some(address.clone()),
            _ => None,
        }));
    }
    let groups: Vec<_> = groups.into_iter().collect();
    let members = if groups.is_empty() { Vec::new() } else { auditor.group_members(&groups).await };
    Audit {
        people: person_addresses.into_iter().zip(person_facts).collect(),
        mailboxes: mailbox_addresses.into_iter().zip(mailbox_facts).collect(),
        groups: groups.into_iter().zip(members).collect(),
        // Here a missing list is an error like every other: no tenant is without one.
        estate: BTreeMap::from([(
            tenant.clone(),
            estate.map_or_else(|error| Observed::Unknown(error.into()), Observed::Present),
        )]),
        ..Audit::default()
    }
}

fn without_auditor(tenant: &TenantName, questions: Questions) -> Audit {
    let unknown = Unknown { kind: ErrorKind::SetUp, reason: format!("tenant {tenant} could not be connected to") };
    let people = questions.people.into_keys().map(|address| (address, PersonFacts::all_unknown(&unknown)));
    let mailboxes = questions.mailboxes.into_keys().map(|address| (address, MailboxFacts::all_unknown(&unknown)));
    Audit {
        people: people.collect(),
        mailboxes: mailboxes.collect(),
        groups: questions.groups.into_iter().map(|group| (group, Observed::Unknown(unknown.clone()))).collect(),
        estate: BTreeMap::from([(tenant.clone(), Observed::Unknown(unknown.clone()))]),
        ..Audit::default()
    }
}

/// What is unknown where a directory could not be read.
pub(crate) const DIRECTORY: &str = "who is in the directory";

/// What `impact` and `grants` look at beyond the audit, of one tenant or of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Everybody in the directories.
    pub directory: Vec<Person>,
    /// Every grant that a person's own account has given to an app.
    pub grants: Vec<(TenantName, AppGrant)>,
    /// Everything that is owned by people.
    pub ownerships: Vec<(TenantName, Ownership)>,
    /// What could not be read, by tenant; a list that could not be read is not an empty one.
    pub unknown: Vec<(TenantName, String, Unknown)>,
}

/// Reads directories, grants and ownerships of all tenants side by side.
pub async fn holdings(auditors: &Auditors) -> Holdings {
    let looks = auditors.iter().map(|(tenant, auditor)| async move {
        (tenant, futures::join!(auditor.directory(), auditor.grants(), auditor.ownerships()))
    });
    let mut all = Holdings::default();
    for (tenant, (directory, grants, ownerships)) in join_all(looks).await {
        let mut lost = |what: &str, error| all.unknown.push((tenant.clone(), what.to_owned(), Unknown::from(error)));
        match directory {
            Ok(people) => all.directory.extend(people),
            Err(error) => lost(DIRECTORY, error),
        }
        match grants {
            Ok(grants) => all.grants.extend(grants.into_iter().map(|grant| (tenant.clone(), grant))),
            Err(error) => lost("which apps hold a grant", error),
        }
        match ownerships {
            Ok(owned) => all.ownerships.extend(owned.into_iter().map(|owned| (tenant.clone(), owned))),
            Err(error) => lost("who owns applications and groups", error),
        }
    }
    all
}
