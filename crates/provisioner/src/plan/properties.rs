//! What has to hold for every plan, tried on random manifests, tenants and people.

use std::collections::BTreeSet;

use proptest::prelude::*;
use tripod_model::{Kind, State};
use tripod_tenant::{
    Acceptance, Activity, ErrorKind, Form, Inactive, MailboxState, Observation, Observed, ObservedDelegate,
    ObservedMailbox, PersonId, Principal, Rights, Setting, Unknown,
};

use super::*;
use crate::samples::{mailbox, now, options, person, wanted};
use tripod_tenant::access::active_delegates;

const PEOPLE: usize = 8;
const BOXES: usize = 3;

fn unknown<T>() -> Observed<T> {
    Observed::Unknown(Unknown { kind: ErrorKind::Unavailable, reason: "503".to_owned() })
}

fn person_address(number: usize) -> Address {
    format!("p{number}@contoso.test").parse().unwrap()
}

fn box_name(number: usize) -> String {
    format!("box{number}@contoso.test")
}

/// Mostly people who can act; some who cannot, some who are gone, some unknown, some with an alias.
fn people() -> impl Strategy<Value = Vec<Observed<tripod_tenant::Person>>> {
    let one = (0..20_u8).prop_map(|case| {
        let mut someone = person("x@contoso.test");
        match case {
            0 => return Observed::Absent,
            1 => return unknown(),
            2 => someone.activity = Inactive::Disabled.into(),
            3 => someone.leaves = Some(now()),
            4 => someone.activity = Inactive::NotAPerson("a group".to_owned()).into(),
            5 => someone.delegation = Observed::Present(false),
            6 => someone.delegation = unknown(),
            7 => {
                someone.activity = Activity::Unknown(Unknown { kind: ErrorKind::Invalid, reason: "unsaid".to_owned() });
            }
            _ => {}
        }
        Observed::Present(someone)
    });
    prop::collection::vec(one, PEOPLE).prop_map(|mut people| {
        for (number, someone) in people.iter_mut().enumerate() {
            if let Observed::Present(someone) = someone {
                someone.address = person_address(number);
                someone.id = PersonId(format!("person {number}"));
            }
        }
        people
    })
}

fn delegates() -> impl Strategy<Value = Observed<Vec<ObservedDelegate>>> {
    let one = (0..PEOPLE + 5, 0..6_u8, any::<bool>()).prop_map(|(number, case, with_id)| {
        let address = person_address(number);
        let who = match number {
            PEOPLE => Principal::Departed { shown: "S-1-5-21-7".to_owned() },
            number if number == PEOPLE + 2 => {
                Principal::Unclear { shown: "2 fit".to_owned(), reason: "2 fit".to_owned() }
            }
            number if number == PEOPLE + 3 => Principal::Everybody { shown: "Default".to_owned() },
            number if number > PEOPLE + 3 => Principal::Other { what: "a device".to_owned(), shown: "d-1".to_owned() },
            number if number > PEOPLE => Principal::Group { address },
            number => Principal::Account { id: with_id.then(|| PersonId(format!("person {number}"))), address },
        };
        let rights = match case {
            0 => Rights { read: true, act: false },
            1 => Rights { read: false, act: true },
            _ => Rights::FULL,
        };
        let acceptance = if case == 2 { Acceptance::Pending } else { Acceptance::Accepted };
        ObservedDelegate { who, rights, acceptance }
    });
    prop_oneof![
        9 => prop::collection::vec(one, 0..7).prop_map(Observed::Present),
        1 => Just(unknown()),
    ]
}

fn boxes() -> impl Strategy<Value = Vec<Observed<ObservedMailbox>>> {
    let there = (delegates(), 0..10_u8, any::<bool>(), any::<bool>()).prop_map(|(delegates, form, named, kept)| {
        let mut there = mailbox("x@contoso.test", &[]);
        there.delegation = if form == 9 { Observed::Present(false) } else { Observed::Absent };
        if form == 8 {
            there.states.insert(MailboxState::Team, Observed::Present(String::new()));
        }
        there.delegates = delegates;
        there.form = match form {
            0 => Form::UnmarkedAccount,
            1 => Form::GroupInbox,
            2 => Form::Deleted("a mailbox".to_owned()),
            3 => Form::Other("a user mailbox".to_owned()),
            _ => Form::SharedMailbox,
        };
        if !named {
            "Something else".clone_into(&mut there.name);
        }
        there.settings.insert(Setting::SentCopiesKept, Observed::Present(kept));
        Observed::Present(there)
    });
    let one = prop_oneof![6 => there, 2 => Just(Observed::Absent), 1 => Just(unknown())];
    prop::collection::vec(one, BOXES).prop_map(|mut boxes| {
        for (number, seen) in boxes.iter_mut().enumerate() {
            if let Observed::Present(there) = seen {
                there.address = box_name(number).parse().unwrap();
                there.id = tripod_tenant::MailboxId(format!("box {number}"));
            }
        }
        boxes
    })
}

fn manifest() -> impl Strategy<Value = Vec<WantedMailbox>> {
    let one = (prop::collection::btree_set(0..PEOPLE, 2..6), any::<bool>(), 0..5_u8);
    prop::collection::vec(one, BOXES).prop_map(|entries| {
        let entry = |(number, (people, adopt, state)): (usize, (BTreeSet<usize>, bool, u8))| {
            let people: Vec<String> = people.iter().map(|number| person_address(*number).to_string()).collect();
            let people: Vec<&str> = people.iter().map(String::as_str).collect();
            let state = match state {
                0 => State::Retired { on: "2026-11-01".parse().unwrap() },
                1 => State::Retired { on: "2026-12-01".parse().unwrap() },
                _ => State::Active,
            };
            WantedMailbox { adopt, state, ..wanted(&box_name(number), &people) }
        };
        entries.into_iter().enumerate().map(entry).collect()
    })
}

fn world() -> impl Strategy<Value = (Vec<WantedMailbox>, Observation)> {
    (manifest(), people(), boxes()).prop_map(|(wanted, people, boxes)| {
        let people = people.into_iter().enumerate().map(|(number, seen)| (person_address(number), seen));
        // The group's address, which nobody wants.
        let group = (person_address(PEOPLE + 1), Observed::Absent);
        let boxes = boxes.into_iter().enumerate();
        let look = Observation {
            mailboxes: boxes.map(|(number, seen)| (box_name(number).parse().unwrap(), seen)).collect(),
            people: people.chain([group]).collect(),
            obstacles: Vec::new(),
        };
        (wanted, look)
    })
}

/// A tenant that does at once what a step says.
fn carry_out(step: &Step, look: &mut Observation) {
    if let Action::Create { kind, name, .. } = &step.action {
        let mut new = mailbox(step.mailbox.as_str(), &[]);
        new.name.clone_from(name);
        new.form = if *kind == Kind::GroupInbox { Form::GroupInbox } else { Form::SharedMailbox };
        new.settings.values_mut().for_each(|setting| *setting = Observed::Present(false));
        look.mailboxes.insert(step.mailbox.clone(), Observed::Present(new));
        return;
    }
    if step.action == Action::Retire {
        look.mailboxes.insert(step.mailbox.clone(), Observed::Absent);
        return;
    }
    let Some(Observed::Present(there)) = look.mailboxes.get_mut(&step.mailbox) else {
        panic!("a step changes what is not there");
    };
    let Observed::Present(delegates) = &mut there.delegates else { panic!("nobody knows who has access") };
    match &step.action {
        Action::Mark => there.form = Form::SharedMailbox,
        Action::Rename { to, .. } => there.name.clone_from(to),
        Action::Configure { settings } => {
            there.settings.extend(settings.iter().map(|setting| (*setting, Observed::Present(true))));
        }
        Action::Grant { person } => {
            delegates.retain(|delegate| delegate.who.address() != Some(&person.address));
            let who = Principal::Account { id: Some(person.id.clone()), address: person.address.clone() };
            delegates.push(ObservedDelegate { who, rights: Rights::FULL, acceptance: Acceptance::Accepted });
        }
        Action::Revoke { principal } => delegates.retain(|delegate| delegate.who.label() != principal.label()),
        Action::Create { .. } | Action::Retire => {}
    }
}

fn active(look: &Observation, mailbox: &Address) -> usize {
    let Some(there) = look.mailboxes.get(mailbox).and_then(Observed::present) else { return 0 };
    active_delegates(Kind::SharedMailbox, there, look, now()).map_or(0, |people| people.len())
}

fn make(wanted: &[WantedMailbox], look: &Observation) -> Planned {
    plan(wanted, look, &Policy::default(), now(), &options())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_linter_has_nothing_to_say_about_any_plan((wanted, look) in world()) {
        prop_assert_eq!(lint(&make(&wanted, &look).plan, &look, now()), []);
    }

    #[test]
    fn no_prefix_of_a_plan_leaves_fewer_than_quorum_or_than_before((wanted, mut look) in world()) {
        let planned = make(&wanted, &look);
        let floor = |look: &Observation, mailbox: &Address| active(look, mailbox).min(3);
        let before: BTreeMap<_, _> =
            wanted.iter().map(|mailbox| (&mailbox.address, floor(&look, &mailbox.address))).collect();
        for step in planned.plan.steps() {
            carry_out(step, &mut look);
            if step.action != Action::Retire {
                prop_assert!(active(&look, &step.mailbox) >= before[&step.mailbox], "{step:?}");
            }
        }
        for step in planned.plan.steps().iter().filter(|step| matches!(step.action, Action::Create { .. })) {
            prop_assert!(active(&look, &step.mailbox) >= 3);
        }
    }

    #[test]
    fn planning_again_on_the_result_finds_nothing_to_do((wanted, mut look) in world()) {
        for step in make(&wanted, &look).plan.steps() {
            carry_out(step, &mut look);
        }
        let again = make(&wanted, &look).plan;
        prop_assert!(again.is_empty(), "{:?}", again.steps());
    }

    #[test]
    fn what_is_unknown_gets_no_step((wanted, look) in world()) {
        let planned = make(&wanted, &look);
        for step in planned.plan.steps() {
            let seen = look.mailbox(&step.mailbox);
            prop_assert!(!matches!(seen, Observed::Unknown(_)));
            let delegates_unknown = seen.present().is_some_and(|there| matches!(there.delegates, Observed::Unknown(_)));
            prop_assert!(!delegates_unknown);
            let somebody = match &step.action {
                Action::Grant { person } => Some(&person.address),
                Action::Revoke { principal: Principal::Account { address, .. } } => Some(address),
                _ => None,
            };
            let somebody_unknown =
                somebody.is_some_and(|address| matches!(look.person(address), Observed::Unknown(_)));
            prop_assert!(!somebody_unknown, "{step:?}");
        }
        for mailbox in wanted.iter().filter(|mailbox| matches!(look.mailbox(&mailbox.address), Observed::Unknown(_))) {
            prop_assert!(planned.report.not_planned.iter().any(|entry| entry.mailbox == mailbox.address));
        }
    }

    #[test]
    fn what_stands_for_everybody_or_is_unclear_is_never_revoked((wanted, look) in world()) {
        for step in make(&wanted, &look).plan.steps() {
            let unclear = matches!(
                &step.action,
                Action::Revoke { principal: Principal::Unclear { .. } | Principal::Everybody { .. } }
            );
            prop_assert!(!unclear, "{step:?}");
        }
    }

    #[test]
    fn a_plan_without_one_of_its_steps_is_no_document((wanted, look) in world()) {
        let plan = make(&wanted, &look).plan;
        let Some(first) = plan.steps().first() else { return Ok(()) };
        let mut content = plan.content.clone();
        content.steps.retain(|step| step != first);
        if !content.steps.is_empty() {
            prop_assert!(content.flaw().is_some());
        }
    }

    #[test]
    fn the_order_of_the_inputs_does_not_change_the_digest((mut wanted, mut look) in world()) {
        let digest = make(&wanted, &look).plan.digest().clone();
        wanted.reverse();
        for mailbox in &mut wanted {
            mailbox.delegates.reverse();
        }
        for seen in look.mailboxes.values_mut() {
            if let Observed::Present(ObservedMailbox { delegates: Observed::Present(delegates), .. }) = seen {
                delegates.reverse();
            }
        }
        let again = make(&wanted, &look).plan;
        prop_assert_eq!(again.digest(), &digest);
    }

    #[test]
    fn a_plan_comes_back_from_its_document_as_it_was((wanted, look) in world()) {
        let plan = make(&wanted, &look).plan;
        prop_assert_eq!(Plan::from_json(&plan.to_json().unwrap()).unwrap(), plan);
    }
}
