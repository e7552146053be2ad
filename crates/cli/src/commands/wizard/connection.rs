//! Reaches the tenant that the answers name: who is in it, which addresses are taken, who can act today.

use std::path::Path;
use std::sync::Arc;

use secrecy::SecretString;
use tripod_google::{AmbientPlaces, BrowserClient, CallerCredential, ServiceAccountKey};
use tripod_model::{Address, Kind, Policy, Provider, TenantName, read};
use tripod_sandbox::Access;
use tripod_tenant::{
    Activity, Form, MailboxQuery, Observed, ObservedMailbox, Outcome, Person, Purpose, RefreshTokens, TenantReader,
    Unknown,
};

use super::files::NewFile;
use super::ways::BROWSER;
use crate::browser::Browser;
use crate::commands::doctor;
use crate::exit::{CommandError, Exit};
use crate::session::Session;
use crate::workspace::Workspace;

/// The tenant that the mailbox will be in, and the workspace by which it is reached.
pub(crate) struct Reached {
    /// Its name.
    pub name: TenantName,
    /// The workspace: the one that is there, or the one that would be written, without a mailbox.
    pub workspace: Workspace,
}

/// The workspace that this new `tripod.yaml` makes, still without mailboxes.
pub(crate) fn workspace_of(root: &Path, settings: &NewFile) -> Result<Workspace, CommandError> {
    let (settings, problems) = read::settings(&settings.source());
    let broken = || CommandError::message(Exit::File, "the answers about the tenant do not make a tripod.yaml");
    let settings = settings.ok_or_else(broken)?;
    let policy = Policy::default();
    Ok(Workspace {
        root: root.to_owned(),
        settings,
        mailboxes: Vec::new(),
        policy,
        problems,
        files: 1,
        sources: Vec::new(),
    })
}

/// The reading side of the tenant.
fn reader(session: &Session, reached: &Reached) -> Result<Arc<dyn TenantReader>, CommandError> {
    session
        .readers(&reached.workspace)
        .remove(&reached.name)
        .ok_or_else(|| CommandError::message(Exit::File, format!("there is no tenant {} in tripod.yaml", reached.name)))
}

/// Has the administrator sign in, where the workspace says that a person does and nobody has yet.
pub(crate) async fn sign_in(
    session: &Session,
    reached: &Reached,
    browser: Browser,
    show: &(dyn Fn(&str) + Send + Sync),
) -> Result<(), CommandError> {
    let Some(tenant) = reached.workspace.settings.tenants.get(&reached.name) else { return Ok(()) };
    let root = &reached.workspace.root;
    for access in [Access::Read, Access::Write] {
        let Some(kept) = session.person_of(root, tenant, access)? else { continue };
        if kept.load()?.is_some() {
            continue;
        }
        session.have_sign_in(root, tenant, access, &kept, browser, show).await?;
    }
    Ok(())
}

/// What lacks for making the mailbox and looking after it, each with what to do about it.
pub(crate) async fn lacking(session: &Session, reached: &Reached, with_sandbox: bool) -> Vec<(String, String)> {
    let Some(tenant) = reached.workspace.settings.tenants.get(&reached.name) else { return Vec::new() };
    let asked = [Purpose::Plan, Purpose::Apply, Purpose::Verify];
    let root = &reached.workspace.root;
    let found = doctor::of_tenant(session, root, tenant, &asked, &[], with_sandbox).await;
    let mut lacking: Vec<(String, String)> = Vec::new();
    for diagnosis in found.into_values().flatten() {
        // What both identities lack is said once.
        if let Outcome::Missing { sentence, remedy } = diagnosis.outcome
            && !lacking.iter().any(|(said, _)| said.ends_with(&sentence))
        {
            lacking.push((format!("{}: {sentence}", diagnosis.subject), remedy));
        }
    }
    lacking
}

/// Everybody in the directory: the one read that tells whether the connection works.
pub(crate) async fn everybody(session: &Session, reached: &Reached) -> Result<Vec<Person>, CommandError> {
    Ok(reader(session, reached)?.directory().await?)
}

/// What stands under each address, as the tenant tells it.
pub(crate) async fn mailboxes(
    session: &Session,
    reached: &Reached,
    queries: &[MailboxQuery],
) -> Result<Vec<Observed<ObservedMailbox>>, CommandError> {
    Ok(reader(session, reached)?.mailboxes(queries).await)
}

/// What stands under each address, in words; nothing if it is free.
pub(crate) async fn occupants(
    session: &Session,
    reached: &Reached,
    addresses: &[Address],
) -> Result<Vec<Option<String>>, CommandError> {
    // Whatever the mailbox will be made of, nothing of either kind may stand there.
    let queries: Vec<MailboxQuery> = addresses
        .iter()
        .flat_map(|address| {
            [Kind::SharedMailbox, Kind::GroupInbox].map(|kind| MailboxQuery {
                address: address.clone(),
                kind,
                id: None,
            })
        })
        .collect();
    let mut occupants = Vec::new();
    let found = mailboxes(session, reached, &queries).await?;
    for (address, answers) in addresses.iter().zip(found.chunks(2)) {
        let mut occupant = None;
        for answer in answers {
            match answer {
                Observed::Absent => {}
                Observed::Present(mailbox) => {
                    let what = match &mailbox.form {
                        Form::SharedMailbox => "a shared mailbox",
                        Form::UnmarkedAccount => "an account",
                        Form::GroupInbox => "a group",
                        Form::Deleted(what) | Form::Other(what) => what,
                    };
                    occupant = Some(format!("{address} is taken by {what}"));
                }
                Observed::Unknown(unknown) => {
                    let message = format!("whether {address} is free could not be read: {}", unknown.reason);
                    return Err(CommandError::message(Exit::from_kind(unknown.kind), message));
                }
            }
        }
        occupants.push(occupant);
    }
    Ok(occupants)
}

fn unread(address: &Address, unknown: &Unknown) -> CommandError {
    let message = format!("whether {address} can act could not be read: {}", unknown.reason);
    CommandError::message(Exit::from_kind(unknown.kind), message)
}

/// Those of the people who cannot be delegates today, each with the reason.
pub(crate) async fn unable(
    session: &Session,
    reached: &Reached,
    people: &[Address],
) -> Result<Vec<(Address, String)>, CommandError> {
    let found = reader(session, reached)?.people(people).await;
    let now = session.clock.now();
    let mut unable = Vec::new();
    for (address, answer) in people.iter().zip(found) {
        match answer {
            Observed::Present(person) => match person.activity_at(now) {
                Activity::Active => {}
                Activity::Inactive(why) => unable.push((address.clone(), why.to_string())),
                Activity::Unknown(unknown) => return Err(unread(address, &unknown)),
            },
            Observed::Absent => unable.push((address.clone(), "nobody has this address".to_owned())),
            Observed::Unknown(unknown) => return Err(unread(address, &unknown)),
        }
    }
    Ok(unable)
}

/// Whether the secret is where it is said to be and has the form that it must have; else what lacks, in a sentence
/// in which neither the secret nor what was typed is repeated.
pub(crate) fn look_for_secret(root: &Path, provider: Provider, proof: Option<&str>, place: &str) -> Result<(), String> {
    let text = match place.strip_prefix("env:") {
        Some(name) => std::env::var(name).map_err(|_| "that environment variable is not set here".to_owned())?,
        None => tripod_files::read_text(&root.join(place)).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file; the path is relative to the workspace".to_owned(),
            _ => format!("the file cannot be read: {error}"),
        })?,
    };
    match (provider, proof) {
        (Provider::GoogleWorkspace, Some(BROWSER)) => {
            BrowserClient::from_json(&SecretString::from(text)).map(drop).map_err(|error| error.to_string())
        }
        (Provider::GoogleWorkspace, _) => {
            ServiceAccountKey::from_json(&SecretString::from(text)).map(drop).map_err(|error| error.to_string())
        }
        (Provider::Microsoft365, Some("certificate"))
            if !(text.contains("PRIVATE KEY-----") && text.contains("BEGIN CERTIFICATE-----")) =>
        {
            Err("the file needs both the certificate and its private key, in PEM form".to_owned())
        }
        (Provider::Microsoft365, _) if text.trim().is_empty() => Err("there is nothing in it".to_owned()),
        (Provider::Microsoft365, _) => Ok(()),
    }
}

/// Where the credential is with which Google would be asked to sign, if it is a file of the right form; else what to do
/// about it, in a sentence.
pub(crate) fn look_for_caller(places: &AmbientPlaces) -> Result<String, String> {
    let Some(path) = places.named.as_ref().or(places.well_known.as_ref()) else {
        return Err("no folder says where gcloud keeps its credentials; set GOOGLE_APPLICATION_CREDENTIALS".to_owned());
    };
    let there = path.display();
    match tripod_files::read_text(path) {
        Ok(text) => match CallerCredential::from_json(&SecretString::from(text)) {
            Ok(_) => Ok(there.to_string()),
            Err(error) => Err(format!("{there}: {}", error.message)),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(format!(
            "there is no {there}; unless this is a machine of Google Cloud, run `gcloud auth application-default login`"
        )),
        Err(error) => Err(format!("{there} cannot be read: {error}")),
    }
}
