//! Gathering: every question is asked once, and what is not answered is unknown.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use tripod_model::{Address, Provider, TenantName, WantedMailbox};
use tripod_tenant::{
    AppGrant, Changes, ErrorKind, MailboxFacts, MailboxQuery, MailboxRef, Observation, Observed, ObservedDelegate,
    ObservedMailbox, Obstacle, Ownership, Person, PersonFacts, PersonRef, Principal, TenantAuditor, TenantError,
    TenantReader,
};

use super::facts::sound_audit;
use super::{BOX, PEOPLE, access, address, delegates, person, sound, wanted};
use crate::{Auditors, gather, holdings};

/// An auditor that answers from fixed facts and remembers what it was asked.
#[derive(Default)]
struct Auditor {
    asked: Mutex<Vec<String>>,
    fails: bool,
}

impl Auditor {
    fn note(&self, line: String) {
        self.asked.lock().expect("one thread").push(line);
    }

    fn answer<T>(&self, value: Vec<T>) -> Result<Vec<T>, TenantError> {
        if self.fails {
            Err(TenantError::new(ErrorKind::Throttled, "read page 2", "too many calls"))
        } else {
            Ok(value)
        }
    }
}

#[async_trait]
impl TenantReader for Auditor {
    fn provider(&self) -> Provider {
        Provider::Microsoft365
    }

    async fn mailboxes(&self, _: &[MailboxQuery]) -> Vec<Observed<ObservedMailbox>> {
        panic!("the observation has them")
    }

    async fn people(&self, _: &[Address]) -> Vec<Observed<Person>> {
        panic!("the observation has them")
    }

    async fn directory(&self) -> Result<Vec<Person>, TenantError> {
        self.answer(vec![person(PEOPLE[0])])
    }

    async fn service_mailboxes(&self) -> Result<Vec<ObservedMailbox>, TenantError> {
        self.note("estate".to_owned());
        let mut observed = sound(&[]);
        delegates(&mut observed).push(ObservedDelegate {
            who: Principal::Group { address: address("other@a.test") },
            ..access("other@a.test")
        });
        self.answer(observed.mailboxes.into_values().filter_map(|found| found.present().cloned()).collect())
    }

    async fn readiness(&self, _: &[MailboxQuery]) -> Vec<Obstacle> {
        Vec::new()
    }
}

#[async_trait]
impl TenantAuditor for Auditor {
    async fn person_facts(&self, people: &[PersonRef]) -> Vec<PersonFacts> {
        self.note(format!("people {}", people.iter().map(|p| p.address.as_str()).collect::<Vec<_>>().join(" ")));
        people.iter().map(|person| sound_audit().person(&person.address)).collect()
    }

    async fn mailbox_facts(&self, mailboxes: &[MailboxRef]) -> Vec<MailboxFacts> {
        self.note(format!("mailboxes {}", mailboxes.len()));
        mailboxes.iter().map(|mailbox| sound_audit().mailbox(&mailbox.address)).collect()
    }

    async fn group_members(&self, groups: &[Address]) -> Vec<Observed<Vec<Address>>> {
        self.note(format!("groups {}", groups.iter().map(Address::as_str).collect::<Vec<_>>().join(" ")));
        // One answer too few: the last group is unknown and not empty.
        groups.iter().skip(1).map(|_| Observed::Present(vec![address(PEOPLE[0])])).collect()
    }

    async fn grants(&self) -> Result<Vec<AppGrant>, TenantError> {
        self.answer(Vec::new())
    }

    async fn ownerships(&self) -> Result<Vec<Ownership>, TenantError> {
        self.answer(Vec::new())
    }

    async fn changes(&self, _: Option<&str>) -> Result<Option<Changes>, TenantError> {
        Ok(None)
    }
}

fn tenant() -> TenantName {
    TenantName("a".to_owned())
}

fn with_group() -> Observation {
    let mut observed = sound(&PEOPLE);
    delegates(&mut observed)
        .push(ObservedDelegate { who: Principal::Group { address: address("it@a.test") }, ..access("it@a.test") });
    observed
}

#[tokio::test]
async fn every_question_is_asked_once_for_all() {
    let auditor = Arc::new(Auditor::default());
    let auditors: Auditors = BTreeMap::from([(tenant(), Arc::clone(&auditor) as Arc<dyn TenantAuditor>)]);
    let audit = gather(&auditors, &[wanted(&PEOPLE)], &with_group()).await;
    let mut asked = auditor.asked.lock().expect("one thread").clone();
    asked.sort();
    assert_eq!(
        asked,
        ["estate", "groups it@a.test other@a.test", "mailboxes 1", "people ana@a.test bob@a.test cleo@a.test"]
    );
    assert_eq!(audit.person(&address("bob@a.test")), sound_audit().person(&address("bob@a.test")));
    assert_eq!(audit.mailbox(&address(BOX)), sound_audit().mailbox(&address(BOX)));
    assert!(matches!(audit.group(&address("other@a.test")), Observed::Unknown(_)), "there was one answer for two");
    assert!(matches!(audit.person(&address("zoe@a.test")).second_factor, Observed::Unknown(_)), "not asked for");
}

#[tokio::test]
async fn a_list_that_broke_off_is_unknown() {
    let auditor = Auditor { fails: true, ..Auditor::default() };
    let auditors: Auditors = BTreeMap::from([(tenant(), Arc::new(auditor) as Arc<dyn TenantAuditor>)]);
    let audit = gather(&auditors, &[wanted(&PEOPLE)], &sound(&PEOPLE)).await;
    assert!(matches!(audit.estate(&tenant()), Observed::Unknown(unknown) if unknown.kind == ErrorKind::Throttled));
    let held = holdings(&auditors).await;
    assert_eq!((held.directory.len(), held.unknown.len()), (0, 3));
}

#[tokio::test]
async fn a_tenant_without_an_auditor_is_unknown() {
    let audit = gather(&Auditors::new(), &[wanted(&PEOPLE)], &with_group()).await;
    assert!(
        matches!(audit.mailbox(&address(BOX)).size, Observed::Unknown(unknown) if unknown.kind == ErrorKind::SetUp)
    );
    assert!(matches!(audit.estate(&tenant()), Observed::Unknown(_)));
    assert!(matches!(audit.group(&address("it@a.test")), Observed::Unknown(_)));
}

#[tokio::test]
async fn a_delegate_of_one_tenant_is_not_asked_about_in_another_where_they_have_access() {
    let (own, other) = (Arc::new(Auditor::default()), Arc::new(Auditor::default()));
    let auditors: Auditors = BTreeMap::from([
        (tenant(), Arc::clone(&own) as Arc<dyn TenantAuditor>),
        (TenantName("z".to_owned()), Arc::clone(&other) as Arc<dyn TenantAuditor>),
    ]);
    let mut elsewhere = WantedMailbox { address: address("box@z.test"), ..wanted(&[]) };
    elsewhere.tenant = TenantName("z".to_owned());
    let mut observed = sound(&PEOPLE);
    let found = observed.mailbox(&address(BOX));
    observed.mailboxes.insert(address("box@z.test"), found);
    let audit = gather(&auditors, &[wanted(&PEOPLE), elsewhere], &observed).await;
    assert!(!other.asked.lock().expect("one thread").iter().any(|line| line.starts_with("people")));
    assert_eq!(audit.person(&address("bob@a.test")), sound_audit().person(&address("bob@a.test")));
}
