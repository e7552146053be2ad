//! No secret is found where none belongs: secrets that can be recognised are planted, everything is run with every log
//! on, right and wrong, and whatever was said or written is searched for them.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "example.rs"]
mod example;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use example::two_tenants;
use serde_json::{Value, json};
use tempfile::TempDir;

/// In the address of the webhook, as Slack and Teams have it.
const WEBHOOK: &str = "planted-webhook-hR7vQ2";
/// In files and variables that the workspace names, and that are no sound credentials.
const UNSOUND: &str = "planted-unsound-k9TzWm";
/// A long secret is looked for by pieces of this length, because a leak may be a piece.
const PIECE: usize = 40;

/// What must not be found, by what it is.
type Secrets = BTreeMap<String, Vec<String>>;

fn pieces(secret: &str) -> Vec<String> {
    let longest_lines = secret.lines().filter(|line| !line.starts_with("-----") && line.len() >= 16);
    longest_lines.map(|line| line.chars().take(PIECE).collect()).collect()
}

/// Tokens in the forms that the stand-ins, and the providers, give them.
fn tokens(text: &str) -> Vec<&str> {
    let is_of_token = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let words = text.split(|c: char| !is_of_token(c));
    let mut found: Vec<&str> = words
        .filter(|word| (word.starts_with("eyJ") && word.matches('.').count() >= 2) || word.starts_with("ya29."))
        .collect();
    found.extend(text.match_indices("1//0").map(|(at, _)| &text[at..(at + 12).min(text.len())]));
    found
}

struct Life {
    workspace: TempDir,
    /// Where the first password and the public key go; outside of everything that is searched.
    outside: TempDir,
    secrets: Secrets,
    /// Everything that was said, by the command that said it.
    said: Vec<(String, String)>,
}

impl Life {
    fn new() -> Self {
        let outside = tempfile::tempdir().unwrap();
        Self { workspace: two_tenants(), outside, secrets: Secrets::new(), said: Vec::new() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.workspace.path().join(name)
    }

    fn append(&self, name: &str, text: &str) {
        let whole = fs::read_to_string(self.file(name)).unwrap() + text;
        fs::write(self.file(name), whole).unwrap();
    }

    /// Runs a command with every log on, and keeps what it says.
    fn run(&mut self, words: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tripod"));
        command.args(words).args(["-vvv", "--no-input", "-C"]).arg(self.workspace.path());
        command.env_clear().env("PATH", "/usr/bin:/bin").env("RUST_BACKTRACE", "full").env("UNSOUND", UNSOUND);
        command.env("TRIPOD_SECRETS", self.file("kept"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that reads nothing has closed its end.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        self.said.push((words.join(" "), said));
        output
    }

    fn sandbox(&mut self, words: &[&str]) -> Output {
        let mut all = words.to_vec();
        all.push("--sandbox");
        self.run(&all, "")
    }

    /// The same, and it must end as designed.
    fn sandbox_ends(&mut self, status: i32, words: &[&str]) -> Value {
        let output = self.sandbox(words);
        let (command, said) = self.said.last().unwrap();
        assert_eq!(output.status.code(), Some(status), "tripod {command}\n{said}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    fn plant(&mut self, what: &str, secret: &str) {
        let pieces = pieces(secret);
        assert!(!pieces.is_empty(), "{what} is too short to be recognised");
        self.secrets.entry(what.to_owned()).or_default().extend(pieces);
    }

    /// The credentials that the stand-ins take are secrets like the providers'. They are printed once, by the command
    /// that is there for it, and not searched.
    fn plant_those_of_the_stand_ins(&mut self) {
        for (provider, fields) in [("google", &["private_key"][..]), ("microsoft", &["certificate", "client-secret"])] {
            for more in [&[][..], &["--read-only"]] {
                let words = [&["sandbox", "credentials", "--for", provider, "--format", "json"], more].concat();
                let output = self.run(&words, "");
                let _ = self.said.pop();
                let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
                for field in fields {
                    let secret = printed[*field].as_str().unwrap().to_owned();
                    // A certificate is public; its key is not.
                    let secret = secret.split("-----END PRIVATE KEY-----").next().unwrap();
                    self.plant(&format!("{provider} {field}"), secret);
                }
            }
        }
    }

    /// The files of the workspace. What the stand-ins keep is theirs, as it is the provider's.
    fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, files);
                } else {
                    files.push(path);
                }
            }
        }
        let mut files = Vec::new();
        walk(self.workspace.path(), &mut files);
        files.retain(|path| {
            let name = path.strip_prefix(self.workspace.path()).unwrap().to_string_lossy().into_owned();
            !name.starts_with(".tripod/sandbox.")
        });
        files
    }

    /// Where a secret or a token stands that does not belong there. `homes` are the files that are there for one.
    fn leaks(&self, homes: &[&str]) -> Vec<String> {
        let mut leaks = Vec::new();
        let mut search = |place: &str, text: &str| {
            for (what, pieces) in &self.secrets {
                if pieces.iter().any(|piece| text.contains(piece)) {
                    leaks.push(format!("{what} in {place}"));
                }
            }
            leaks.extend(tokens(text).first().map(|token| format!("a token ({}…) in {place}", &token[..8])));
        };
        for (command, said) in &self.said {
            search(&format!("what `tripod {command}` said"), said);
        }
        for path in self.files() {
            let name = path.strip_prefix(self.workspace.path()).unwrap().to_string_lossy().into_owned();
            if !homes.contains(&name.as_str()) {
                search(&name, &String::from_utf8_lossy(&fs::read(&path).unwrap()));
            }
        }
        leaks
    }
}

/// Takes whatever is posted, and says that it was taken.
fn webhook() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/{WEBHOOK}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let connection = connection.unwrap();
            let mut reader = BufReader::new(&connection);
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            reader.read_exact(&mut vec![0; length]).unwrap();
            (&connection).write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        }
    });
    url
}

#[test]
fn a_whole_life_at_the_highest_verbosity_shows_and_writes_no_secret() {
    let mut life = Life::new();
    let password = life.outside.path().join("first-password");
    life.append("mailboxes/juniper.yaml", &format!(
        "\n- address: sign-in@juniper.example\n  name: Sign-in\n  purpose: Signs in where only Google can\n  \
         kind: shared-mailbox\n  sign-in: allowed\n  credential: {{vault: the safe, deliver: [sh, -c, \"cat >'{}'\"]}}\n  \
         delegates: [ines.carvalho@juniper.example, tomasz.wilk@juniper.example, amara.okafor@juniper.example]\n",
        password.display()
    ));
    life.append("policies/baseline.yaml", "\napprovals: {approvers: [sofia.petrova@northwind.example]}\n");
    fs::write(life.file("webhook-url"), webhook()).unwrap();
    life.secrets.insert("the webhook's address".to_owned(), vec![WEBHOOK.to_owned()]);
    life.plant_those_of_the_stand_ins();

    life.sandbox_ends(0, &["check"]);
    life.sandbox(&["doctor", "--format", "json"]);
    let plan = life.file("plan.json").display().to_string();
    life.sandbox_ends(0, &["plan", "-o", &plan]);
    life.sandbox_ends(0, &["runbook", &plan]);
    life.sandbox_ends(0, &["apply", &plan, "--yes"]);
    life.plant("the first password", &fs::read_to_string(&password).unwrap());
    for form in ["text", "json", "markdown", "html", "sarif", "junit"] {
        life.sandbox(&["verify", "--format", form]);
    }
    life.sandbox_ends(0, &["sandbox", "leave", "grace.odhiambo@northwind.example"]);
    for words in [
        &["impact", "astrid.lindqvist@northwind.example"][..],
        &["grants"],
        &["access", "astrid.lindqvist@northwind.example"],
        &["import", "--all"],
        &["auth", "status"],
        &["watch", "--looks", "1", "--webhook-file"],
    ] {
        let file = life.file("webhook-url").display().to_string();
        let mut words = words.to_vec();
        if words.last() == Some(&"--webhook-file") {
            words.push(&file);
        }
        life.sandbox(&words);
    }

    life.sandbox_ends(0, &["evidence", "key"]);
    life.plant("the key that signs evidence", &fs::read_to_string(life.file(".tripod/evidence-key.pem")).unwrap());
    let people = ["jonas.becker", "samuel.osei", "noor.rahman"].map(|name| format!("{name}@northwind.example"));
    let request = json!({
        "mailbox": "freight-audit@northwind.example",
        "purpose": "Receives the reports of the freight auditor",
        "app": "Trax",
        "kind": "shared-mailbox",
        "people": people,
        "requester": "jonas.becker@northwind.example",
    });
    fs::create_dir_all(life.file("tickets/IT-7/approvals")).unwrap();
    fs::write(life.file("tickets/IT-7/request.json"), request.to_string()).unwrap();
    let worked = life.sandbox_ends(0, &["ticket", "run", "IT-7", "--format", "json"]);
    let digest = &worked["state"]["digest"];
    let approval = json!({"by": "sofia.petrova@northwind.example", "digest": digest, "at": "2026-11-23T09:01:00Z"});
    fs::write(life.file("tickets/IT-7/approvals/sofia.json"), approval.to_string()).unwrap();
    let closed = life.sandbox_ends(0, &["ticket", "run", "IT-7", "--format", "json"]);
    assert_eq!(closed["state"]["state"], "closed", "{closed}");
    life.sandbox(&["journal", "verify"]);

    let homes = [".tripod/evidence-key.pem", "webhook-url"];
    assert_eq!(life.leaks(&homes), Vec::<String>::new());
    let mode = fs::metadata(life.file(".tripod/evidence-key.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    // The search finds what is there: each secret and a token, where somebody would have let them slip.
    let (count, token) = (life.secrets.len(), "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl");
    let slips: Vec<String> = life.secrets.values().map(|pieces| pieces.last().unwrap().clone()).collect();
    fs::write(life.file("slip"), format!("{} authorization: Bearer {token}", slips.join(" "))).unwrap();
    assert_eq!(life.leaks(&homes).len(), count + 1);
}

#[test]
fn a_sign_in_is_kept_in_one_file_of_its_owner_and_nowhere_else() {
    let mut life = Life::new();
    for (file, from, to) in [
        ("tripod.yaml", "certificate: {path: keys/northwind-app.pem}", "device-code: true"),
        (
            "sandbox.yaml",
            "    domains: [northwind.example]\n",
            "    domains: [northwind.example]\n    sign-in: {device-code: {by: sofia.petrova@northwind.example}}\n",
        ),
    ] {
        let text = fs::read_to_string(life.file(file)).unwrap();
        assert!(text.contains(from), "{file}");
        fs::write(life.file(file), text.replacen(from, to, 1)).unwrap();
    }
    life.sandbox_ends(0, &["auth", "login", "northwind"]);
    let folder = life.file(".tripod/sandbox-sign-ins");
    let kept: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&kept[0])), (0o700, 0o600));
    life.plant("the sign-in", &fs::read_to_string(&kept[0]).unwrap());
    for words in [&["auth", "status"][..], &["verify"], &["doctor"], &["apply", "--yes"], &["auth", "login"]] {
        life.sandbox(words);
    }
    // Microsoft gives out a new one now and then; both are secrets.
    life.plant("the sign-in", &fs::read_to_string(&kept[0]).unwrap());
    let home = kept[0].strip_prefix(life.workspace.path()).unwrap().to_str().unwrap().to_owned();
    assert_eq!(life.leaks(&[&home]), Vec::<String>::new());
    life.sandbox_ends(0, &["auth", "logout", "northwind"]);
    assert!(!kept[0].exists());
}

#[test]
fn credentials_that_are_unsound_are_refused_without_a_word_of_them() {
    let mut life = Life::new();
    life.secrets.insert("an unsound credential".to_owned(), vec![UNSOUND.to_owned()]);
    fs::create_dir(life.file("keys")).unwrap();
    let key = json!({
        "type": "service_account", "client_email": "tripod@p.iam.gserviceaccount.com", "client_id": "1",
        "private_key": format!("-----BEGIN PRIVATE KEY-----\n{UNSOUND}\n-----END PRIVATE KEY-----\n"),
        "token_uri": "https://oauth2.googleapis.com/token",
    });
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{UNSOUND}\n-----END PRIVATE KEY-----\n");
    let settings = fs::read_to_string(life.file("tripod.yaml")).unwrap();
    for (google, microsoft, way) in [
        (key.to_string(), pem.clone(), "certificate: {path: keys/northwind-app.pem}"),
        (format!("{{\"private_key\": {UNSOUND}"), UNSOUND.to_owned(), "certificate: {env: UNSOUND}"),
        (json!({"type": UNSOUND}).to_string(), String::new(), "certificate: {keychain: northwind}"),
    ] {
        fs::write(life.file("keys/juniper-service-account.json"), &google).unwrap();
        fs::write(life.file("keys/northwind-app.pem"), &microsoft).unwrap();
        fs::write(life.file("tripod.yaml"), settings.replace("certificate: {path: keys/northwind-app.pem}", way))
            .unwrap();
        for words in [&["auth", "login", "northwind"][..], &["auth", "status"], &["plan"], &["verify"], &["doctor"]] {
            let input = if words[1..].contains(&"login") { pem.as_str() } else { "" };
            life.run(words, input);
        }
        assert!(life.said.iter().rev().take(3).all(|(_, said)| said.contains("juniper")), "{:#?}", life.said);
    }
    assert_eq!(life.leaks(&["keys/juniper-service-account.json", "keys/northwind-app.pem"]), Vec::<String>::new());
}
