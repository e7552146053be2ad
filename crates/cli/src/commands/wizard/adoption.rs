//! An app that hangs on a person and is to hang on a service mailbox: what is to be done, and how far it has come. No
//! terminal and no network.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tripod_model::{Address, Kind, Provider, SignIn, TenantName, WantedMailbox};
use tripod_tenant::Unknown;
use tripod_verifier::grants::GrantReport;

use crate::exit::CommandError;
use crate::new_file;
use crate::workspace::private_folder;

/// A move that is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Move {
    /// The tenant that the person is in.
    pub tenant: TenantName,
    /// The provider's id of the app.
    pub app_id: String,
    /// The app's name.
    pub app: String,
    /// On whose account it hangs.
    pub person: Address,
    /// Which mailbox takes it over.
    pub mailbox: Address,
}

/// How far a move has come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Standing<'a> {
    /// The old grant is gone.
    Gone,
    /// The old grant is still there.
    StillThere(&'a GrantReport),
    /// Nobody knows, and why.
    Unknown(&'a Unknown),
}

impl Move {
    /// Whether it is about this grant.
    pub(super) fn is_of(&self, grant: &GrantReport) -> bool {
        self.tenant == grant.tenant && self.app_id == grant.app_id && self.person == grant.person
    }

    /// How far it has come, by the grants that were read; `lost` is why not all of the tenant's could be.
    pub(super) fn standing<'a>(&self, grants: &'a [GrantReport], lost: Option<&'a Unknown>) -> Standing<'a> {
        match (grants.iter().find(|grant| self.is_of(grant)), lost) {
            (Some(grant), _) => Standing::StillThere(grant),
            (None, Some(lost)) => Standing::Unknown(lost),
            (None, None) => Standing::Gone,
        }
    }
}

/// What the next run finds. No secret is in it.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Kept {
    version: u32,
    /// Whether stand-ins answered.
    sandbox: bool,
    moves: Vec<Move>,
}

fn kept_file(root: &Path) -> PathBuf {
    private_folder(root).join("adopt.json")
}

/// The moves under way.
pub(super) fn kept(root: &Path, sandbox: bool) -> Vec<Move> {
    let kept = std::fs::read_to_string(kept_file(root)).ok().and_then(|text| serde_json::from_str::<Kept>(&text).ok());
    kept.filter(|kept| kept.version == 1 && kept.sandbox == sandbox).map(|kept| kept.moves).unwrap_or_default()
}

/// Keeps the moves under way for the next run; without any, nothing is kept.
pub(super) fn keep(root: &Path, sandbox: bool, moves: &[Move]) -> Result<(), CommandError> {
    let file = kept_file(root);
    if moves.is_empty() {
        return match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    }
    std::fs::create_dir_all(private_folder(root))?;
    let kept = Kept { version: 1, sandbox, moves: moves.to_vec() };
    new_file::replace(&file, &serde_json::to_string_pretty(&kept)?)
}

/// What a grant is, in one line: how risky, which app, on whom, and what it may do.
pub(super) fn line(grant: &GrantReport) -> String {
    format!("{:<8} {} hangs on {}{}; may {}", grant.risk.word(), grant.app, grant.person, account(grant), may(grant))
}

fn account(grant: &GrantReport) -> String {
    match (&grant.inactive, grant.active) {
        (Some(why), _) => format!(" ({why})"),
        (None, Some(true)) => String::new(),
        (None, _) => " (whether the account is active is unknown)".to_owned(),
    }
}

/// What the app may do.
pub(super) fn may(grant: &GrantReport) -> String {
    let mut may: Vec<&str> = grant.may.iter().map(|meaning| meaning.sentence.as_str()).collect();
    may.dedup();
    if may.is_empty() { "sign the person in".to_owned() } else { may.join("; ") }
}

/// What is to be done, step by step. What only the app's own pages can tell is left to them.
pub(super) fn steps(grant: &GrantReport, mailbox: &WantedMailbox, provider: Provider) -> Vec<String> {
    let (app, person, address) = (&grant.app, &grant.person, &mailbox.address);
    let mut steps = vec![format!(
        "In {app}: invite {address} with the rights that {person} has there, the owner's or an administrator's among \
         them; the invitation arrives in the mailbox, where its people read it"
    )];
    let button = match provider {
        Provider::GoogleWorkspace => "Sign in with Google",
        Provider::Microsoft365 => "Sign in with Microsoft",
    };
    steps.push(match (mailbox.kind, mailbox.sign_in) {
        (Kind::SharedMailbox, SignIn::Allowed) => {
            format!("Sign in to {app} as {address}, with the mailbox's own account or with a password of {app}'s")
        }
        (Kind::SharedMailbox, SignIn::Blocked) => format!(
            "Sign in to {app} as {address} with a password of {app}'s; its link arrives in the mailbox. If {app} knows \
             only «{button}», set `sign-in: allowed` for the mailbox first"
        ),
        (Kind::GroupInbox, _) => format!(
            "Sign in to {app} as {address} with a password of {app}'s; its link arrives in the mailbox. If {app} knows \
             only «{button}», a group cannot do it: make a shared-mailbox for it"
        ),
    });
    steps.push(format!(
        "Connect again there what is connected as {person} (it may {}), and see that it works; only then go on",
        may(grant)
    ));
    // Who cannot sign in any more cannot take anything back either.
    let or_themselves = |place: &str| match grant.active {
        Some(false) => "An administrator".to_owned(),
        _ => format!("{person}: {place}. Or an administrator"),
    };
    steps.push(match provider {
        Provider::GoogleWorkspace => format!(
            "Take the old grant back. {}: admin.google.com, Directory, Users, {person}, Security, Connected applications, {app}",
            or_themselves(&format!("myaccount.google.com, Security, third-party apps and services, {app}"))
        ),
        Provider::Microsoft365 if grant.by_assignment => format!(
            "Take the old assignment back: entra.microsoft.com, Enterprise applications, {app}, Users and groups, {person}"
        ),
        Provider::Microsoft365 => format!(
            "Take the old grant back. {}: entra.microsoft.com, Enterprise applications, {app}; under Permissions, \
             User consent, Review permissions gives the PowerShell that revokes it, and under Users and groups {person} \
             is removed",
            or_themselves(&format!("myapps.microsoft.com, {app}, Manage your application, Revoke permissions"))
        ),
    });
    steps
}
