//! The commands that only look cannot change anything: what they send, what they ask tokens for, and what the stand-in
//! tenants answer to their identities when somebody tries to write with them all the same.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[path = "example.rs"]
mod example;

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use example::two_tenants;
use secrecy::SecretString;
use serde_json::Value;
use tempfile::TempDir;
use tripod_google::{GoogleReader, GoogleTenant, GoogleWriter, ServiceAccountKey};
use tripod_microsoft::{AppCredentials, ClientProof, MicrosoftReader, MicrosoftTenant, MicrosoftWriter};
use tripod_model::{Address, Kind};
use tripod_tenant::{
    Endpoints, ErrorKind, Grant, MailboxQuery, MailboxRef, Observed, PersonRef, SystemClock, TenantError, TenantReader,
    TenantWriter,
};

/// Google has no form of it that only reads: Groups Settings knows this one scope.
const NO_READ_ONLY_FORM: &str = "https://www.googleapis.com/auth/apps.groups.settings";
/// Reads delegates and forwarding. It also changes settings that have nothing to do with delegates (labels, language);
/// Gmail has no narrower one that shows delegates.
const NARROWEST_FOR_DELEGATES: &str = "https://www.googleapis.com/auth/gmail.settings.basic";

/// The example with everything in place, and every check of the strict policy on.
fn workspace() -> TempDir {
    let folder = two_tenants();
    let applied = run(folder.path(), None, &["apply", "--yes"]);
    assert!(applied.status.success(), "{}", text(&applied.stderr));
    let all = ["edge-idle", "delegate-idle", "delegate-no-second-factor", "one-manager", "one-department"]
        .into_iter()
        .chain(["sign-in-used", "sign-in-unused", "application-passwords", "near-limit", "unmanaged-mailbox"])
        .fold(String::new(), |all, check| all + "  " + check + ": on\n");
    fs::write(folder.path().join("policies/all.yaml"), format!("quorum: 3\nchecks:\n{all}")).unwrap();
    let settings = folder.path().join("tripod.yaml");
    let with_all =
        fs::read_to_string(&settings).unwrap().replace("baseline.yaml]", "baseline.yaml, policies/all.yaml]");
    assert!(with_all.contains("all.yaml"));
    fs::write(settings, with_all).unwrap();
    folder
}

fn run(folder: &Path, wire_log: Option<&Path>, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    command.args(words).args(["--sandbox", "--no-input", "-C"]).arg(folder).stdin(Stdio::null());
    match wire_log {
        Some(path) => command.env("TRIPOD_WIRE_LOG", path),
        None => command.env_remove("TRIPOD_WIRE_LOG"),
    };
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Where the wire logs of the tests go, for the wire contract.
fn log(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../wire");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(format!("read-only-{name}.jsonl"));
    if path.exists() {
        fs::remove_file(&path).unwrap();
    }
    path
}

fn exchanges(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Why an exchange may not come from a command that only looks; nothing if it may.
fn objection(exchange: &Value) -> Option<String> {
    let (method, url) = (exchange["method"].as_str()?, exchange["url"].as_str()?);
    let body = &exchange["request"]["body"];
    let path = url.split('?').next().unwrap_or_default();
    let told = |why: &str| Some(format!("{why}: {method} {url} {body}"));
    if method == "GET" {
        return None;
    }
    if method != "POST" {
        return told("not a read");
    }
    // Tokens and look-ups of many ids at once are asked for by POST.
    if path.ends_with("/oauth2/v2.0/token")
        || path == "https://oauth2.googleapis.com/token"
        || path.ends_with("/getByIds")
    {
        return None;
    }
    if path.ends_with("/InvokeCommand") {
        let cmdlet = body["CmdletInput"]["CmdletName"].as_str().unwrap_or_default();
        return if cmdlet.starts_with("Get-") { None } else { told("a cmdlet that is no Get-") };
    }
    if path.ends_with("/$batch") {
        let requests = body["requests"].as_array().cloned().unwrap_or_default();
        let is_read = |request: &Value| request["method"] == "GET";
        return if !requests.is_empty() && requests.iter().all(is_read) { None } else { told("a batch with a write") };
    }
    told("a POST that is none of those that read")
}

/// Every scope that a log shows: asked for in a token request, or said to have been.
fn scopes(exchanges: &[Value]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for exchange in exchanges {
        let url = exchange["url"].as_str().unwrap_or_default();
        if !url.contains("token") {
            continue;
        }
        for side in [&exchange["request"]["body"], &exchange["response"]["body"]] {
            let said = match side {
                Value::String(form) => {
                    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
                    pairs.filter(|(name, _)| *name == "scope").map(|(_, value)| value.to_owned()).collect()
                }
                other => other["scope"].as_str().map(str::to_owned).into_iter().collect::<Vec<_>>(),
            };
            for scope in said.iter().flat_map(|scopes| scopes.split([' ', '+'])) {
                found.insert(scope.replace("%3A", ":").replace("%2F", "/"));
            }
        }
    }
    found
}

#[test]
fn looking_sends_no_write_and_asks_for_no_scope_that_writes() {
    let folder = workspace();
    let path = log("commands");
    let person = "grace.odhiambo@northwind.example";
    for words in
        [&["verify"][..], &["impact", person], &["impact", "--within", "60d"], &["grants"], &["access", person]]
    {
        let output = run(folder.path(), Some(&path), words);
        assert!(matches!(output.status.code(), Some(0 | 3 | 5)), "{words:?}: {}", text(&output.stderr));
    }
    let exchanges = exchanges(&path);
    assert!(exchanges.len() > 50, "only {} exchanges", exchanges.len());
    let objections: Vec<String> = exchanges.iter().filter_map(objection).collect();
    assert_eq!(objections, Vec::<String>::new());

    // The log masks Google's assertions, and with them the scopes. The stand-in gives the reading identity no token with
    // a scope that writes (the test of refusals below), so one that was asked for would stand here as refused.
    let at_google =
        |exchange: &&Value| exchange["url"].as_str().is_some_and(|url| url.contains("googleapis.com/token"));
    let tokens: Vec<&Value> = exchanges.iter().filter(at_google).collect();
    assert!(tokens.len() > 5, "only {} tokens", tokens.len());
    let refused: Vec<&&Value> = tokens.iter().filter(|token| token["response"]["status"] != 200).collect();
    assert!(refused.is_empty(), "{refused:#?}");

    let asked = scopes(&exchanges);
    let writes = |scope: &&String| {
        let known = [NO_READ_ONLY_FORM, NARROWEST_FOR_DELEGATES].contains(&scope.as_str());
        // At Microsoft the scope names the resource only; what may be done there is said by the application's roles.
        let resource = scope.ends_with("/.default");
        !known && !resource && !scope.ends_with(".readonly")
    };
    assert_eq!(asked.iter().filter(writes).collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(asked.iter().any(|scope| scope.ends_with("/.default")), "{asked:?}");
}

#[test]
fn applying_is_objected_to_by_the_same_rules() {
    // The rules above have to find the writes of a command that does write, or they prove nothing.
    let folder = workspace();
    let path = log("counterproof");
    let set =
        ["sandbox", "set", "backups@northwind.example", "access", "none", "--who", "grace.odhiambo@northwind.example"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
    assert!(command.args(set).arg("-C").arg(folder.path()).output().unwrap().status.success());
    let output = run(folder.path(), Some(&path), &["apply", "--yes"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let objections: Vec<String> = exchanges(&path).iter().filter_map(objection).collect();
    assert!(objections.iter().any(|objection| objection.contains("Add-MailboxPermission")), "{objections:?}");
}

/// `tripod sandbox serve`, stopped when it is dropped.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
        command.args(["sandbox", "serve", "-C"]).arg(folder).env_remove("TRIPOD_WIRE_LOG");
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut url = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
        Self { child, url: url.trim().to_owned() }
    }

    fn endpoints(&self) -> Endpoints {
        Endpoints::stand_in(self.url.parse().unwrap()).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the sandbox gives to those who are to read only.
fn read_credentials(folder: &Path, provider: &str) -> String {
    let words = ["sandbox", "credentials", "--for", provider, "--read-only", "-C"];
    let output = Command::new(env!("CARGO_BIN_EXE_tripod")).args(words).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

/// Tries to let somebody into a mailbox, with what a reader found out about both.
async fn try_to_grant(
    reader: &dyn TenantReader,
    writer: &dyn TenantWriter,
    mailbox: &str,
    person: &str,
) -> Result<(), TenantError> {
    let query = MailboxQuery { address: address(mailbox), kind: Kind::SharedMailbox, id: None };
    let Some(Observed::Present(found)) = reader.mailboxes(&[query]).await.pop() else { panic!("no {mailbox}") };
    let Some(Observed::Present(who)) = reader.people(&[address(person)]).await.pop() else { panic!("no {person}") };
    let grant = Grant {
        mailbox: MailboxRef { id: found.id, address: found.address, kind: Kind::SharedMailbox },
        person: PersonRef { id: who.id, address: who.address },
    };
    let outcome = Mutex::new(None);
    writer.grant(&[grant], &|_, result| *outcome.lock().unwrap() = Some(result.map(|written| written.value))).await;
    outcome.into_inner().unwrap().unwrap()
}

#[test]
fn the_stand_ins_refuse_writes_to_the_identities_that_read() {
    let folder = workspace();
    let theirs: Value = serde_json::from_str(&read_credentials(folder.path(), "microsoft")).unwrap();
    let app = AppCredentials {
        client_id: Some(theirs["client-id"].as_str().unwrap().to_owned()),
        proof: ClientProof::Secret(SecretString::from(theirs["client-secret"].as_str().unwrap())),
    };
    let juniper = GoogleTenant {
        customer: "C0juniper1".to_owned(),
        admin: address("admin@juniper.example"),
        security_scope: false,
        mailbox_unit: "/Service mailboxes".to_owned(),
        domains: vec!["juniper.example".to_owned()],
    };
    let northwind = MicrosoftTenant {
        tenant_id: theirs["tenant-id"].as_str().unwrap().to_owned(),
        domains: vec!["northwind.example".to_owned()],
    };
    let served = Served::start(folder.path());
    // The key names Google's own address for tokens; the program never sends there what belongs to a stand-in.
    let key = read_credentials(folder.path(), "google");
    let token = format!("{}/oauth2.googleapis.com/token", served.url.trim_end_matches('/'));
    let key = SecretString::from(key.replace("https://oauth2.googleapis.com/token", &token));
    let google = ServiceAccountKey::from_json(&key).unwrap();
    let clock = || Arc::new(SystemClock);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let reader = GoogleReader::new(juniper.clone(), google.clone(), served.endpoints(), clock()).unwrap();
        let writer = GoogleWriter::new(juniper, google, served.endpoints(), clock()).unwrap();
        let error = try_to_grant(&reader, &writer, "design-tools@juniper.example", "elif.demir@juniper.example").await;
        let error = error.expect_err("Google let a reading identity write");
        assert!(matches!(error.kind, ErrorKind::Denied | ErrorKind::SetUp), "{error}");

        let reader = MicrosoftReader::new(northwind.clone(), app.clone(), served.endpoints(), clock()).unwrap();
        let writer = MicrosoftWriter::new(northwind, app, served.endpoints(), clock()).unwrap();
        let error = try_to_grant(&reader, &writer, "backups@northwind.example", "viktor.novak@northwind.example").await;
        let error = error.expect_err("Microsoft let a reading identity write");
        assert!(matches!(error.kind, ErrorKind::Denied | ErrorKind::SetUp), "{error}");
    });
    drop(served);
    for (mailbox, person) in
        [("design-tools@juniper", "elif.demir@juniper"), ("backups@northwind", "viktor.novak@northwind")]
    {
        let output = run(folder.path(), None, &["access", &format!("{person}.example")]);
        assert!(!text(&output.stdout).contains(mailbox), "{}", text(&output.stdout));
    }
}
