//! What the doctor tells apart at Google beside the causes: which scope, which API, which unit.

use std::collections::BTreeSet;

use super::{doctor, edit, lacks_nothing, names_only, with_line};
use crate::example::two_tenants;

#[test]
fn each_scope_that_is_not_delegated_is_named_by_itself() {
    for scope in [
        "admin.directory.user",
        "admin.directory.group",
        "admin.directory.group.member",
        "apps.groups.settings",
        "gmail.settings.basic",
        "gmail.settings.sharing",
    ] {
        let folder =
            with_line("juniper", &format!("missing-permissions: [\"https://www.googleapis.com/auth/{scope}\"]"));
        let seen = names_only(&folder, "juniper", "google-scope-not-delegated");
        let missing = seen.by_outcome("missing");
        let subjects: Vec<_> =
            missing.iter().map(|(place, row)| (place.as_str(), row["subject"].as_str().unwrap())).collect();
        assert_eq!(subjects, [("juniper/writes", format!("scope {scope}").as_str())], "{}", seen.said);
    }
}

#[test]
fn each_api_that_is_off_is_named_by_itself() {
    for (api, subject) in [
        ("gmail", "Gmail API"),
        ("admin", "Admin SDK API"),
        ("groupssettings", "Groups Settings API"),
        ("cloudidentity", "Cloud Identity API"),
    ] {
        let folder = with_line("juniper", &format!("apis-off: [{api}]"));
        let seen = names_only(&folder, "juniper", "google-api-off");
        let subjects: BTreeSet<_> =
            seen.by_outcome("missing").iter().map(|(_, row)| row["subject"].as_str().unwrap().to_owned()).collect();
        assert_eq!(subjects, BTreeSet::from([subject.to_owned()]), "{}", seen.said);
    }
}

#[test]
fn a_service_account_that_is_not_delegated_at_all_is_named_once() {
    let folder = with_line("juniper", "google-sign-in: {delegation: false}");
    let seen = names_only(&folder, "juniper", "google-not-delegated");
    // Once for each of the two service accounts.
    assert_eq!(seen.by_outcome("missing").len(), 2, "{}", seen.said);
}

#[test]
fn a_unit_where_mail_delegation_is_off_is_named() {
    for (unit, path) in
        [("/: {mail-delegation: true}", "/"), ("/Service mailboxes: {mail-delegation: true}", "/Service mailboxes")]
    {
        let folder = two_tenants();
        edit(&folder, "sandbox.yaml", unit, &unit.replace("true", "false"));
        let seen = names_only(&folder, "juniper", "google-delegation-off");
        let missing = seen.by_outcome("missing");
        assert_eq!(missing.len(), 1, "{}", seen.said);
        assert_eq!(missing[0].1["subject"], format!("mail delegation in {path}"), "{}", seen.said);
    }
}

#[test]
fn whoever_has_google_sign_without_a_key_lacks_nothing() {
    let federation = "{federation: {audience: //iam/pool, issuer: https://ci.example, subjects: [a, b]}}";
    for sign_in in ["{}", "{metadata-server: write}", federation] {
        let folder = with_line("juniper", &format!("google-sign-in: {sign_in}"));
        let keyless = "keyless: {service-account: tripod@juniper.iam.gserviceaccount.com}";
        edit(&folder, "tripod.yaml", "service-account-key: {path: keys/juniper-service-account.json}", keyless);
        lacks_nothing(&doctor(folder.path(), &["--sandbox", "--for", "verify", "--for", "access"]), "juniper/");
    }
}
