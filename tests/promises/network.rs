//! Loopback stays on loopback, proxies are honoured on purpose, and a certificate that is not trusted is told as such.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::office::{Certificates, Gate, Office, said};

/// The causes that `doctor` names, of whatever tenant.
fn causes(command: &mut Command) -> (BTreeSet<String>, String) {
    let output = command.output().unwrap();
    let said = said(&output);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let mut found = BTreeSet::new();
    for identities in json["tenants"].as_object().unwrap().values() {
        for row in identities.as_object().unwrap().values().filter_map(Value::as_array).flatten() {
            found.extend(row["cause"].as_str().map(str::to_owned));
        }
    }
    assert_eq!(output.status.code(), Some(5), "{said}");
    (found, said)
}

const DOCTOR: [&str; 3] = ["doctor", "--format", "json"];

fn only(cause: &str) -> BTreeSet<String> {
    BTreeSet::from([cause.to_owned()])
}

#[test]
fn through_the_offices_proxy_both_providers_are_reached_where_its_authority_is_trusted() {
    let office = Office::new(Certificates::Good, Gate::Open);
    let planned = office.trusting(&["plan"]).output().unwrap();
    assert_eq!(planned.status.code(), Some(0), "{}", said(&planned));
    assert!(said(&planned).contains("create"), "{}", said(&planned));
    let asked = office.asked();
    for host in [
        "oauth2.googleapis.com:443",
        "admin.googleapis.com:443",
        "login.microsoftonline.com:443",
        "graph.microsoft.com:443",
        "outlook.office365.com:443",
    ] {
        assert!(asked.iter().any(|one| one == host), "{host} in {asked:?}");
    }
    let looked = office.trusting(&["doctor", "--for", "plan"]).output().unwrap();
    assert_eq!(looked.status.code(), Some(0), "{}", said(&looked));
}

#[test]
fn an_authority_that_the_machine_does_not_trust_is_named_by_doctor_and_plan() {
    let office = Office::new(Certificates::Good, Gate::Open);
    let (found, told) = causes(&mut office.command(&DOCTOR));
    assert_eq!(found, only("certificate-untrusted"), "{told}");
    assert!(told.contains("SSL_CERT_FILE"), "the remedy is named: {told}");
    office.asked();
    let planned = office.command(&["plan"]).output().unwrap();
    let told = said(&planned);
    assert_eq!(planned.status.code(), Some(5), "{told}");
    for host in ["oauth2.googleapis.com", "login.microsoftonline.com"] {
        let sentence = format!("the certificate of {host} was signed by an authority that this machine does not trust");
        assert!(told.contains(&sentence), "{told}");
    }
    assert!(!told.contains("no connection"), "{told}");
}

#[test]
fn a_certificate_that_has_expired_is_named() {
    let office = Office::new(Certificates::Expired, Gate::Open);
    let (found, told) = causes(&mut office.trusting(&DOCTOR));
    assert_eq!(found, only("certificate-invalid"), "{told}");
    assert!(told.contains("has expired"), "{told}");
}

#[test]
fn a_proxy_that_lets_nothing_through_is_named() {
    for status in [403, 407] {
        let office = Office::new(Certificates::Good, Gate::Refuses(status));
        let (found, told) = causes(&mut office.trusting(&DOCTOR));
        assert_eq!(found, only("proxy-refuses"), "{told}");
        assert!(told.contains(&format!("HTTP {status}")), "{told}");
    }
}

#[test]
fn a_variable_that_cannot_be_used_is_named_and_nothing_is_asked_past_the_proxy() {
    let office = Office::new(Certificates::Good, Gate::Open);
    let (found, told) = causes(office.trusting(&DOCTOR).env("HTTPS_PROXY", "socks4://127.0.0.1:1"));
    assert_eq!(found, only("network-setting"), "{told}");
    assert!(told.contains("$HTTPS_PROXY"), "{told}");
    let (found, told) = causes(office.command(&DOCTOR).env("SSL_CERT_FILE", "/nowhere/ca.pem"));
    assert_eq!(found, only("network-setting"), "{told}");
    assert!(told.contains("$SSL_CERT_FILE"), "{told}");
}

#[test]
fn nothing_that_is_meant_for_loopback_goes_to_a_proxy() {
    let office = Office::new(Certificates::Good, Gate::Refuses(502));
    for words in [&["plan", "--sandbox"][..], &["verify", "--sandbox"], &["doctor", "--sandbox"]] {
        let mut command = office.command(words);
        for variable in ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            command.env(variable, office.proxy_address());
        }
        let output = command.output().unwrap();
        assert!(matches!(output.status.code(), Some(0 | 3)), "{words:?}: {}", said(&output));
    }
    assert_eq!(office.asked(), Vec::<String>::new());
}
