//! The invariant that holds for every check: what could not be read never passes, and never turns into a finding.

use proptest::prelude::*;
use tripod_model::{SignIn, TenantName};
use tripod_tenant::Observed;

use super::facts::{everything, facts, of, sound_audit};
use super::{BOX, PEOPLE, address, found, sound, unknown, wanted};
use crate::{Audit, Verification, findings_schema, verify_audited};

/// Everything that one look can fail to read, by number.
const READS: usize = 23;

fn spoil(number: usize, observed: &mut tripod_tenant::Observation, audit: &mut Audit) {
    match number {
        0 => drop(observed.mailboxes.insert(address(BOX), unknown())),
        1 => {
            if matches!(observed.mailboxes.get(&address(BOX)), Some(Observed::Present(_))) {
                found(observed).delegates = unknown();
            }
        }
        2 => {
            if let Some(Observed::Present(found)) = observed.mailboxes.get_mut(&address(BOX)) {
                for state in found.settings.values_mut() {
                    *state = unknown();
                }
            }
        }
        3..=5 => drop(observed.people.insert(address(PEOPLE[number - 3]), unknown())),
        6..=8 => of(audit, PEOPLE[number - 6]).last_sign_in = unknown(),
        9..=11 => of(audit, PEOPLE[number - 9]).second_factor = unknown(),
        12 => facts(audit).last_sign_in = unknown(),
        13 => facts(audit).forwarding = unknown(),
        14 => facts(audit).recovery = unknown(),
        15 => facts(audit).app_passwords = unknown(),
        16 => facts(audit).size = unknown(),
        17 => facts(audit).size_limit = unknown(),
        18 => {
            if let Some(Observed::Present(found)) = observed.mailboxes.get_mut(&address(BOX)) {
                found.delegation = unknown();
            }
        }
        20 => facts(audit).inbox_rules = unknown(),
        21 => {
            if let Some(Observed::Present(found)) = observed.mailboxes.get_mut(&address(BOX)) {
                found.states.values_mut().for_each(|state| *state = unknown());
            }
        }
        19 => drop(audit.estate.insert(TenantName("a".to_owned()), unknown())),
        _ => drop(audit.people.remove(&address(PEOPLE[0]))),
    }
}

fn run(reads: &[usize], sign_in: SignIn) -> Verification {
    let (mut observed, mut audit) = (sound(&PEOPLE), sound_audit());
    if sign_in == SignIn::Allowed {
        facts(&mut audit).second_factor = Observed::Present(true);
        facts(&mut audit).last_sign_in = Observed::Present(Some(super::now()));
    }
    for read in reads {
        // What a person's facts are taken from may be gone already.
        if *read == READS - 1 || audit.people.len() == PEOPLE.len() || !(6..=11).contains(read) {
            spoil(*read, &mut observed, &mut audit);
        }
    }
    let mut wanted = wanted(&PEOPLE);
    wanted.sign_in = sign_in;
    verify_audited(&[wanted], &observed, &audit, &everything(), super::now())
}

#[test]
fn each_single_read_that_fails_is_unknown() {
    for sign_in in [SignIn::Blocked, SignIn::Allowed] {
        assert!(run(&[], sign_in).is_clean());
        for read in 0..READS {
            let verification = run(&[read], sign_in);
            assert!(!verification.unknown.is_empty(), "{read}");
            assert!(verification.findings.is_empty(), "{read}: {:?}", verification.findings);
        }
    }
}

proptest! {
    #[test]
    fn reads_that_fail_never_pass_and_never_accuse(
        reads in proptest::collection::vec(0..READS, 1..8),
        allowed in any::<bool>(),
    ) {
        let verification = run(&reads, if allowed { SignIn::Allowed } else { SignIn::Blocked });
        prop_assert!(!verification.is_clean());
        prop_assert!(verification.findings.is_empty());
        prop_assert!(!verification.unknown.is_empty());
    }

    #[test]
    fn a_verification_survives_its_json(reads in proptest::collection::vec(0..READS, 0..4)) {
        let verification = run(&reads, SignIn::Blocked);
        let text = serde_json::to_string(&verification).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<Verification>(&text).expect("the same"), verification);
    }
}

/// Holds a value against as much of JSON Schema as this schema uses.
pub(super) fn accepts(
    root: &serde_json::Value,
    schema: &serde_json::Value,
    value: &serde_json::Value,
) -> Result<(), String> {
    use serde_json::Value;
    let Value::Object(keywords) = schema else { return Ok(()) };
    for (keyword, wanted) in keywords {
        let fits = match keyword.as_str() {
            "$ref" => {
                let name = wanted.as_str().and_then(|path| path.strip_prefix('#')).expect("a local reference");
                accepts(root, root.pointer(name).expect("a definition"), value).map_err(|e| format!("{name}: {e}"))?;
                true
            }
            "type" => {
                let is = |name: &str| match name {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "integer" => value.is_u64() || value.is_i64(),
                    "boolean" => value.is_boolean(),
                    "null" => value.is_null(),
                    other => panic!("the type {other}"),
                };
                wanted.as_str().is_some_and(is)
                    || wanted.as_array().is_some_and(|all| all.iter().filter_map(Value::as_str).any(is))
            }
            "enum" => wanted.as_array().expect("words").contains(value),
            "const" => wanted == value,
            "required" => {
                wanted.as_array().expect("keys").iter().all(|key| value.get(key.as_str().unwrap_or("")).is_some())
            }
            "properties" => {
                for (key, inner) in wanted.as_object().expect("properties") {
                    if let Some(value) = value.get(key) {
                        accepts(root, inner, value).map_err(|error| format!("{key}: {error}"))?;
                    }
                }
                // The schema knows every key that is written.
                value.as_object().into_iter().flatten().all(|(key, _)| wanted.get(key).is_some())
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    accepts(root, wanted, item)?;
                }
                true
            }
            "anyOf" | "oneOf" => wanted.as_array().expect("schemas").iter().any(|s| accepts(root, s, value).is_ok()),
            "minimum" => value.as_u64() >= wanted.as_u64(),
            "additionalProperties" | "title" | "description" | "$schema" | "$defs" | "format" | "default" => true,
            other => panic!("the keyword {other}"),
        };
        if !fits {
            return Err(format!("{keyword} {wanted} does not fit {value}"));
        }
    }
    Ok(())
}

#[test]
fn what_is_written_fits_the_schema_that_is_printed() {
    let schema = findings_schema();
    let mut observed = sound(&PEOPLE);
    let mut bob = super::person("bob@a.test");
    bob.activity = tripod_tenant::Inactive::Left(super::now()).into();
    observed.people.insert(address("bob@a.test"), Observed::Present(bob));
    let mut audit = sound_audit();
    facts(&mut audit).size = unknown();
    found(&mut observed).delegation = Observed::Present(false);
    let mut policy = everything();
    policy.deviations.push(tripod_model::Deviation {
        check: "delegation-off".to_owned(),
        mailbox: address(BOX),
        person: None,
        who: "Ana".to_owned(),
        why: "an exception is filed".to_owned(),
        until: "2027-01-31".parse().expect("a day"),
        place: super::place(1),
    });
    let verification = verify_audited(&[wanted(&PEOPLE)], &observed, &audit, &policy, super::now());
    assert!(!verification.findings.is_empty() && !verification.unknown.is_empty() && verification.accepted.len() == 1);
    let value = serde_json::to_value(&verification).expect("JSON");
    assert_eq!(accepts(&schema, &schema, &value), Ok(()));
    let mut wrong = value.clone();
    wrong["findings"][0]["severity"] = "awful".into();
    assert!(accepts(&schema, &schema, &wrong).is_err());
}

#[test]
fn the_reference_has_a_page_for_each_check() {
    let text = crate::reference();
    for check in tripod_model::CheckId::ALL {
        assert!(text.contains(&format!("\n### {check}\n")), "{check}");
        assert!(text.contains(&format!("(#{check})")), "{check}");
    }
}
