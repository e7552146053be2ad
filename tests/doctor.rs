//! `tripod doctor` against every fault that the sandbox can be given: it names exactly that cause, and changes nothing.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "browser.rs"]
mod browser;
#[path = "doctor/causes.rs"]
mod causes;
#[path = "example.rs"]
mod example;
#[path = "doctor/google.rs"]
mod google;
#[path = "doctor/licences.rs"]
mod licences;
#[path = "doctor/microsoft.rs"]
mod microsoft;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use example::two_tenants;
use serde_json::Value;
use tempfile::TempDir;

/// The program, in surroundings in which nobody has a credential.
fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command.args(words).args(["--no-input", "-C"]).arg(folder).stdin(Stdio::null());
    for variable in [
        "TRIPOD_WIRE_LOG",
        "ACTIONS_ID_TOKEN_REQUEST_URL",
        "AZURE_FEDERATED_TOKEN_FILE",
        "GOOGLE_APPLICATION_CREDENTIALS",
    ] {
        command.env_remove(variable);
    }
    command
}

fn run(folder: &Path, words: &[&str]) -> Output {
    command(folder, words).output().unwrap()
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
    doctor_by(&mut command(folder, &words))
}

fn doctor_by(command: &mut Command) -> Seen {
    let output = command.output().unwrap();
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

/// Asserts that the doctor names these causes in these tenants, with what to do, and no other anywhere.
#[track_caller]
fn names(seen: &Seen, expected: &BTreeSet<(String, String)>) {
    assert_eq!(&seen.causes(), expected, "{}", seen.said);
    assert_eq!(seen.status, 5, "{}", seen.said);
    for (_, row) in seen.by_outcome("missing") {
        assert!(!row["sentence"].as_str().unwrap().is_empty() && !row["remedy"].as_str().unwrap().is_empty(), "{row}");
    }
    assert!(!seen.said.contains("s3cret"), "what a file holds is shown: {}", seen.said);
}

/// The same of one cause in one tenant, with stand-ins.
#[track_caller]
fn names_only(folder: &TempDir, tenant: &str, cause: &str) -> Seen {
    let seen = doctor(folder.path(), &["--sandbox"]);
    names(&seen, &BTreeSet::from([(tenant.to_owned(), cause.to_owned())]));
    seen
}

/// The tenant of the example that is at Google.
const GOOGLE: &str = "juniper";
const CERTIFICATE: &str = "certificate: {path: keys/northwind-app.pem}";

/// Adds a line to what sandbox.yaml says of a tenant.
fn tenant_line(folder: &TempDir, tenant: &str, line: &str) {
    let head = format!("  {tenant}:\n");
    edit(folder, "sandbox.yaml", &head, &format!("{head}    {line}\n"));
}

/// A workspace whose sandbox has one more line in the description of a tenant.
fn with_line(tenant: &str, line: &str) -> TempDir {
    let folder = two_tenants();
    tenant_line(&folder, tenant, line);
    folder
}

/// Asserts that everything that concerns a tenant is fine.
#[track_caller]
fn lacks_nothing(seen: &Seen, tenant: &str) {
    let of_tenant: Vec<_> = seen.rows.iter().filter(|(place, _)| place.starts_with(tenant)).collect();
    assert!(of_tenant.len() > 10 && of_tenant.iter().all(|(_, row)| row["outcome"] == "fine"), "{}", seen.said);
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
fn a_provider_that_does_not_answer_is_told_as_not_checked() {
    let folder = two_tenants();
    let fault = ["sandbox", "fault", "unavailable", "--tenant", "northwind", "--sandbox"];
    assert!(run(folder.path(), &fault).status.success());
    let seen = doctor(folder.path(), &["--sandbox"]);
    assert_eq!((seen.by_outcome("missing").len(), seen.status), (0, 6), "{}", seen.said);
}

#[test]
fn only_what_a_command_needs_is_looked_at() {
    let folder =
        with_line("juniper", "missing-permissions: [\"https://www.googleapis.com/auth/gmail.settings.sharing\"]");
    let seen = doctor(folder.path(), &["--sandbox", "--for", "verify"]);
    assert_eq!((seen.by_outcome("missing").len(), seen.status), (0, 0), "{}", seen.said);
    assert!(seen.rows.iter().all(|(place, _)| !place.ends_with("/writes")), "{}", seen.said);
}

#[test]
fn a_folder_without_a_workspace_is_told_by_itself() {
    let empty = tempfile::tempdir().unwrap();
    names_only(&empty, "files", "workspace-file");
}

#[test]
fn the_table_for_people_says_what_to_do() {
    let folder = with_line("juniper", "apis-off: [gmail]");
    let output = run(folder.path(), &["doctor", "--sandbox"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(5), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    let place = lines.iter().position(|line| line.contains('✗')).unwrap();
    assert!(lines[place].contains("Gmail API"), "{text}");
    assert!(lines[place + 2].contains("remedy: Google Cloud console"), "{text}");
}
