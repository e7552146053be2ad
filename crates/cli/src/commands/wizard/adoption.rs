//! An app that hangs on a person and is to hang on a service mailbox: what is to be done, and how far it has come. No
//! terminal and no network.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tripod_model::{Address, Kind, Provider, SignIn, TenantName, WantedMailbox};
use tripod_tenant::Unknown;
use tripod_verifier::grants::GrantReport;

use crate::exit::{CommandError, Exit};
use crate::new_file;
use crate::workspace::records;

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
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Kept {
    version: u32,
    moves: Vec<Move>,
}

fn kept_file(root: &Path, sandbox: bool) -> PathBuf {
    records(root, sandbox).join("adopt.json")
}

/// The moves under way. A file that cannot be read is an error, because the next move would be written over it.
pub(super) fn kept(root: &Path, sandbox: bool) -> Result<Vec<Move>, CommandError> {
    let file = kept_file(root, sandbox);
    let wrong = |why: String| {
        CommandError::message(Exit::File, format!("the moves under way, {}, cannot be read: {why}", file.display()))
            .hint("mend the file; or move it away, and pick the apps again")
    };
    let text = match tripod_files::read_text(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(wrong(error.to_string())),
    };
    let kept: Kept = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if kept.version == 1 { Ok(kept.moves) } else { Err(wrong(format!("its version {} is not known", kept.version))) }
}

/// Keeps the moves under way for the next run; without any, nothing is kept.
pub(super) fn keep(root: &Path, sandbox: bool, moves: &[Move]) -> Result<(), CommandError> {
    let file = kept_file(root, sandbox);
    if moves.is_empty() {
        return match std::fs::remove_file(file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        };
    }
    new_file::private_folder(&records(root, sandbox))?;
    let kept = Kept { version: 1, moves: moves.to_vec() };
    new_file::replace_private(&file, &serde_json::to_string_pretty(&kept)?)
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
///
/// `provider` runs the person's mail, `of_mailbox` the mailbox.
pub(super) fn steps(
    grant: &GrantReport,
    mailbox: &WantedMailbox,
    provider: Provider,
    of_mailbox: Provider,
) -> Vec<String> {
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
        _ if of_mailbox != provider => format!(
            "Sign in to {app} as {address} with a password of {app}'s; its link arrives in the mailbox. If {app} knows \
             only «{button}», a mailbox at {of_mailbox} cannot do it: choose one of {}, with --mailbox",
            grant.tenant
        ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_moves_that_cannot_be_read_is_not_taken_for_none() {
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(kept(folder.path(), false).expect("none"), []);
        for text in ["{", "{\"version\": 2, \"moves\": []}"] {
            std::fs::create_dir_all(records(folder.path(), false)).expect("a folder");
            std::fs::write(kept_file(folder.path(), false), text).expect("written");
            let error = kept(folder.path(), false).expect_err(text);
            assert!(error.kind == Exit::File && error.error.to_string().contains("adopt.json"), "{error:?}");
        }
    }

    #[test]
    fn trying_out_on_stand_ins_loses_no_move_at_a_tenant() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |text: &str| text.parse::<Address>().expect("an address");
        let one = Move {
            tenant: TenantName("northwind".to_owned()),
            app_id: "1".to_owned(),
            app: "Figma".to_owned(),
            person: at("ann@northwind.example"),
            mailbox: at("figma@northwind.example"),
        };
        keep(folder.path(), false, std::slice::from_ref(&one)).expect("kept");
        keep(folder.path(), true, &[]).expect("kept");
        assert_eq!(kept(folder.path(), false).expect("moves"), [one]);
        assert_eq!(kept(folder.path(), true).expect("moves"), []);
    }
}
