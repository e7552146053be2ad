//! What a grant lets an app do, in plain words.
//!
//! The names are those of Google's OAuth scopes and of Microsoft Graph's delegated permissions.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much harm an app can do with a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Risk {
    /// It only learns who signs in.
    Low,
    /// It reads something that is not public, or writes something of little weight.
    Medium,
    /// Nobody here knows what the scope means; it is looked at like one of those that are high.
    Unknown,
    /// It reads or changes mail, files or other people's data.
    High,
    /// It changes accounts, access or the whole organisation.
    Critical,
}

impl Risk {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::Unknown => "unknown",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// What a scope means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct ScopeMeaning {
    /// The scope as the provider names it.
    pub scope: String,
    /// What it lets the app do, without a full stop; the scope itself where nobody here knows.
    pub sentence: String,
    /// How much harm it can do.
    pub risk: Risk,
}

const GOOGLE: &str = "https://www.googleapis.com/auth/";

/// Names without Google's prefix, and without regard to case.
const KNOWN: [(&str, &str, Risk); 58] = [
    ("openid", "sign the person in", Risk::Low),
    ("email", "see the person's address", Risk::Low),
    ("profile", "see the person's name and picture", Risk::Low),
    ("userinfo.email", "see the person's address", Risk::Low),
    ("userinfo.profile", "see the person's name and picture", Risk::Low),
    ("offline_access", "go on when the person is not there", Risk::Medium),
    ("https://mail.google.com/", "read, send and delete all mail", Risk::High),
    ("gmail.modify", "read, send and change all mail", Risk::High),
    ("gmail.readonly", "read all mail", Risk::High),
    ("gmail.compose", "write and send mail in the person's name", Risk::High),
    ("gmail.send", "send mail in the person's name", Risk::High),
    ("gmail.insert", "put mail into the mailbox", Risk::Medium),
    ("gmail.labels", "see and change labels", Risk::Low),
    ("gmail.metadata", "see who writes to whom and when, but not what", Risk::Medium),
    ("gmail.settings.basic", "change filters and forwarding of mail", Risk::High),
    ("gmail.settings.sharing", "give others access to the mailbox", Risk::Critical),
    ("drive", "read, change and delete all files", Risk::High),
    ("drive.readonly", "read all files", Risk::High),
    ("drive.file", "read and change the files that were opened with the app", Risk::Medium),
    ("drive.appdata", "keep its own data in the person's Drive", Risk::Low),
    ("drive.metadata.readonly", "see the names of all files", Risk::Medium),
    ("spreadsheets", "read and change all spreadsheets", Risk::High),
    ("spreadsheets.readonly", "read all spreadsheets", Risk::Medium),
    ("documents", "read and change all documents", Risk::High),
    ("calendar", "read and change all calendars", Risk::Medium),
    ("calendar.readonly", "read all calendars", Risk::Medium),
    ("calendar.events", "read and change all events", Risk::Medium),
    ("contacts", "read and change all contacts", Risk::Medium),
    ("contacts.readonly", "read all contacts", Risk::Medium),
    ("admin.directory.user", "create, change and delete accounts", Risk::Critical),
    ("admin.directory.user.readonly", "see every account of the organisation", Risk::Medium),
    ("admin.directory.user.security", "sign people out and take away their second factors", Risk::Critical),
    ("admin.directory.group", "create, change and delete groups", Risk::Critical),
    ("admin.directory.group.readonly", "see every group of the organisation", Risk::Medium),
    ("cloud-platform", "use and change everything in Google Cloud", Risk::Critical),
    ("user.read", "sign the person in and see the own profile", Risk::Low),
    ("user.readbasic.all", "see names and addresses of everybody", Risk::Medium),
    ("user.read.all", "see everybody's profile", Risk::Medium),
    ("user.readwrite", "change the person's profile", Risk::Medium),
    ("user.readwrite.all", "change everybody's profile", Risk::Critical),
    ("mail.read", "read all mail", Risk::High),
    ("mail.readbasic", "see who writes to whom and when, but not what", Risk::Medium),
    ("mail.readwrite", "read, change and delete all mail", Risk::High),
    ("mail.send", "send mail in the person's name", Risk::High),
    ("mail.read.shared", "read all mail that the person can open, shared mailboxes too", Risk::High),
    ("mail.readwrite.shared", "change all mail that the person can open, shared mailboxes too", Risk::High),
    ("mailboxsettings.readwrite", "change forwarding and other settings of the mailbox", Risk::High),
    ("files.read", "read the person's files", Risk::Medium),
    ("files.read.all", "read all files that the person can open", Risk::High),
    ("files.readwrite", "read and change the person's files", Risk::High),
    ("files.readwrite.all", "read and change all files that the person can open", Risk::High),
    ("sites.read.all", "read all SharePoint sites that the person can open", Risk::High),
    ("sites.readwrite.all", "change all SharePoint sites that the person can open", Risk::High),
    ("calendars.read", "read the person's calendars", Risk::Medium),
    ("calendars.readwrite", "read and change the person's calendars", Risk::Medium),
    ("contacts.readwrite", "read and change the person's contacts", Risk::Medium),
    ("directory.read.all", "see everybody, every group and every app", Risk::Medium),
    ("directory.readwrite.all", "change accounts, groups and apps", Risk::Critical),
];

/// What a scope means. One that nobody here knows is shown as it is.
#[must_use]
pub fn scope_meaning(scope: &str) -> ScopeMeaning {
    let plain = scope.strip_prefix(GOOGLE).unwrap_or(scope);
    let plain = plain.strip_prefix("https://graph.microsoft.com/").unwrap_or(plain);
    let known = KNOWN.iter().find(|(name, ..)| name.eq_ignore_ascii_case(plain));
    let (sentence, risk) =
        known.map_or_else(|| (scope.to_owned(), Risk::Unknown), |(_, s, risk)| ((*s).to_owned(), *risk));
    ScopeMeaning { scope: scope.to_owned(), sentence, risk }
}
