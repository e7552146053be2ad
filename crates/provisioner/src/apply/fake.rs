//! A tenant in memory, for tests: it keeps its word, and breaks it where a test says so.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;
use tripod_model::{Address, Kind, Provider};
use tripod_tenant::{
    Acceptance, Change, Clock as _, Configure, Done, ErrorKind, Form, Grant, Inactive, MailboxId, MailboxQuery,
    MailboxRef, NewMailbox, Observed, ObservedDelegate, ObservedMailbox, Obstacle, Person, Principal, Revoke, Rights,
    Setting, TenantError, TenantReader, TenantWriter, Unknown, VirtualClock, Written,
};

use crate::samples::person;

pub(crate) struct FakeTenant {
    state: Mutex<State>,
}

/// What happens at a tenant right after a call.
pub(crate) type Then = Box<dyn FnOnce(&mut State) + Send>;

#[derive(Default)]
pub(crate) struct State {
    pub(crate) mailboxes: BTreeMap<Address, ObservedMailbox>,
    pub(crate) people: BTreeMap<Address, Person>,
    /// What was carried out, in order.
    pub(crate) calls: Vec<String>,
    /// The calls that fail, as they would stand in `calls`.
    pub(crate) failing: BTreeSet<String>,
    /// The calls that fail once.
    pub(crate) failing_once: BTreeSet<String>,
    /// What happens right after a call, by the call as it would stand in `calls`.
    pub(crate) after: BTreeMap<String, Then>,
    /// How long new mailboxes are waited for.
    pub(crate) ready_after: Option<(Arc<VirtualClock>, std::time::Duration)>,
    /// Whose rights reads show in part only, and how often yet.
    pub(crate) late: Option<(Address, usize)>,
    /// The calls whose reply is lost: they are carried out, and nobody is told so.
    pub(crate) lost: BTreeSet<String>,
    /// Whether nothing is said of what came of a create, as by an adapter with a defect.
    pub(crate) silent: bool,
    /// For each create whether an earlier attempt was known of.
    pub(crate) attempted_before: Vec<bool>,
    /// What stands in the way of mailboxes being made.
    pub(crate) obstacles: Vec<Obstacle>,
    /// After how many calls the process dies: from then on nothing answers.
    pub(crate) dies_after: Option<usize>,
    /// Whether the last call before death is carried out.
    pub(crate) last_call_counts: bool,
    /// Mailboxes that no read shows.
    pub(crate) invisible: BTreeSet<Address>,
    /// Whether no read is answered.
    pub(crate) unreadable: bool,
    /// The journal that has to know of every call before it is made.
    pub(crate) journal: Option<std::path::PathBuf>,
    next_id: u32,
}

impl FakeTenant {
    pub(crate) fn with_people(addresses: &[&str]) -> Arc<Self> {
        let people = addresses.iter().map(|address| person(address)).map(|who| (who.address.clone(), who)).collect();
        Arc::new(Self { state: Mutex::new(State { people, ..State::default() }) })
    }

    /// With an id of the request, as some providers give it.
    fn numbered<T>(value: T) -> Written<T> {
        Written { value, request_id: Some("r-2".to_owned()) }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(crate) fn calls(&self) -> Vec<String> {
        self.state().calls.clone()
    }

    pub(crate) fn leaves(&self, address: &str) {
        let address: Address = address.parse().unwrap();
        self.state().people.get_mut(&address).unwrap().activity = Inactive::Disabled.into();
    }

    /// One call: the intent has to be on disk, death comes when it comes, and failures are as told.
    async fn call<T>(
        &self,
        words: String,
        mailbox: &Address,
        act: impl FnOnce(&mut State) -> T,
    ) -> Result<T, TenantError> {
        tokio::task::yield_now().await;
        let dead = {
            let mut state = self.state();
            if let Some(path) = &state.journal {
                let open: i64 = rusqlite::Connection::open(path)
                    .unwrap()
                    .query_row(
                        "SELECT count(*) FROM steps WHERE mailbox = ?1 AND outcome IS NULL",
                        [mailbox.as_str()],
                        |row| row.get(0),
                    )
                    .unwrap();
                assert!(open > 0, "{words}: the journal does not know of it");
            }
            let dead = state.dies_after == Some(state.calls.len());
            if !dead {
                state.calls.push(words.clone());
                if state.failing.contains(&words) || state.failing_once.remove(&words) {
                    return Err(TenantError::new(ErrorKind::Denied, words, "no").request_id(Some("r-1".to_owned())));
                }
                if state.lost.remove(&words) {
                    act(&mut state);
                    return Err(TenantError::new(ErrorKind::Unavailable, words, "the connection was cut"));
                }
                let value = act(&mut state);
                if let Some(then) = state.after.remove(&words) {
                    then(&mut state);
                }
                return Ok(value);
            }
            if state.last_call_counts {
                state.last_call_counts = false;
                state.calls.push(words);
                state.dies_after = Some(state.calls.len());
                act(&mut state);
            }
            dead
        };
        if dead {
            std::future::pending::<()>().await;
        }
        unreachable!("a dead process goes no further")
    }
}

fn settings(kind: Kind, on: bool) -> BTreeMap<Setting, Observed<bool>> {
    let required = Setting::required(Provider::Microsoft365, kind, tripod_model::SignIn::Blocked);
    required.iter().map(|setting| (*setting, Observed::Present(on))).collect()
}

#[async_trait]
impl TenantReader for FakeTenant {
    fn provider(&self) -> Provider {
        Provider::Microsoft365
    }

    async fn mailboxes(&self, queries: &[MailboxQuery]) -> Vec<Observed<ObservedMailbox>> {
        let mut state = self.state();
        let late = state.late.take().filter(|(_, times)| *times > 0);
        let look = |query: &MailboxQuery| {
            if state.unreadable {
                return Observed::Unknown(Unknown { kind: ErrorKind::Unavailable, reason: "503".to_owned() });
            }
            let visible = !state.invisible.contains(&query.address);
            let found = state.mailboxes.get(&query.address).filter(|_| visible);
            let mut found = found.cloned();
            if let (Some(found), Some((who, _))) = (&mut found, &late)
                && let Observed::Present(list) = &mut found.delegates
            {
                let own = list.iter_mut().filter(|delegate| delegate.who.address() == Some(who));
                own.for_each(|delegate| delegate.rights.act = false);
            }
            found.map_or(Observed::Absent, Observed::Present)
        };
        let found = queries.iter().map(look).collect();
        state.late = late.map(|(who, times)| (who, times - 1));
        found
    }

    async fn people(&self, addresses: &[Address]) -> Vec<Observed<Person>> {
        let state = self.state();
        let look = |address: &Address| match state.people.get(address) {
            _ if state.unreadable => {
                Observed::Unknown(Unknown { kind: ErrorKind::Unavailable, reason: "503".to_owned() })
            }
            Some(person) => Observed::Present(person.clone()),
            None => Observed::Absent,
        };
        addresses.iter().map(look).collect()
    }

    async fn directory(&self) -> Result<Vec<Person>, TenantError> {
        Ok(self.state().people.values().cloned().collect())
    }

    async fn service_mailboxes(&self) -> Result<Vec<ObservedMailbox>, TenantError> {
        Ok(self.state().mailboxes.values().cloned().collect())
    }

    async fn readiness(&self, _wanted: &[MailboxQuery]) -> Vec<Obstacle> {
        self.state().obstacles.clone()
    }
}

#[async_trait]
impl TenantWriter for FakeTenant {
    async fn create(&self, wanted: &[NewMailbox], done: &Done<'_, MailboxId>) {
        for (index, new) in wanted.iter().enumerate() {
            let result = self
                .call(format!("create {}", new.address), &new.address, |state| {
                    state.attempted_before.push(new.attempted_before);
                    if let Some(there) = state.mailboxes.get(&new.address) {
                        assert!(new.attempted_before, "{} would be created twice", new.address);
                        return there.id.clone();
                    }
                    state.next_id += 1;
                    // A group has an owner from the start, who becomes a member later.
                    let owner = new.first_owner.as_ref().filter(|_| new.kind == Kind::GroupInbox);
                    let owner = owner.map(|owner| ObservedDelegate {
                        who: Principal::Account { id: Some(owner.id.clone()), address: owner.address.clone() },
                        rights: Rights { read: false, act: true },
                        acceptance: Acceptance::Accepted,
                    });
                    let id = MailboxId(format!("id-{}", state.next_id));
                    let mailbox = ObservedMailbox {
                        id: id.clone(),
                        address: new.address.clone(),
                        aliases: Vec::new(),
                        name: new.name.clone(),
                        form: match new.kind {
                            Kind::SharedMailbox => Form::SharedMailbox,
                            Kind::GroupInbox => Form::GroupInbox,
                        },
                        delegates: Observed::Present(owner.into_iter().collect()),
                        settings: settings(new.kind, false),
                        states: tripod_tenant::MailboxState::ALL
                            .into_iter()
                            .map(|state| (state, Observed::Absent))
                            .collect(),
                        delegation: Observed::Absent,
                    };
                    state.mailboxes.insert(new.address.clone(), mailbox);
                    id
                })
                .await;
            if !self.state().silent {
                done(index, result.map(Self::numbered));
            }
        }
    }

    async fn wait_until_ready(&self, mailboxes: &[MailboxRef], done: &Done<'_, ()>) {
        for (index, mailbox) in mailboxes.iter().enumerate() {
            self.state().invisible.remove(&mailbox.address);
            let ready_after = self.state().ready_after.take();
            if let Some((clock, time)) = ready_after {
                clock.sleep(time).await;
            }
            done(index, Ok(().into()));
        }
    }

    async fn configure(&self, changes: &[Configure], done: &Done<'_, ()>) {
        for (index, item) in changes.iter().enumerate() {
            let address = &item.mailbox.address;
            let result = self
                .call(format!("configure {address}"), address, |state| {
                    let mailbox = state.mailboxes.get_mut(address).unwrap();
                    for change in &item.changes {
                        match change {
                            Change::TurnOn(setting) => {
                                mailbox.settings.insert(*setting, Observed::Present(true));
                            }
                            Change::Rename(name) => mailbox.name.clone_from(name),
                            Change::Mark => mailbox.form = Form::SharedMailbox,
                        }
                    }
                })
                .await;
            done(index, result.map(Self::numbered));
        }
    }

    async fn grant(&self, grants: &[Grant], done: &Done<'_, ()>) {
        for (index, item) in grants.iter().enumerate() {
            let address = &item.mailbox.address;
            let words = format!("grant {address} {}", item.person.address);
            let result = self
                .call(words, address, |state| {
                    let who =
                        Principal::Account { id: Some(item.person.id.clone()), address: item.person.address.clone() };
                    delegates(state, address, |list| {
                        list.retain(|delegate| delegate.who != who);
                        list.push(ObservedDelegate { who, rights: Rights::FULL, acceptance: Acceptance::Accepted });
                    });
                })
                .await;
            done(index, result.map(Self::numbered));
        }
    }

    async fn revoke(&self, revokes: &[Revoke], done: &Done<'_, ()>) {
        for (index, item) in revokes.iter().enumerate() {
            let address = &item.mailbox.address;
            let result = self
                .call(format!("revoke {address} {}", item.who.label()), address, |state| {
                    delegates(state, address, |list| list.retain(|delegate| delegate.who.label() != item.who.label()));
                })
                .await;
            done(index, result.map(Self::numbered));
        }
    }

    async fn retire(&self, mailboxes: &[MailboxRef], done: &Done<'_, ()>) {
        for (index, mailbox) in mailboxes.iter().enumerate() {
            let address = &mailbox.address;
            let result = self
                .call(format!("retire {address}"), address, |state| {
                    state.mailboxes.remove(address);
                })
                .await;
            done(index, result.map(Self::numbered));
        }
    }
}

fn delegates(state: &mut State, mailbox: &Address, change: impl FnOnce(&mut Vec<ObservedDelegate>)) {
    if let Observed::Present(list) = &mut state.mailboxes.get_mut(mailbox).unwrap().delegates {
        change(list);
    }
}
