//! `desk.yaml`: which desk, where, with which credential, and who is who. The format is in `docs/reference/desk.md`.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use tripod_model::Address;
use tripod_tenant::Endpoints;
use url::Url;

use super::credential::{Credential, CredentialError};

/// The largest file that is read.
const LARGEST: usize = 256 * 1024;

/// A desk's settings.
#[derive(Clone, Debug)]
pub struct DeskSettings {
    /// Which desk.
    pub kind: DeskKind,
    /// Whose address each account at the desk has, by the account's name in lower case.
    pub people: BTreeMap<String, Address>,
    /// What webhooks are signed with.
    pub webhook: Option<Credential>,
    /// The vendor's hosts, or a stand-in for them on this machine.
    pub endpoints: Endpoints,
    /// The folder of the file, where relative paths begin.
    pub folder: PathBuf,
    /// The secret at a stand-in, in place of the credential that the file names: that one is for the vendor only.
    stand_in_secret: Option<SecretString>,
}

impl DeskSettings {
    /// The same desk at a stand-in on this machine, which takes this secret.
    #[must_use]
    pub fn at_stand_in(self, endpoints: Endpoints, secret: SecretString) -> Self {
        Self { endpoints, stand_in_secret: Some(secret), ..self }
    }

    /// The host of the desk's API, where it has one.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        match &self.kind {
            DeskKind::File(_) => None,
            DeskKind::GitHub(github) => Some(&github.url.host),
            DeskKind::Jira(jira) => Some(&jira.url.host),
            DeskKind::ServiceNow(servicenow) => Some(&servicenow.url.host),
        }
    }

    /// The secret that the desk takes.
    pub(super) fn secret(&self, credential: &Credential) -> Result<SecretString, CredentialError> {
        self.stand_in_secret.clone().map_or_else(|| credential.read(&self.folder), Ok)
    }

    /// What webhooks are signed with; nothing if the settings do not say.
    pub fn webhook_secret(&self) -> Result<Option<SecretString>, CredentialError> {
        self.webhook.as_ref().map(|webhook| webhook.read(&self.folder)).transpose()
    }
}

/// A kind of desk with what only it needs.
#[derive(Clone, Debug)]
pub enum DeskKind {
    /// A folder of tickets.
    File(FileSettings),
    /// GitHub issues.
    GitHub(GitHubSettings),
    /// A queue of Jira Service Management.
    Jira(JiraSettings),
    /// Requested items of ServiceNow.
    ServiceNow(ServiceNowSettings),
}

impl DeskKind {
    /// The name of the desk, as [`crate::desk::Desk::name`] gives it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::GitHub(_) => "github",
            Self::Jira(_) => "jira",
            Self::ServiceNow(_) => "servicenow",
        }
    }
}

/// A folder of tickets.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileSettings {
    /// The folder, from the folder of the settings.
    pub folder: PathBuf,
}

/// GitHub issues of one repository.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GitHubSettings {
    /// `owner/name`.
    pub repository: Repository,
    /// The label of the issues that are requests.
    #[serde(default = "label")]
    pub label: String,
    /// The root of the API; an Enterprise Server has it at `https://host/api/v3`.
    #[serde(default = "github")]
    pub url: Root,
    /// The login that Tripod writes as, where the token cannot tell (an app's installation: `name[bot]`).
    pub account: Option<String>,
    /// The token.
    pub credential: Credential,
}

/// A queue of Jira Service Management.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct JiraSettings {
    /// The site, `https://name.atlassian.net`.
    pub url: Root,
    /// The key of the service project, with which every request begins.
    pub project: Word,
    /// The number of the queue with the open requests.
    pub queue: u64,
    /// The e-mail address of the account that the token belongs to.
    pub user: Address,
    /// Which field of the request each custom field is, where its label is another than the form's.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// The id of the request type; a request of another type is none of ours. Without it, every request of the project
    /// that a message names is taken for one.
    pub request_type: Option<Word>,
    /// Whether the requester sees the living comment, which also tells them what is wrong with the request.
    #[serde(default = "yes")]
    pub public: bool,
    /// The name of the transition that closes a request; without it, the first that leads to a status that is done.
    pub done: Option<String>,
    /// The API token.
    pub credential: Credential,
}

/// Requested items of one catalogue item of ServiceNow.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ServiceNowSettings {
    /// The instance, `https://name.service-now.com`.
    pub url: Root,
    /// The `sys_id` of the catalogue item.
    pub item: Word,
    /// The account that the password belongs to.
    pub user: String,
    /// The field of `sc_req_item` that holds the living comment.
    #[serde(default = "plan_field")]
    pub plan_field: Word,
    /// The number of the state that closes an item: 3 is «Closed Complete».
    #[serde(default = "closed_complete")]
    pub closed_state: i32,
    /// The password.
    pub credential: Credential,
}

fn yes() -> bool {
    true
}

fn plan_field() -> Word {
    Word("u_tripod_plan".to_owned())
}

fn closed_complete() -> i32 {
    3
}

/// Letters, digits and `_`: safe in a path and in a query.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Word(String);

impl Word {
    /// The word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Word {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if plain && (1..=64).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err("this has letters, digits and _ only".to_owned())
        }
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn label() -> String {
    "service-mailbox".to_owned()
}

fn github() -> Root {
    Root { host: "api.github.com".to_owned(), path: String::new() }
}

/// An owner and a repository of theirs, each one segment of a URL.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Repository {
    /// The owner.
    pub owner: String,
    /// The repository.
    pub name: String,
}

impl TryFrom<String> for Repository {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let plain = |part: &str| {
            !part.is_empty()
                && part.len() <= 100
                && !matches!(part, "." | "..")
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
        };
        match text.split_once('/') {
            Some((owner, name)) if plain(owner) && plain(name) => {
                Ok(Self { owner: owner.to_owned(), name: name.to_owned() })
            }
            _ => Err("a repository is written `owner/name`".to_owned()),
        }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.name)
    }
}

/// Where an API begins: a host over TLS, and a path without a slash at its end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Root {
    pub(super) host: String,
    pub(super) path: String,
}

impl TryFrom<String> for Root {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let url = Url::parse(&text).map_err(|_| "this is no URL".to_owned())?;
        let bare = url.username().is_empty() && url.password().is_none();
        if url.scheme() != "https" || !bare || url.query().is_some() || url.fragment().is_some() {
            return Err("a desk's URL is https://host or https://host/path, with nothing else in it".to_owned());
        }
        let host = url.host_str().ok_or("this URL has no host")?;
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        Ok(Self { host, path: url.path().trim_end_matches('/').to_owned() })
    }
}

/// The root of a stand-in.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct StandIn(Endpoints);

impl TryFrom<String> for StandIn {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let url = Url::parse(&text).map_err(|_| "this is no URL".to_owned())?;
        Endpoints::stand_in(url).map(Self).map_err(|error| error.to_string())
    }
}

/// What is wrong with `desk.yaml`, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("desk.yaml:{line}:{column}: {message}")]
pub struct SettingsProblem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Raw {
    version: u32,
    file: Option<FileSettings>,
    github: Option<GitHubSettings>,
    jira: Option<JiraSettings>,
    servicenow: Option<ServiceNowSettings>,
    #[serde(default)]
    people: BTreeMap<String, Address>,
    webhook: Option<Credential>,
    stand_in: Option<StandIn>,
}

/// Reads `desk.yaml`, which lies in `folder`.
pub fn settings(bytes: &[u8], folder: &Path) -> Result<DeskSettings, SettingsProblem> {
    let at = |line, column, message: String| SettingsProblem { line, column, message };
    if bytes.len() > LARGEST {
        return Err(at(1, 1, format!("the file has more than {} KiB", LARGEST / 1024)));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| at(1, 1, "the file is not UTF-8".to_owned()))?;
    let options = serde_yaml::options! {
        strict_booleans: true,
        // A snippet could show what somebody wrote into the file by mistake.
        with_snippet: false,
    };
    let raw: Raw = serde_yaml::from_str_with_options(text, options).map_err(|error| {
        let (line, column) = error.location().map_or((1, 1), |place| (place.line(), place.column()));
        let sentence = error.to_string();
        let first = sentence.lines().next().unwrap_or_default();
        let first = first.split(" at line ").next().unwrap_or(first);
        let spot = |number| usize::try_from(number).unwrap_or(1);
        at(spot(line), spot(column), crate::text::printable(first, 200))
    })?;
    if raw.version != 1 {
        return Err(at(1, 1, format!("version {} is not known; this program reads version 1", raw.version)));
    }
    let kinds = [
        raw.servicenow.map(DeskKind::ServiceNow),
        raw.file.map(DeskKind::File),
        raw.github.map(DeskKind::GitHub),
        raw.jira.map(DeskKind::Jira),
    ];
    let mut kinds = kinds.into_iter().flatten();
    let (Some(kind), None) = (kinds.next(), kinds.next()) else {
        return Err(at(1, 1, "name exactly one desk: file, github, jira or servicenow".to_owned()));
    };
    let mut people: BTreeMap<String, Address> = BTreeMap::new();
    for (account, address) in raw.people {
        let key = account.to_lowercase();
        if people.get(&key).is_some_and(|other| *other != address) {
            let account = crate::text::printable(&account, 80);
            let message = format!("`people` has {account} twice, with two addresses; case does not count there");
            return Err(at(1, 1, message));
        }
        people.insert(key, address);
    }
    let endpoints = raw.stand_in.map_or_else(Endpoints::providers, |stand_in| stand_in.0);
    let folder = folder.to_owned();
    Ok(DeskSettings { kind, people, webhook: raw.webhook, endpoints, folder, stand_in_secret: None })
}
