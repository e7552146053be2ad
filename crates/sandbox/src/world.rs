//! Everything that the sandbox knows: all tenants, the faults, the time and the chance.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tripod_model::{Address, Provider};

use crate::condition::Condition;
use crate::described;
use crate::description::{Description, TenantDescription};
use crate::desks::Desks;
use crate::error::SandboxError;
use crate::fault::{Fault, What};
use crate::google::Google;
use crate::hosts;
use crate::identity::{Access, MicrosoftSandboxCredentials, SandboxPerson};
use crate::microsoft::Microsoft;
use crate::rules::{self, ActiveFault};
use crate::store::{RowChange, Store};
use crate::table::Rows;
use crate::wire::{Moment, Reply, Request};

/// All tenants' state, the faults and the sandbox's time.
///
/// With a file behind it, every method that changes something has saved it when it returns.
#[derive(Debug)]
pub struct World {
    google: Google,
    microsoft: Microsoft,
    desks: Desks,
    tenants: BTreeMap<String, TenantDescription>,
    faults: Vec<ActiveFault>,
    random: fastrand::Rng,
    now: Timestamp,
    /// How far the providers' clocks are ahead of the machine's.
    skew: SignedDuration,
    saved: String,
    store: Option<Store>,
}

/// What becomes of a request.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is answered.
    Reply(Reply),
    /// It was carried out, and the answer gets lost.
    Lost(Reply),
    /// The connection is closed before anything happens.
    Cut,
}

/// What is saved beside the rows.
#[derive(Serialize, Deserialize)]
struct Progress {
    now: Timestamp,
    #[serde(default)]
    skew: SignedDuration,
    random: u64,
    faults: Vec<ActiveFault>,
}

impl World {
    /// A world in memory, as the description has it.
    pub fn new(description: &Description) -> Result<Self, SandboxError> {
        let mut random = fastrand::Rng::with_seed(description.seed);
        let lag = description.lag_seconds;
        let google = Google::new(&of(description, Provider::GoogleWorkspace), lag, description.starts, &mut random)?;
        let microsoft = Microsoft::new(&of(description, Provider::Microsoft365), lag, description.starts);
        Ok(Self {
            google,
            microsoft,
            desks: Desks::default(),
            tenants: without_content(description).tenants,
            faults: description.faults.iter().cloned().map(ActiveFault::new).collect(),
            random,
            now: description.starts,
            skew: SignedDuration::from_secs(description.clock_skew_seconds),
            saved: String::new(),
            store: None,
        })
    }

    /// The world in a file, which is made from the description if it is not there. Later runs go on from the file,
    /// with its time, its faults and their counters, and its chance. The file is held until the world is dropped.
    pub fn open(state: &Path, description: Option<&Description>) -> Result<Self, SandboxError> {
        if description.is_none() && !state.exists() {
            return Err(SandboxError::NoState(state.to_owned()));
        }
        let store = Store::open(state)?;
        let mut world = match (store.fact("description")?, description) {
            (Some(text), _) => {
                let known = serde_json::from_str(&text).map_err(|error| store.damaged(error.to_string()))?;
                Self::load(&store, &known)?
            }
            (None, Some(description)) => Self::new(description)?,
            (None, None) => return Err(SandboxError::NoState(state.to_owned())),
        };
        let fresh = store.fact("description")?.is_none();
        world.store = Some(store);
        if fresh && let Some(description) = description {
            world.save(Some(description))?;
        }
        Ok(world)
    }

    /// The world in a file as [`World::open`] gives it, made from the description in a file if it is not there. A
    /// description that has changed since then is refused, because the world goes on as it is and would not follow it.
    pub fn open_described(state: &Path, file: &str, bytes: Option<&[u8]>) -> Result<Self, SandboxError> {
        let Some(bytes) = bytes else { return Self::open(state, None) };
        let read = || Description::read(file, bytes);
        let mut world = match Self::open(state, None) {
            // A run that was killed while it made the file left one with nothing in it.
            Err(SandboxError::NoState(_)) => Self::open(state, Some(&read()?))?,
            opened => opened?,
        };
        let Some(store) = &world.store else { return Ok(world) };
        let digest = described::digest(bytes);
        if store.fact("file")?.as_ref() == Some(&digest) {
            return Ok(world);
        }
        let now = described::parts(&read()?);
        // A state of an earlier version does not tell what it was made from.
        let before = store.fact("parts")?.and_then(|text| serde_json::from_str(&text).ok());
        let places = before.map_or_else(Vec::new, |before| described::differences(&before, &now));
        if !places.is_empty() {
            return Err(SandboxError::Changed { file: file.to_owned(), places });
        }
        if let Some(store) = &mut world.store {
            store.save(&[], &[("file", digest), ("parts", plain(&now))])?;
        }
        Ok(world)
    }

    fn load(store: &Store, description: &Description) -> Result<Self, SandboxError> {
        // The people are in the rows; what is still needed of the description is what the tenants are.
        let mut world = Self::new(&without_content(description))?;
        {
            let mut tables = world.tables();
            let mut places = std::collections::HashMap::new();
            for (place, (name, table)) in tables.iter_mut().enumerate() {
                table.clear();
                places.insert(name.clone(), place);
            }
            store.rows(|name, key, row| {
                let place = places.get(&name).ok_or_else(|| format!("unknown table {name}"))?;
                tables[*place].1.restore(key, row).map_err(|error| format!("{name}: {error}"))
            })?;
            for (_, table) in &mut tables {
                table.take_changes();
            }
        }
        let text = store.fact("progress")?.ok_or_else(|| store.damaged("no time"))?;
        let progress: Progress = serde_json::from_str(&text).map_err(|error| store.damaged(error.to_string()))?;
        world.now = progress.now;
        world.skew = progress.skew;
        world.random = fastrand::Rng::with_seed(progress.random);
        world.faults = progress.faults;
        world.saved = text;
        Ok(world)
    }

    /// The tenants by name, without who and what is in them.
    pub fn tenants(&self) -> impl Iterator<Item = (&str, &TenantDescription)> {
        self.tenants.iter().map(|(name, tenant)| (name.as_str(), tenant))
    }

    /// Everybody in all tenants.
    #[must_use]
    pub fn people(&self) -> Vec<SandboxPerson> {
        let mut people = self.google.people();
        people.extend(self.microsoft.people());
        people
    }

    /// The active people who read the service mailbox with this address and act for it, by what the stand-ins know and
    /// not by what they tell; nothing where there is no such mailbox.
    #[must_use]
    pub fn stands_on(&self, address: &Address) -> Option<BTreeSet<Address>> {
        self.google.stands_on(address).or_else(|| self.microsoft.stands_on(address, self.now))
    }

    /// Disables somebody's account, as when they leave: suspended at Google, `accountEnabled` false at Microsoft.
    pub fn leave(&mut self, address: &Address) -> Result<SandboxPerson, SandboxError> {
        self.set_enabled(address, false)
    }

    /// Undoes [`World::leave`].
    pub fn return_to_work(&mut self, address: &Address) -> Result<SandboxPerson, SandboxError> {
        self.set_enabled(address, true)
    }

    /// Changes an account, a mailbox or a group by hand, as an administrator or the passing of time would.
    pub fn set(&mut self, address: &Address, condition: &Condition) -> Result<(), SandboxError> {
        let refused = |problem| SandboxError::NotApplicable { address: address.clone(), problem };
        let done = self.google.set(address, condition, self.now).map_err(refused)?
            || self.microsoft.set(address, condition, self.now).map_err(refused)?;
        if !done {
            let suggestion = nearest(address, &self.people());
            return Err(SandboxError::Nobody { address: address.clone(), suggestion });
        }
        self.save(None)
    }

    /// Lets so much of the sandbox's time pass at once. The clock of a sandbox that is being served follows.
    pub fn advance(&mut self, by: Duration) -> Result<(), SandboxError> {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.now = self.now.saturating_add(by).unwrap_or(Timestamp::MAX);
        self.save(None)
    }

    fn set_enabled(&mut self, address: &Address, enabled: bool) -> Result<SandboxPerson, SandboxError> {
        let people = self.people();
        // Service mailboxes have accounts, too, but nobody who could leave. Who is meant is looked for only if there is
        // nobody: comparing with everybody takes its time.
        let nobody = |people: &[SandboxPerson]| SandboxError::Nobody {
            address: address.clone(),
            suggestion: nearest(address, people),
        };
        let Some(known) = people.iter().find(|person| person.address == *address) else {
            return Err(nobody(&people));
        };
        match known.provider {
            Provider::GoogleWorkspace => self.google.set_enabled(address, enabled, self.now),
            Provider::Microsoft365 => self.microsoft.set_enabled(address, enabled),
        };
        self.save(None)?;
        let people = self.people();
        let now = people.iter().find(|person| person.address == *address).cloned();
        now.ok_or_else(|| nobody(&people))
    }

    /// The faults that are set, without those that have spent themselves.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let live = |active: &&ActiveFault| active.fault.times.is_none_or(|times| active.done < times);
        self.faults.iter().filter(live).map(|active| active.fault.clone()).collect()
    }

    /// Sets one more fault.
    pub fn add_fault(&mut self, fault: Fault) -> Result<(), SandboxError> {
        self.faults.push(ActiveFault::new(fault));
        self.save(None)
    }

    /// Takes all faults away.
    pub fn clear_faults(&mut self) -> Result<(), SandboxError> {
        self.faults.clear();
        self.save(None)
    }

    /// The key, as JSON, of a tenant's service account; the tenant by one of its domains, its customer id or its name.
    #[must_use]
    pub fn google_key(&self, tenant: &str, access: Access) -> Option<String> {
        self.google.key(tenant, access, "https://oauth2.googleapis.com/token")
    }

    pub(crate) fn google_key_for(&self, tenant: &str, access: Access, token_uri: &str) -> Option<String> {
        self.google.key(tenant, access, token_uri)
    }

    /// The file, as JSON, of the app that people of a Google tenant sign in to in the browser; the tenant as for
    /// [`World::google_key`].
    #[must_use]
    pub fn google_client(&self, tenant: &str) -> Option<String> {
        let auth = "https://accounts.google.com/o/oauth2/v2/auth";
        self.google.client(tenant, auth, "https://oauth2.googleapis.com/token")
    }

    pub(crate) fn google_client_for(&self, tenant: &str, auth_uri: &str, token_uri: &str) -> Option<String> {
        self.google.client(tenant, auth_uri, token_uri)
    }

    /// A token of the identity provider outside for a workload with this subject, good for ten minutes; nothing where
    /// the tenant's description has no federation.
    #[must_use]
    pub fn google_subject_token(&self, tenant: &str, subject: &str) -> Option<String> {
        self.google.subject_token(tenant, subject, self.wall())
    }

    /// Puts the providers' clocks so far ahead of the machine's, or behind it.
    pub fn set_clock_skew(&mut self, skew: SignedDuration) -> Result<(), SandboxError> {
        self.skew = skew;
        self.save(None)
    }

    /// The time on the providers' clocks that tokens are held against.
    fn wall(&self) -> Timestamp {
        Timestamp::now().saturating_add(self.skew).unwrap_or(Timestamp::MAX)
    }

    /// What a client signs in with at a Microsoft tenant.
    #[must_use]
    pub fn microsoft_credentials(&self, tenant_id: &str, access: Access) -> Option<MicrosoftSandboxCredentials> {
        self.microsoft.credentials(tenant_id, access)
    }

    /// What a machine of a Microsoft tenant's in App Service has as `IDENTITY_HEADER`; nothing where the description
    /// gives its machines no identity.
    #[must_use]
    pub fn microsoft_identity_header(&self, tenant_id: &str) -> Option<String> {
        self.microsoft.identity_header(tenant_id)
    }

    /// A token of another issuer that an app registration of a Microsoft tenant trusts, good for ten minutes: of the
    /// first federated credential that is described for it. Where none is, one that is not trusted.
    #[must_use]
    pub fn microsoft_foreign_token(&self, tenant_id: &str, access: Access) -> Option<String> {
        self.microsoft.foreign_token(tenant_id, access, self.wall())
    }

    /// The sandbox's time as it was last known.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn set_now(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    /// Carries out a request and saves what it changed, before anybody can learn of it.
    pub(crate) fn handle(&mut self, request: &Request, root: String) -> Result<Outcome, SandboxError> {
        let google = hosts::is_google(&request.host);
        let desk = hosts::is_desk(&request.host);
        let struck = rules::strike(&mut self.faults, request, &mut self.random);
        let mut moment = Moment { now: self.now, wall: self.wall(), random: &mut self.random, root };
        let trouble = struck.and_then(|what| match what {
            what if desk => Desks::trouble(what, request, &mut moment),
            what if google => crate::google::trouble(what, request, &mut moment),
            what => Microsoft::trouble(what, request, &mut moment),
        });
        let outcome = match (trouble, struck) {
            (Some(reply), _) => Outcome::Reply(reply),
            (None, Some(What::Cut)) => Outcome::Cut,
            (None, _) => {
                let faults = &mut self.faults;
                // A batch's calls can go wrong one by one.
                let mut inside = |inner: &Request, moment: &mut Moment| rules::strike(faults, inner, moment.random);
                let reply = if desk {
                    self.desks.answer(request, &mut moment)
                } else if google {
                    self.google.answer_with(request, &mut moment, &mut inside)
                } else {
                    self.microsoft.answer_with(request, &mut moment, &mut inside)
                };
                if struck.is_some() { Outcome::Lost(reply) } else { Outcome::Reply(reply) }
            }
        };
        self.save(None)?;
        Ok(dated(outcome, self.skew))
    }

    fn tables(&mut self) -> Vec<(String, &mut dyn Rows)> {
        let mut tables = self.google.tables();
        tables.extend(self.microsoft.tables());
        tables.extend(self.desks.tables());
        tables
    }

    /// Saves what changed since the last time.
    pub(crate) fn save(&mut self, description: Option<&Description>) -> Result<(), SandboxError> {
        if self.store.is_none() {
            return Ok(());
        }
        let mut changes: Vec<RowChange> = Vec::new();
        for (name, table) in self.tables() {
            changes.extend(table.take_changes().into_iter().map(|(key, row)| (name.clone(), key, row)));
        }
        let progress =
            Progress { now: self.now, skew: self.skew, random: self.random.get_seed(), faults: self.faults.clone() };
        let text = plain(&progress);
        let mut facts = Vec::new();
        if text != self.saved {
            facts.push(("progress", text.clone()));
        }
        if let Some(description) = description {
            facts.push(("description", plain(&without_content(description))));
            facts.push(("parts", plain(&described::parts(description))));
        }
        if changes.is_empty() && facts.is_empty() {
            return Ok(());
        }
        if let Some(store) = &mut self.store {
            store.save(&changes, &facts)?;
        }
        self.saved = text;
        Ok(())
    }
}

/// JSON of this crate's own plain types, which always have one.
fn plain(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// The providers' clocks are seen in the `Date` of their replies; HTTP's own is right where they are.
fn dated(outcome: Outcome, skew: SignedDuration) -> Outcome {
    match outcome {
        Outcome::Reply(reply) if !skew.is_zero() => {
            let wall = Timestamp::now().saturating_add(skew).unwrap_or(Timestamp::MAX);
            let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&wall);
            Outcome::Reply(match date {
                Ok(date) => reply.header("date", date),
                Err(_) => reply,
            })
        }
        other => other,
    }
}

fn of(description: &Description, provider: Provider) -> Vec<(String, TenantDescription)> {
    let tenants = description.tenants.iter().filter(|(_, tenant)| tenant.provider == provider);
    tenants.map(|(name, tenant)| (name.clone(), tenant.clone())).collect()
}

/// What the tenants are, without who and what is in them.
fn without_content(description: &Description) -> Description {
    let mut bare = description.clone();
    bare.faults.clear();
    for tenant in bare.tenants.values_mut() {
        tenant.people.retain(|person| tenant.admin.as_ref() == Some(&person.address));
        for person in &mut tenant.people {
            person.manager = None;
        }
        tenant.groups.clear();
        tenant.mailboxes.clear();
        tenant.apps.clear();
    }
    bare
}

fn nearest(address: &Address, people: &[SandboxPerson]) -> Option<Address> {
    let likeness = |person: &SandboxPerson| strsim::jaro_winkler(person.address.as_str(), address.as_str());
    let best = people.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) > 0.85).then(|| best.address.clone())
}
