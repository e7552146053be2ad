//! Whoever sits in front of a browser and signs in there has it opened. No provider is reached: who declines is not
//! asked for anything more.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use tempfile::TempDir;
use url::Url;

use crate::terminal::Terminal;

/// A browser that writes down what it is to open, on a desktop.
pub(crate) struct Browser {
    folder: TempDir,
    program: String,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("browser");
        let script = "#!/bin/sh\necho 'a line that nobody should see'\nprintf '%s' \"$1\" > \"$0.part\"\nmv \"$0.part\" \"$0.opened\"\n";
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self { program: path.to_string_lossy().into_owned(), folder }
    }

    pub(crate) fn environment(&self) -> [(&str, &str); 2] {
        [("DISPLAY", ":0"), ("BROWSER", &self.program)]
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("browser.opened")
    }

    /// The page that it was to open.
    pub(crate) fn opened(&self) -> Option<String> {
        fs::read_to_string(self.file()).ok()
    }
}

/// A workspace of a real customer, whose administrator signs in in the browser.
fn workspace() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let settings = "version: 1\ntenants:\n  juniper:\n    provider: google-workspace\n    customer: C0juniper1\n    \
                    domains: [juniper.example]\n    admin: admin@juniper.example\n    mailbox-unit: /\n    \
                    credentials: {browser: {client: {path: client.json}}}\n";
    let client = r#"{"installed": {"client_id": "1.apps", "token_uri": "https://oauth2.googleapis.com/token"}}"#;
    fs::create_dir(folder.path().join("mailboxes")).unwrap();
    fs::write(folder.path().join("tripod.yaml"), settings).unwrap();
    fs::write(folder.path().join("client.json"), client).unwrap();
    folder
}

/// Comes back to the program's page as a browser does in which somebody has declined.
fn decline(page: &str) {
    let page = Url::parse(page).unwrap();
    let value = |name: &str| page.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let back = value("redirect_uri");
    let mut connection = TcpStream::connect(back.strip_prefix("http://").unwrap()).unwrap();
    let state = value("state");
    write!(connection, "GET /?error=access_denied&state={state} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n").unwrap();
    connection.read_to_string(&mut String::new()).unwrap();
}

fn log_in(folder: &TempDir, words: &[&str], environment: &[(&str, &str)]) -> Terminal {
    let secrets = folder.path().join("secrets").to_string_lossy().into_owned();
    let environment = [environment, &[("TRIPOD_SECRETS", secrets.as_str())]].concat();
    Terminal::start(folder.path(), &[&["auth", "login"], words].concat(), (40, 120), &environment)
}

/// The page that is printed.
fn printed(terminal: &Terminal) -> String {
    let text = String::from_utf8_lossy(terminal.bytes()).into_owned();
    text.lines().find_map(|line| line.trim().strip_prefix("https://")).map(|rest| format!("https://{rest}")).unwrap()
}

#[test]
fn the_browser_is_opened_and_the_address_is_printed_anyway() {
    let (folder, browser) = (workspace(), Browser::new());
    let mut terminal = log_in(&folder, &[], &browser.environment());
    terminal.wait("your browser opens this page; if it does not, open it on this machine:");
    terminal.wait_until("the browser", || browser.opened().is_some());
    let page = browser.opened().unwrap();
    assert!(page.starts_with("https://accounts.google.com/o/oauth2/v2/auth?"), "{page}");
    decline(&page);
    assert_eq!(terminal.end(), 5, "{}", terminal.contents());
    assert_eq!(printed(&terminal), page);
    assert!(!terminal.contents().contains("nobody should see"), "{}", terminal.contents());
}

#[test]
fn no_browser_is_opened_where_nobody_wants_it_or_sees_it() {
    let afar = [("SSH_CONNECTION", "192.0.2.1 50000 192.0.2.2 22")];
    for (words, environment) in [(&["--no-browser"][..], &[][..]), (&["--no-input"], &[]), (&[], &afar)] {
        let (folder, browser) = (workspace(), Browser::new());
        let mut terminal = log_in(&folder, words, &[&browser.environment(), environment].concat());
        terminal.wait("open this page in a browser on this machine:");
        terminal.wait("&prompt=consent");
        decline(&printed(&terminal));
        assert_eq!(terminal.end(), 5, "{}", terminal.contents());
        assert_eq!(browser.opened(), None, "{words:?} {environment:?}");
    }
}
