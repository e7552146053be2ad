//! `tripod doctor` against every fault that the sandbox can be given: it names exactly that cause, and changes nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "example.rs"]
mod example;
#[path = "doctor/licences.rs"]
mod licences;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use example::two_tenants;
use serde_json::Value;
use tempfile::TempDir;

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command.args(words).args(["--no-input", "-C"]).arg(folder);
    for variable in ["TRIPOD_WIRE_LOG", "ACTIONS_ID_TOKEN_REQUEST_URL", "AZURE_FEDERATED_TOKEN_FILE"] {
        command.env_remove(variable);
    }
    command.output().unwrap()
}

/// Replaces the first place of a text in a file of the workspace, which has to be there.
fn edit(folder: &TempDir, file: &str, from: &str, to: &str) {
    let path = folder.path().join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no `{from}`");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
}

struct Seen {
    status: i32,
    /// Every diagnosis that is not fine: tenant and identity, and the diagnosis.
    rows: Vec<(String, Value)>,
    said: String,
}

impl Seen {
    fn by_outcome(&self, outcome: &str) -> Vec<&(String, Value)> {
        self.rows.iter().filter(|(_, row)| row["outcome"] == outcome).collect()
    }

    /// The causes with the tenants they are in.
    fn causes(&self) -> BTreeSet<(String, String)> {
        let cause = |(place, row): &&(String, Value)| {
            let tenant = place.split('/').next().unwrap_or_default().to_owned();
            (tenant, row["cause"].as_str().unwrap_or("no cause").to_owned())
        };
        self.by_outcome("missing").iter().map(cause).collect()
    }
}

fn doctor(folder: &Path, more: &[&str]) -> Seen {
    let words: Vec<&str> = ["doctor", "--format", "json"].iter().chain(more).copied().collect();
    let output = run(folder, &words);
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let mut rows = Vec::new();
    let mut add = |place: &str, list: &Value| {
        for row in list.as_array().unwrap() {
            rows.push((place.to_owned(), row.clone()));
        }
    };
    add("files", &json["files"]);
    for (tenant, identities) in json["tenants"].as_object().unwrap() {
        for (identity, list) in identities.as_object().unwrap() {
            add(&format!("{tenant}/{identity}"), list);
        }
    }
    Seen { status: output.status.code().unwrap(), rows, said }
}

/// Asserts that the doctor names this cause in this tenant, and no other anywhere.
fn names_only(folder: &TempDir, tenant: &str, cause: &str) -> Seen {
    let seen = doctor(folder.path(), &["--sandbox"]);
    assert_eq!(seen.causes(), BTreeSet::from([(tenant.to_owned(), cause.to_owned())]), "{}", seen.said);
    assert_eq!(seen.status, 5, "{}", seen.said);
    for (_, row) in seen.by_outcome("missing") {
        assert!(!row["sentence"].as_str().unwrap().is_empty() && !row["remedy"].as_str().unwrap().is_empty(), "{row}");
    }
    seen
}

const GOOGLE: &str = "  juniper:\n    provider: google-workspace\n";
const MICROSOFT: &str = "  northwind:\n    provider: microsoft-365\n";

/// A workspace whose sandbox has one more line in the description of a tenant.
fn with_line(tenant: &str, line: &str) -> TempDir {
    let folder = two_tenants();
    edit(&folder, "sandbox.yaml", tenant, &format!("{tenant}    {line}\n"));
    folder
}

#[test]
fn a_sound_workspace_lacks_nothing() {
    let folder = two_tenants();
    let applied = run(folder.path(), &["apply", "--yes", "--sandbox"]);
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
    let seen = doctor(folder.path(), &["--sandbox"]);
    let not_fine: Vec<_> = seen.rows.iter().filter(|(_, row)| row["outcome"] != "fine").collect();
    assert!(not_fine.is_empty(), "{not_fine:#?}");
    assert_eq!(seen.status, 0, "{}", seen.said);
    // Both tenants and both identities were really asked.
    assert!(seen.rows.len() > 30, "{}", seen.said);
}

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
        let folder = with_line(GOOGLE, &format!("missing-permissions: [\"https://www.googleapis.com/auth/{scope}\"]"));
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
        let folder = with_line(GOOGLE, &format!("apis-off: [{api}]"));
        let seen = names_only(&folder, "juniper", "google-api-off");
        let subjects: BTreeSet<_> =
            seen.by_outcome("missing").iter().map(|(_, row)| row["subject"].as_str().unwrap().to_owned()).collect();
        assert_eq!(subjects, BTreeSet::from([subject.to_owned()]), "{}", seen.said);
    }
}

#[test]
fn a_service_account_that_is_not_delegated_at_all_is_named_once() {
    let folder = with_line(GOOGLE, "google-sign-in: {delegation: false}");
    let seen = names_only(&folder, "juniper", "google-not-delegated");
    // Once for each of the two service accounts.
    assert_eq!(seen.by_outcome("missing").len(), 2, "{}", seen.said);
}

#[test]
fn a_clock_that_goes_wrong_is_named_at_both_providers() {
    for seconds in [600, -600] {
        let folder = two_tenants();
        edit(&folder, "sandbox.yaml", "seed: 3\n", &format!("seed: 3\nclock-skew-seconds: {seconds}\n"));
        let seen = doctor(folder.path(), &["--sandbox"]);
        let both = ["juniper", "northwind"].map(|tenant| (tenant.to_owned(), "clock-skew".to_owned()));
        assert_eq!(seen.causes(), BTreeSet::from(both), "{}", seen.said);
        assert_eq!(seen.status, 5, "{}", seen.said);
    }
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
fn what_is_wrong_in_tripod_yaml_about_google_is_named() {
    for (from, to, cause) in [
        ("customer: C0juniper1", "customer: C0juniper9", "google-customer-wrong"),
        ("admin: admin@juniper.example", "admin: nadia.haddad@juniper.example", "google-admin-too-small"),
        ("admin: admin@juniper.example", "admin: nobody@juniper.example", "google-admin-unknown"),
        ("mailbox-unit: /Service mailboxes", "mailbox-unit: /Elsewhere", "google-unit-absent"),
        ("domains: [juniper.example]", "domains: [juniper.example, other.example]", "google-domain-foreign"),
    ] {
        let folder = two_tenants();
        edit(&folder, "tripod.yaml", from, to);
        names_only(&folder, "juniper", cause);
    }
}

#[test]
fn each_permission_of_the_writing_app_that_lacks_is_named_by_itself() {
    for (permission, cause) in [
        ("User.Read.All", "microsoft-permission-missing"),
        ("User.EnableDisableAccount.All", "microsoft-permission-missing"),
        ("Group.ReadWrite.All", "microsoft-permission-missing"),
        ("Exchange.ManageAsApp", "exchange-app-role-missing"),
    ] {
        let folder = with_line(MICROSOFT, &format!("missing-permissions: [{permission}]"));
        let seen = names_only(&folder, "northwind", cause);
        let missing = seen.by_outcome("missing");
        assert_eq!(missing.len(), 1, "{}", seen.said);
        assert!(missing[0].1["subject"].as_str().unwrap().ends_with(permission), "{}", seen.said);
    }
}

#[test]
fn exchange_online_that_is_off_is_named() {
    names_only(&with_line(MICROSOFT, "apis-off: [exchange]"), "northwind", "exchange-off");
}

#[test]
fn what_is_wrong_in_tripod_yaml_about_microsoft_is_named() {
    for (from, to, cause) in [
        ("5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90", "5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d99", "microsoft-tenant-unknown"),
        ("domains: [northwind.example]", "domains: [northwind.example, other.example]", "microsoft-domain-foreign"),
    ] {
        let folder = two_tenants();
        edit(&folder, "tripod.yaml", from, to);
        names_only(&folder, "northwind", cause);
    }
}

#[test]
fn a_tenant_id_of_somebody_else_is_named() {
    let folder = two_tenants();
    let other = "6e1a7c2f-4d63-4b97-8a2e-8c2d3f9b5ea1";
    let text = format!(
        "  elsewhere:\n    provider: microsoft-365\n    tenant-id: {other}\n    domains: [elsewhere.example]\n{MICROSOFT}"
    );
    edit(&folder, "sandbox.yaml", MICROSOFT, &text);
    edit(&folder, "tripod.yaml", "5d0f6b1e-3c52-4a86-9f1d-7b1c2e8a4d90", other);
    names_only(&folder, "northwind", "microsoft-tenant-foreign");
}

#[test]
fn a_secret_that_has_expired_is_named() {
    let folder = with_line(MICROSOFT, "sign-in: {secret-expired: true}");
    edit(&folder, "tripod.yaml", "certificate: {path: keys/northwind-app.pem}", "client-secret: {env: NOBODY_SETS_IT}");
    names_only(&folder, "northwind", "microsoft-secret-expired");
}

const CERTIFICATE: &str = "certificate: {path: keys/northwind-app.pem}";

#[test]
fn whoever_cannot_sign_in_at_microsoft_is_told_why() {
    for (way, cause) in [
        ("device-code: true", "not-signed-in"),
        ("federated-token: kubernetes", "microsoft-federation-refused"),
        ("managed-identity: true", "microsoft-no-managed-identity"),
    ] {
        let folder = two_tenants();
        edit(&folder, "tripod.yaml", CERTIFICATE, way);
        let seen = names_only(&folder, "northwind", cause);
        // Once for each of the two identities.
        assert_eq!(seen.by_outcome("missing").len(), 2, "{}", seen.said);
    }
}

#[test]
fn a_code_that_nobody_approves_is_told_and_leaves_nobody_signed_in() {
    for (outcome, part) in
        [("declined", "declined"), ("ignored", "nobody typed the code in"), ("blocked", "Conditional")]
    {
        let folder = with_line(MICROSOFT, &format!("sign-in: {{device-code: {{outcome: {outcome}}}}}"));
        edit(&folder, "tripod.yaml", CERTIFICATE, "device-code: true");
        let login = run(folder.path(), &["auth", "login", "northwind", "--sandbox"]);
        let said = String::from_utf8_lossy(&login.stderr);
        assert!(login.status.code() == Some(5) && said.contains(part), "{said}");
        names_only(&folder, "northwind", "not-signed-in");
    }
}

#[test]
fn a_sign_in_lacks_nothing_until_it_has_ended() {
    let folder = two_tenants();
    edit(&folder, "tripod.yaml", CERTIFICATE, "device-code: true");
    assert!(run(folder.path(), &["auth", "login", "northwind", "--sandbox"]).status.success());
    let seen = doctor(folder.path(), &["--sandbox", "--for", "verify", "--for", "plan"]);
    let of_northwind: Vec<_> = seen.rows.iter().filter(|(place, _)| place.starts_with("northwind/")).collect();
    assert!(of_northwind.len() > 10 && of_northwind.iter().all(|(_, row)| row["outcome"] == "fine"), "{}", seen.said);

    let folder = with_line(MICROSOFT, "sign-in: {refresh-expired: true}");
    edit(&folder, "tripod.yaml", CERTIFICATE, "device-code: true");
    assert!(run(folder.path(), &["auth", "login", "northwind", "--sandbox"]).status.success());
    names_only(&folder, "northwind", "microsoft-sign-in-expired");
}

#[test]
fn a_job_of_github_and_a_machine_with_an_identity_lack_nothing() {
    let issuer =
        "issuer: \"https://token.actions.githubusercontent.com\", subject: \"repo:northwind/it:environment:mail\"";
    let federated = format!("federated: [{{{issuer}, identity: read}}, {{{issuer}, identity: write}}]");
    for (sign_in, more) in [
        (federated.as_str(), "federated-token: github-actions"),
        (
            "managed-identity: read",
            "certificate: {path: keys/northwind-app.pem}\n    read-credentials:\n      managed-identity: true",
        ),
    ] {
        let folder = with_line(MICROSOFT, &format!("sign-in: {{{sign_in}}}"));
        edit(&folder, "tripod.yaml", CERTIFICATE, more);
        let seen = doctor(folder.path(), &["--sandbox", "--for", "verify", "--for", "plan"]);
        let of_northwind: Vec<_> = seen.rows.iter().filter(|(place, _)| place.starts_with("northwind/")).collect();
        assert!(
            of_northwind.len() > 10 && of_northwind.iter().all(|(_, row)| row["outcome"] == "fine"),
            "{}",
            seen.said
        );
    }
}

/// A workspace that signs in at Google in this way, with a stand-in that lets it do so as this line says.
fn signing_in_at_google(credentials: &str, line: &str) -> TempDir {
    let folder = with_line(GOOGLE, line);
    edit(&folder, "tripod.yaml", "service-account-key: {path: keys/juniper-service-account.json}", credentials);
    folder
}

#[test]
fn whoever_signs_in_at_google_without_a_key_is_told_what_lacks() {
    const KEYLESS: &str = "keyless: {service-account: tripod@juniper.iam.gserviceaccount.com}";
    let sound = signing_in_at_google(KEYLESS, "google-sign-in: {metadata-server: write}");
    let seen = doctor(sound.path(), &["--sandbox"]);
    assert_eq!(seen.causes(), BTreeSet::new(), "{}", seen.said);
    for (line, cause) in [
        ("google-sign-in: {token-creator: false}", "google-token-creator-missing"),
        ("google-sign-in: {delegation: false}", "google-not-delegated"),
        ("apis-off: [iamcredentials]", "google-api-off"),
    ] {
        names_only(&signing_in_at_google(KEYLESS, line), "juniper", cause);
    }
}

#[test]
fn whoever_acts_by_a_role_of_its_own_at_google_is_told_what_lacks() {
    const ITSELF: &str = "service-account-key: {path: keys/juniper-service-account.json}\n      acts-as: itself";
    // The example has shared mailboxes, which nobody can look after in this way.
    let line = "google-sign-in: {service-account-role: true, delegation: false}";
    names_only(&signing_in_at_google(ITSELF, line), "juniper", "google-needs-delegation");
    let seen = doctor(signing_in_at_google(ITSELF, "google-sign-in: {delegation: false}").path(), &["--sandbox"]);
    let causes = ["google-needs-delegation", "google-role-missing"];
    assert_eq!(seen.causes(), causes.map(|cause| ("juniper".to_owned(), cause.to_owned())).into(), "{}", seen.said);
}

#[test]
fn nobody_having_signed_in_at_google_is_named() {
    let folder = signing_in_at_google("browser: {client: {path: keys/client.json}}", "google-sign-in: {}");
    names_only(&folder, "juniper", "not-signed-in");
}

#[test]
fn a_job_or_a_pod_that_is_given_no_token_says_so() {
    for (way, cause, part) in [
        ("federated-token: github-actions", "github-token-absent", "id-token: write"),
        ("federated-token: kubernetes", "kubernetes-token-absent", "AZURE_FEDERATED_TOKEN_FILE"),
    ] {
        let folder = two_tenants();
        edit(&folder, "tripod.yaml", CERTIFICATE, way);
        // Nothing is sent: neither tenant has what it signs in with.
        let seen = doctor(folder.path(), &[]);
        assert!(seen.causes().contains(&("northwind".to_owned(), cause.to_owned())), "{}", seen.said);
        assert!(seen.said.contains(part), "{}", seen.said);
    }
}

#[test]
fn a_role_at_exchange_online_that_lacks_is_named() {
    let folder = with_line(MICROSOFT, "missing-permissions: [\"Exchange Administrator\"]");
    let seen = names_only(&folder, "northwind", "exchange-entra-role-missing");
    assert_eq!(seen.by_outcome("missing").len(), 1, "{}", seen.said);
}

#[test]
fn a_provider_that_does_not_answer_is_told_as_not_checked() {
    let folder = two_tenants();
    let fault = ["sandbox", "fault", "unavailable", "--tenant", "northwind", "--sandbox"];
    assert!(run(folder.path(), &fault).status.success());
    let seen = doctor(folder.path(), &["--sandbox"]);
    assert_eq!((seen.by_outcome("missing").len(), seen.status), (0, 6), "{}", seen.said);
}

#[test]
fn only_what_a_command_needs_is_looked_at() {
    let folder = with_line(GOOGLE, "missing-permissions: [\"https://www.googleapis.com/auth/gmail.settings.sharing\"]");
    let seen = doctor(folder.path(), &["--sandbox", "--for", "verify"]);
    assert_eq!((seen.by_outcome("missing").len(), seen.status), (0, 0), "{}", seen.said);
    assert!(seen.rows.iter().all(|(place, _)| !place.ends_with("/writes")), "{}", seen.said);
}

#[test]
fn problems_of_the_files_and_of_credentials_are_told_without_any_tenant() {
    let folder = two_tenants();
    // Nothing is sent: the credentials are not there.
    let seen = doctor(folder.path(), &[]);
    let causes: BTreeSet<_> = seen.causes().into_iter().map(|(_, cause)| cause).collect();
    assert_eq!(causes, BTreeSet::from(["credential-absent".to_owned()]), "{}", seen.said);

    let empty = tempfile::tempdir().unwrap();
    let seen = doctor(empty.path(), &["--sandbox"]);
    assert_eq!(seen.causes(), BTreeSet::from([("files".to_owned(), "workspace-file".to_owned())]), "{}", seen.said);
}

#[cfg(unix)]
#[test]
fn a_credential_that_others_can_read_is_told_and_its_content_is_not() {
    use std::os::unix::fs::PermissionsExt;

    let folder = two_tenants();
    fs::create_dir(folder.path().join("keys")).unwrap();
    for file in ["keys/juniper-service-account.json", "keys/northwind-app.pem"] {
        let path = folder.path().join(file);
        fs::write(&path, "not-a-key-but-s3cret").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let seen = doctor(folder.path(), &[]);
    let causes: BTreeSet<_> = seen.causes().into_iter().map(|(_, cause)| cause).collect();
    assert_eq!(
        causes,
        BTreeSet::from(["credential-open".to_owned(), "credential-unusable".to_owned()]),
        "{}",
        seen.said
    );
    assert!(!seen.said.contains("s3cret"), "{}", seen.said);
}

#[test]
fn the_table_for_people_says_what_to_do() {
    let folder = with_line(GOOGLE, "apis-off: [gmail]");
    let output = run(folder.path(), &["doctor", "--sandbox"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(5), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let place = lines.iter().position(|line| line.contains('✗')).unwrap();
    assert!(lines[place].contains("Gmail API"), "{text}");
    assert!(lines[place + 2].contains("remedy: Google Cloud console"), "{text}");
}
