//! `tripod doctor`: what every command needs of the files, the credentials and the tenants, each by itself.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use clap::{Args, ValueEnum};
use comfy_table::{ContentArrangement, presets};
use serde::Serialize;
use tripod_model::{ProviderConfig, SecretSource, TenantConfig, WantedMailbox};
use tripod_report::counted;
use tripod_sandbox::Access;
use tripod_tenant::{CauseId, Diagnosis, Outcome, Purpose, TenantError};
use tripod_tickets::runbook::quote::shell::argument;

use super::Context;
use super::verify::unknown_exit;
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::progress;
use crate::screen::{BAD, BOLD, DIM, GOOD, TYPED, WATCH};
use crate::session::Session;
use crate::workspace::Workspace;

/// `tripod doctor`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod doctor                 everything that lacks, with its remedy
  tripod doctor --for verify    only what a nightly check needs")]
pub(crate) struct DoctorArguments {
    /// Only what this command needs; may be given several times
    #[arg(long = "for", value_enum, value_name = "COMMAND")]
    pub purposes: Vec<DoctorPurpose>,
}

/// A command whose needs the doctor looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DoctorPurpose {
    /// `tripod plan`
    Plan,
    /// `tripod apply`, with the identity that writes too
    Apply,
    /// `tripod verify` and `tripod watch`
    Verify,
    /// `tripod impact`
    Impact,
    /// `tripod grants`
    Grants,
    /// `tripod access`
    Access,
    /// `tripod import`
    Import,
}

/// Everything that was found out.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Examination {
    /// What concerns this machine: the files.
    files: Vec<Diagnosis>,
    /// By tenant, and in it by identity.
    tenants: BTreeMap<String, BTreeMap<&'static str, Vec<Diagnosis>>>,
    summary: Summary,
}

#[derive(Default, Serialize)]
struct Summary {
    fine: usize,
    missing: usize,
    unknown: usize,
}

pub(crate) async fn run(context: &Context, arguments: &DoctorArguments) -> Result<Exit, CommandError> {
    context.forms("doctor", &[Format::Text, Format::Json])?;
    let asked = purposes(&arguments.purposes);
    let mut examination = Examination { files: Vec::new(), tenants: BTreeMap::new(), summary: Summary::default() };
    match Workspace::read(&context.common.directory) {
        Ok(workspace) => {
            examination.files = of_files(&workspace, &asked);
            let session = Session::open(&workspace.root, context.common.sandbox).await?;
            for (name, tenant) in &workspace.settings.tenants {
                let looking = progress::at_work(context.screen, format!("looking at {name}"));
                let mailboxes: Vec<WantedMailbox> =
                    workspace.mailboxes.iter().filter(|mailbox| mailbox.tenant == *name).cloned().collect();
                let found =
                    of_tenant(&session, &workspace.root, tenant, &asked, &mailboxes, context.common.sandbox).await;
                looking.finish();
                examination.tenants.insert(name.to_string(), found);
            }
            session.close().await?;
        }
        Err(error) if error.kind == Exit::File => {
            let lacks = Diagnosis::missing("tripod.yaml", &asked, CauseId::WorkspaceFile, error.error.to_string());
            examination
                .files
                .push(lacks.remedy("name the workspace's folder with `-C DIR`, or make one with `tripod wizard`"));
        }
        Err(error) => return Err(error),
    }
    let all: Vec<&Diagnosis> = examination.all().collect();
    let summary = summary(&all);
    let exit = exit(&all);
    examination.summary = summary;
    match context.common.format {
        Format::Json => context.screen.json(&examination)?,
        _ => context.screen.data(&text(context, &examination))?,
    }
    if examination.summary.missing > 0 && !context.common.sandbox {
        context
            .screen
            .say(&format!("{DIM}`--sandbox` tries everything on stand-in tenants, without a credential{DIM:#}"));
    }
    Ok(exit)
}

impl Examination {
    fn all(&self) -> impl Iterator<Item = &Diagnosis> {
        self.files.iter().chain(self.tenants.values().flat_map(BTreeMap::values).flatten())
    }
}

fn purposes(given: &[DoctorPurpose]) -> Vec<Purpose> {
    let purpose = |given: &DoctorPurpose| match given {
        DoctorPurpose::Plan => Purpose::Plan,
        DoctorPurpose::Apply => Purpose::Apply,
        DoctorPurpose::Verify => Purpose::Verify,
        DoctorPurpose::Impact => Purpose::Impact,
        DoctorPurpose::Grants => Purpose::Grants,
        DoctorPurpose::Access => Purpose::Access,
        DoctorPurpose::Import => Purpose::Import,
    };
    let all: Vec<Purpose> = given.iter().map(purpose).collect();
    if all.is_empty() { Purpose::ALL.to_vec() } else { all }
}

/// The problems in the files, or that there is none.
fn of_files(workspace: &Workspace, asked: &[Purpose]) -> Vec<Diagnosis> {
    if workspace.problems.is_empty() {
        return vec![Diagnosis::fine(counted(workspace.files, "file", "files"), asked)];
    }
    let problem = |problem: &tripod_model::Problem| {
        let sentence = problem.message.clone();
        let lacks = Diagnosis::missing(problem.place.to_string(), asked, CauseId::WorkspaceFile, sentence);
        match &problem.help {
            Some(help) => lacks.remedy(help),
            None => lacks,
        }
    };
    workspace.problems.iter().map(problem).collect()
}

/// Both identities of a tenant, as far as they are needed. `apply` begins with a plan, so that it needs both.
pub(super) async fn of_tenant(
    session: &Session,
    root: &Path,
    tenant: &TenantConfig,
    asked: &[Purpose],
    mailboxes: &[WantedMailbox],
    with_sandbox: bool,
) -> BTreeMap<&'static str, Vec<Diagnosis>> {
    let mut found = BTreeMap::new();
    for (identity, writes) in [("reads", false), ("writes", true)] {
        let asked: Vec<Purpose> =
            asked.iter().copied().filter(|purpose| !writes || *purpose == Purpose::Apply).collect();
        if asked.is_empty() {
            continue;
        }
        let mut here = Vec::new();
        if !with_sandbox {
            here.extend(secret_of(tenant, writes).and_then(|secret| of_credential(root, secret, &asked)));
        }
        match session.doctor(root, tenant, writes) {
            Ok(doctor) => {
                let found = doctor.diagnose(&asked, mailboxes).await;
                here.extend(found.into_iter().map(|diagnosis| after_a_try(diagnosis, session, root, tenant, writes)));
            }
            Err(error) => here.push(unconnected(error, &asked)),
        }
        found.insert(identity, here);
    }
    found
}

/// Nobody having signed in is told with what the last try came to, where somebody has tried.
fn after_a_try(diagnosis: Diagnosis, session: &Session, root: &Path, tenant: &TenantConfig, writes: bool) -> Diagnosis {
    if diagnosis.cause != Some(CauseId::NotSignedIn) {
        return diagnosis;
    }
    let person = |access| session.person_of(root, tenant, access).ok().flatten();
    // Where nobody reads apart, whoever writes reads as well.
    let own = if writes { None } else { person(Access::Read) };
    match own.or_else(|| person(Access::Write)).and_then(|kept| kept.last_failure()) {
        None => diagnosis,
        Some(cause) => {
            let sentence = format!("nobody has signed in, and the last try failed: {}", cause.page().sentence);
            Diagnosis::missing(diagnosis.subject, &diagnosis.needed_by, cause, sentence)
        }
    }
}

/// What keeps an identity from being used at all.
fn unconnected(error: TenantError, asked: &[Purpose]) -> Diagnosis {
    let error = if error.cause.is_some() { error } else { error.caused_by(CauseId::CredentialUnusable) };
    Diagnosis::from_error("credential", asked, &error)
}

/// Where the secret of an identity is kept, if the workspace names one.
fn secret_of(tenant: &TenantConfig, writes: bool) -> Option<&SecretSource> {
    match &tenant.provider {
        ProviderConfig::GoogleWorkspace(google) => {
            if writes {
                google.credentials.secret()
            } else {
                google.reading().secret()
            }
        }
        ProviderConfig::Microsoft365(microsoft) => {
            if writes {
                microsoft.credentials.secret()
            } else {
                microsoft.reading().secret()
            }
        }
    }
}

/// Whether others on this machine can read a credential. That it is not there is told by connecting.
#[cfg(unix)]
fn of_credential(root: &Path, source: &SecretSource, asked: &[Purpose]) -> Option<Diagnosis> {
    use std::os::unix::fs::PermissionsExt;

    let SecretSource::Path(path) = source else { return None };
    let mode = std::fs::metadata(root.join(path)).ok()?.permissions().mode();
    let subject = format!("file {}", path.display());
    let for_others = mode & 0o077;
    if for_others == 0 {
        return Some(Diagnosis::fine(subject, asked));
    }
    let sentence = format!("others on this machine can read {} (mode {:o})", path.display(), mode & 0o777);
    let open = Diagnosis::missing(subject, asked, CauseId::CredentialOpen, sentence);
    Some(open.remedy(format!("chmod 600 {}", argument(&root.join(path).to_string_lossy()))))
}

/// Elsewhere there are no modes to look at.
#[cfg(not(unix))]
fn of_credential(_root: &Path, _source: &SecretSource, _asked: &[Purpose]) -> Option<Diagnosis> {
    None
}

fn summary(all: &[&Diagnosis]) -> Summary {
    let mut summary = Summary::default();
    for diagnosis in all {
        match diagnosis.outcome {
            Outcome::Fine => summary.fine += 1,
            Outcome::Missing { .. } => summary.missing += 1,
            Outcome::Unknown { .. } => summary.unknown += 1,
        }
    }
    summary
}

/// What lacks comes before what could not be checked: it is certain. What was not asked fails nothing by itself.
fn exit(all: &[&Diagnosis]) -> Exit {
    if all.iter().any(|diagnosis| matches!(diagnosis.outcome, Outcome::Missing { .. })) {
        return Exit::SetUp;
    }
    unknown_exit(all.iter().filter_map(|diagnosis| match diagnosis.outcome {
        Outcome::Unknown { kind, .. } => kind,
        _ => None,
    }))
}

fn text(context: &Context, examination: &Examination) -> String {
    let mut text = String::new();
    section(context, &mut text, "files", &examination.files);
    for (tenant, identities) in &examination.tenants {
        for (identity, found) in identities {
            section(context, &mut text, &format!("{tenant}, the identity that {identity}"), found);
        }
    }
    let Summary { fine, missing, unknown } = examination.summary;
    let _ = writeln!(text, "{BOLD}{fine} fine, {missing} missing, {unknown} could not be checked{BOLD:#}");
    text
}

/// A table of marks and subjects; below what is not fine stands why and what to do.
fn section(context: &Context, text: &mut String, title: &str, found: &[Diagnosis]) {
    let _ = writeln!(*text, "{BOLD}{title}{BOLD:#}");
    let mut table = comfy_table::Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for diagnosis in found {
        let mark = match diagnosis.outcome {
            Outcome::Fine => "✓",
            Outcome::Missing { .. } => "✗",
            Outcome::Unknown { .. } => "?",
        };
        let needed = if diagnosis.needed_by.len() == Purpose::ALL.len() {
            "everything".to_owned()
        } else {
            diagnosis.needed_by.iter().map(|purpose| purpose.word()).collect::<Vec<_>>().join(", ")
        };
        table.add_row([mark, &diagnosis.subject, &format!("for {needed}")]);
    }
    for (line, diagnosis) in table.lines().zip(found) {
        let line = line.trim_end();
        match &diagnosis.outcome {
            Outcome::Fine => drop(writeln!(*text, "{GOOD}{line}{GOOD:#}")),
            Outcome::Missing { sentence, remedy } => {
                let remedy = context.next_in(remedy);
                let _ = writeln!(*text, "{BAD}{line}{BAD:#}\n     {sentence}\n     {TYPED}remedy:{TYPED:#} {remedy}");
            }
            Outcome::Unknown { why, .. } => drop(writeln!(*text, "{WATCH}{line}{WATCH:#}\n     {why}")),
        }
    }
    text.push('\n');
}
