use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use tripod_model::{Address, Kind, TenantName, WantedMailbox};
use tripod_tenant::{Clock as _, ErrorKind, Observed, TenantReader, VirtualClock, observe};

use super::fake::FakeTenant;
use super::*;
use crate::plan::Planned;
use crate::samples::{address, delegate, mailbox, now, options, person, tenant, wanted};

pub(super) const BOX: &str = "backups@contoso.test";
const OTHER: &str = "desk@contoso.test";
pub(super) const ANA: &str = "ana@contoso.test";
pub(super) const BO: &str = "bo@contoso.test";
pub(super) const CY: &str = "cy@contoso.test";
pub(super) const DI: &str = "di@contoso.test";

/// A workspace with tenants in memory.
pub(super) struct Bench {
    folder: tempfile::TempDir,
    readers: Readers,
    writers: Writers,
    pub(super) clock: Arc<VirtualClock>,
    heard: Heard,
}

#[derive(Default)]
struct Heard(Mutex<Vec<String>>);

impl Progress for Heard {
    fn tell(&self, event: &Event<'_>) {
        if let Event::MailboxFinished { mailbox, state, .. } = event {
            self.0.lock().unwrap().push(format!("{mailbox} {state:?}"));
        }
    }
}

impl Bench {
    pub(super) fn with(tenants: &[(TenantName, &Arc<FakeTenant>)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut bench = Self {
            folder,
            readers: Readers::new(),
            writers: Writers::new(),
            clock: Arc::new(VirtualClock::starting_at(now())),
            heard: Heard::default(),
        };
        for (name, fake) in tenants {
            fake.state().journal = Some(bench.journal_path());
            let (reader, writer): (Arc<dyn TenantReader>, Arc<dyn TenantWriter>) =
                (Arc::<FakeTenant>::clone(fake), Arc::<FakeTenant>::clone(fake));
            bench.readers.insert(name.clone(), reader);
            bench.writers.insert(name.clone(), writer);
        }
        bench
    }

    pub(super) fn journal_path(&self) -> std::path::PathBuf {
        self.folder.path().join("journal.db")
    }

    pub(super) fn journal(&self) -> Journal {
        Journal::open(&self.journal_path()).unwrap()
    }

    pub(super) async fn look(&self, wanted: &[WantedMailbox]) -> Observation {
        observe(&self.readers, wanted, &self.journal().ids().unwrap()).await
    }

    pub(super) async fn plan(&self, wanted: &[WantedMailbox]) -> Planned {
        crate::plan::plan(wanted, &self.look(wanted).await, &Policy::default(), self.clock.now(), &options())
    }

    pub(super) async fn apply(&self, plan: &Plan) -> Result<ApplyReport, ApplyError> {
        let fresh = self.look(&plan.wanted()).await;
        self.apply_on(plan, &fresh).await
    }

    pub(super) async fn apply_on(&self, plan: &Plan, fresh: &Observation) -> Result<ApplyReport, ApplyError> {
        let allow_removals = plan.options().allow_removals;
        self.apply_by(plan, fresh, &Policy::default(), allow_removals).await
    }

    pub(super) async fn apply_by(
        &self,
        plan: &Plan,
        fresh: &Observation,
        policy: &Policy,
        allow_removals: Option<usize>,
    ) -> Result<ApplyReport, ApplyError> {
        let journal = self.journal();
        let site = Site {
            readers: &self.readers,
            writers: &self.writers,
            journal: &journal,
            clock: self.clock.as_ref(),
            policy,
            allow_removals,
            origin: Origin::Document,
            progress: &self.heard,
            passwords: &NoPasswords,
            by: "a test",
            confirm_for: CONFIRM_FOR,
        };
        apply(plan, fresh, &site).await
    }

    /// Runs a plan until a tenant stops answering, and drops the run there, as a kill would.
    pub(super) fn apply_until_death(&self, plan: &Plan) {
        let mut run = std::pin::pin!(self.apply(plan));
        let mut context = Context::from_waker(Waker::noop());
        // Every wait of the fakes is a yield, so a run that is not over after so many turns has died.
        for _ in 0..10_000 {
            if let Poll::Ready(result) = run.as_mut().poll(&mut context) {
                panic!("the run ended: {result:?}");
            }
        }
    }
}

pub(super) fn everybody() -> Arc<FakeTenant> {
    FakeTenant::with_people(&[ANA, BO, CY, DI])
}

pub(super) fn stands(fake: &FakeTenant, delegates: &[&str]) {
    fake.state().mailboxes.insert(address(BOX), mailbox(BOX, delegates));
}

pub(super) fn has_access(fake: &FakeTenant, mailbox: &str) -> Vec<String> {
    let state = fake.state();
    let Observed::Present(list) = &state.mailboxes[&address(mailbox)].delegates else { panic!("unknown") };
    list.iter().map(|delegate| delegate.who.label().to_owned()).collect()
}

#[tokio::test]
async fn a_new_mailbox_goes_through_every_phase_and_is_read_back() {
    let fake = everybody();
    let bench = Bench::with(&[(tenant(), &fake)]);
    let wanted = [wanted(BOX, &[ANA, BO, CY])];
    let plan = bench.plan(&wanted).await.plan;
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(report.mailboxes[0].active_delegates, Some(3));
    assert!(report.mailboxes[0].steps.iter().all(|step| step.state == StepState::Confirmed));
    assert_eq!(
        fake.calls(),
        [
            "create backups@contoso.test",
            "configure backups@contoso.test",
            "grant backups@contoso.test ana@contoso.test",
            "grant backups@contoso.test bo@contoso.test",
            "grant backups@contoso.test cy@contoso.test",
        ]
    );
    assert_eq!(*bench.heard.0.lock().unwrap(), ["backups@contoso.test Done"]);
    assert!(bench.plan(&wanted).await.plan.is_empty());
    let again = bench.apply(&plan).await.unwrap();
    assert_eq!(again.outcome, Outcome::Done);
    assert!(again.mailboxes[0].steps.iter().all(|step| step.state == StepState::AlreadySo));
    assert_eq!(fake.calls().len(), 5);
}

#[tokio::test]
async fn a_failed_grant_prevents_the_revoke_of_its_mailbox_only() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    fake.state().mailboxes.insert(address(OTHER), mailbox(OTHER, &[ANA, BO, CY]));
    fake.state().failing.insert(format!("grant {BOX} {DI}"));
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, DI]), wanted(OTHER, &[ANA, BO, DI])]).await.plan;
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(report.outcome, Outcome::SetUp);
    assert_eq!(has_access(&fake, BOX), [ANA, BO, CY]);
    assert_eq!(has_access(&fake, OTHER), [ANA, BO, DI]);
    let (_, _, failure) = report.failures().next().unwrap();
    assert_eq!(failure.request_id.as_deref(), Some("r-1"));
    let reason = "2 active delegates are left after the access of cy@contoso.test ends, fewer than 3".to_owned();
    assert_eq!(report.mailboxes[0].steps[1].state, StepState::HeldBack { reason });
    assert_eq!(report.mailboxes[1].state, MailboxState::Done);
}

#[test]
fn a_run_that_died_after_any_call_is_completed_by_the_next_without_doing_anything_twice() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // A mailbox and a group are created, one gets a new delegate in the place of an old one: 12 calls.
    let group = WantedMailbox { kind: Kind::GroupInbox, ..wanted("a@contoso.test", &[ANA, BO, CY]) };
    let wanted = [wanted(OTHER, &[ANA, BO, CY]), group, wanted(BOX, &[ANA, BO, DI])];
    for dies_after in 0..12 {
        for last_call_counts in [false, true] {
            for same_plan in [false, true] {
                let fake = everybody();
                stands(&fake, &[ANA, BO, CY]);
                let bench = Bench::with(&[(tenant(), &fake)]);
                let plan = runtime.block_on(bench.plan(&wanted)).plan;
                fake.state().dies_after = Some(dies_after);
                fake.state().last_call_counts = last_call_counts;
                bench.apply_until_death(&plan);
                fake.state().dies_after = None;

                let context = format!("{dies_after} {last_call_counts} {same_plan}");
                let plan = if same_plan { plan } else { runtime.block_on(bench.plan(&wanted)).plan };
                let report = runtime.block_on(bench.apply(&plan)).unwrap();
                assert_eq!(report.outcome, Outcome::Done, "{context}: {report:?}");
                assert!(runtime.block_on(bench.plan(&wanted)).plan.is_empty(), "{context}");
                assert_eq!(has_access(&fake, BOX), [ANA, BO, DI], "{context}");
                let calls = fake.calls();
                let grants: Vec<_> = calls.iter().filter(|call| call.starts_with("grant")).collect();
                assert_eq!(grants.len(), grants.iter().collect::<BTreeSet<_>>().len(), "{context}: {calls:?}");
            }
        }
    }
}

#[test]
fn a_mailbox_that_was_created_and_is_not_yet_shown_is_waited_for() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let fake = everybody();
    let bench = Bench::with(&[(tenant(), &fake)]);
    let wanted = [wanted(BOX, &[ANA, BO, CY])];
    let plan = runtime.block_on(bench.plan(&wanted)).plan;
    fake.state().dies_after = Some(1);
    bench.apply_until_death(&plan);
    fake.state().dies_after = None;
    fake.state().invisible.insert(address(BOX));

    let again = runtime.block_on(bench.plan(&wanted)).plan;
    let report = runtime.block_on(bench.apply(&again)).unwrap();
    assert_eq!(report.outcome, Outcome::Done);
    assert_eq!(fake.calls().iter().filter(|call| call.starts_with("create")).count(), 1);
}

#[tokio::test]
async fn a_mailbox_that_somebody_deleted_for_good_is_created_anew() {
    let fake = everybody();
    let bench = Bench::with(&[(tenant(), &fake)]);
    let wanted = [wanted(BOX, &[ANA, BO, CY])];
    let first = bench.plan(&wanted).await.plan;
    assert_eq!(bench.apply(&first).await.unwrap().outcome, Outcome::Done);
    fake.state().mailboxes.clear();
    bench.clock.sleep(Duration::from_secs(1)).await;
    let second = bench.plan(&wanted).await.plan;
    assert_eq!(bench.apply(&second).await.unwrap().outcome, Outcome::Done);
    assert_eq!(has_access(&fake, BOX), [ANA, BO, CY]);
}

#[tokio::test]
async fn the_second_tenant_goes_on_when_the_first_is_down() {
    let (here, there) = (everybody(), FakeTenant::with_people(&["x@example.test", "y@example.test", "z@example.test"]));
    let example = TenantName("example".to_owned());
    let mut bench = Bench::with(&[(tenant(), &here), (example.clone(), &there)]);
    let mut foreign = wanted("desk@example.test", &["x@example.test", "y@example.test", "z@example.test"]);
    foreign.tenant = example.clone();
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY]), foreign]).await.plan;

    here.state().unreadable = true;
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(report.outcome, Outcome::Unavailable);
    assert_eq!(here.calls(), [""; 0]);
    assert_eq!(has_access(&there, "desk@example.test").len(), 3);

    here.state().unreadable = false;
    bench.writers.remove(&tenant());
    let report = bench.apply(&plan).await.unwrap();
    assert_eq!(report.outcome, Outcome::SetUp);
    bench.writers.insert(tenant(), Arc::<FakeTenant>::clone(&here));
    assert_eq!(bench.apply(&plan).await.unwrap().outcome, Outcome::Done);
}

async fn refused(change: impl FnOnce(&FakeTenant)) -> Vec<String> {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, DI])]).await.plan;
    change(&fake);
    let calls = fake.calls().len();
    let Err(ApplyError::Outdated { difference }) = bench.apply(&plan).await else { panic!("it was carried out") };
    assert_eq!(fake.calls().len(), calls);
    difference
}

#[tokio::test]
async fn a_plan_that_no_longer_fits_is_refused_with_the_difference() {
    assert_eq!(
        refused(|fake| stands(fake, &[ANA, BO])).await,
        ["backups@contoso.test: cy@contoso.test was removed by somebody else since the plan was made"]
    );
    assert_eq!(
        refused(|fake| stands(fake, &[ANA, BO, CY, DI])).await,
        ["backups@contoso.test: di@contoso.test was given access by somebody else since the plan was made"]
    );
    assert_eq!(
        refused(|fake| fake.leaves(BO)).await,
        ["bo@contoso.test: cannot act since the plan was made: account disabled"]
    );
    assert_eq!(
        refused(|fake| fake.state().mailboxes.clear()).await,
        ["backups@contoso.test: it was deleted by somebody else since the plan was made"]
    );
}

#[tokio::test]
async fn what_a_stranger_changed_between_two_runs_of_a_plan_is_no_work_of_the_first() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    fake.state().failing.insert(format!("revoke {BOX} {CY}"));
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, DI])]).await.plan;
    assert_eq!(bench.apply(&plan).await.unwrap().outcome, Outcome::SetUp);
    let eve = person("eve@contoso.test");
    fake.state().people.insert(eve.address.clone(), eve);
    if let Some(there) = fake.state().mailboxes.get_mut(&address(BOX))
        && let Observed::Present(list) = &mut there.delegates
    {
        list.push(delegate("eve@contoso.test"));
    }
    let Err(ApplyError::Outdated { difference }) = bench.apply(&plan).await else { panic!("it was carried out") };
    assert_eq!(
        difference,
        ["backups@contoso.test: eve@contoso.test was given access by somebody else since the plan was made"]
    );
}

#[tokio::test]
async fn what_does_not_show_in_time_is_said_to_be_unconfirmed() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY, DI])]).await.plan;
    let fresh = bench.look(&plan.wanted()).await;
    fake.state().unreadable = true;
    let report = bench.apply_on(&plan, &fresh).await.unwrap();
    assert_eq!(report.outcome, Outcome::Unconfirmed);
    assert_eq!(report.mailboxes[0].state, MailboxState::Unconfirmed);
    assert_eq!(has_access(&fake, BOX), [ANA, BO, CY, DI]);
}

#[tokio::test]
async fn a_refused_plan_is_not_carried_out() {
    let fake = everybody();
    let boxes: Vec<WantedMailbox> =
        (0..4).map(|number| wanted(&format!("box{number}@contoso.test"), &[ANA, BO, DI])).collect();
    for wanted in &boxes {
        let name: &Address = &wanted.address;
        fake.state().mailboxes.insert(name.clone(), mailbox(name.as_str(), &[ANA, BO, CY]));
    }
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&boxes).await.plan;
    let Err(error) = bench.apply(&plan).await else { panic!("it was carried out") };
    assert_eq!(
        error.to_string(),
        "this plan is refused: would remove 4 of 12 delegates (33 %), more than 25 %; if that is meant, pass \
         --allow-removals 4"
    );
    assert_eq!(fake.calls(), [""; 0]);
}

#[tokio::test]
async fn the_journal_tells_an_auditor_who_did_what_and_what_came_of_it() {
    let fake = everybody();
    stands(&fake, &[ANA, BO, CY]);
    fake.state().failing.insert(format!("grant {BOX} {DI}"));
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY, DI])]).await.plan;
    assert_eq!(bench.apply(&plan).await.unwrap().outcome, Outcome::SetUp);
    assert_eq!(bench.journal().unfinished(plan.digest()).unwrap(), None);
    let row: (String, String, String, String, String) = rusqlite::Connection::open(bench.journal_path())
        .unwrap()
        .query_row(
            "SELECT by, words, steps.outcome, error_kind, request_id FROM steps JOIN runs USING (run)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
        )
        .unwrap();
    let expected = ("a test", "give di@contoso.test access", "refused", "denied", "r-1");
    assert_eq!((row.0.as_str(), row.1.as_str(), row.2.as_str(), row.3.as_str(), row.4.as_str()), expected);
}

#[tokio::test]
async fn the_providers_id_of_a_request_that_succeeded_is_in_the_journal() {
    let fake = everybody();
    let bench = Bench::with(&[(tenant(), &fake)]);
    let plan = bench.plan(&[wanted(BOX, &[ANA, BO, CY])]).await.plan;
    assert_eq!(bench.apply(&plan).await.unwrap().outcome, Outcome::Done);
    let steps = bench.journal().steps(plan.digest()).unwrap();
    assert_eq!(steps.len(), plan.steps().len());
    assert!(steps.values().all(|step| step.request_id.as_deref() == Some("r-2")), "{steps:?}");
}

#[test]
fn a_journal_of_a_newer_program_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 9).unwrap();
    assert!(matches!(Journal::open(&path), Err(JournalError::Version { found: 9, .. })));
}

#[test]
fn kinds_of_failures_decide_the_outcome() {
    let outcome = |kind| Failure::before_the_call(kind, "x").outcome();
    assert_eq!(outcome(ErrorKind::Throttled), Outcome::Unavailable);
    assert_eq!(outcome(ErrorKind::Denied), Outcome::SetUp);
    assert_eq!(outcome(ErrorKind::Conflict), Outcome::Failed);
}
