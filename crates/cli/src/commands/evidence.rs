//! `tripod evidence`: the key that signs it, and whether it is what was signed.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use secrecy::{ExposeSecret, SecretString};
use tripod_provisioner::Plan;
use tripod_report::counted;
use tripod_tickets::evidence::{self, Envelope, Evidence, EvidenceError, PublicKey, SigningKey, evidence_markdown};

use super::Context;
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::screen::{BAD, GOOD};
use crate::workspace::private_folder;

/// `tripod evidence …`
#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Hold signed evidence against the public key, and print what it says
    Verify(VerifyEvidence),
    /// Make the key that signs evidence, if there is none, and print its public key
    Key(KeyArguments),
}

/// `tripod evidence verify`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod evidence verify .tripod/evidence/RUN.json --key evidence.pub.pem")]
pub(crate) struct VerifyEvidence {
    /// The evidence
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The public key (PEM), kept apart from the evidence
    #[arg(long, value_name = "KEY.pem")]
    pub key: PathBuf,
    /// Also hold it against the plan that it is said to be of
    #[arg(long, value_name = "PLAN")]
    pub plan: Option<PathBuf>,
}

/// `tripod evidence key`
#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    /// Where the private key is kept [default: DIR/.tripod/evidence-key.pem]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

pub(crate) fn run(context: &Context, command: &EvidenceCommand) -> Result<Exit, CommandError> {
    match command {
        EvidenceCommand::Verify(arguments) => verify(context, arguments),
        EvidenceCommand::Key(arguments) => key(context, arguments),
    }
}

fn verify(context: &Context, arguments: &VerifyEvidence) -> Result<Exit, CommandError> {
    context.forms("evidence verify", &[Format::Text, Format::Json, Format::Markdown])?;
    let evidence = read(&arguments.file, &arguments.key)?;
    let mut gaps = Vec::new();
    if let Some(path) = &arguments.plan {
        let text = read_text(path)?;
        let plan = Plan::from_json(&text)
            .map_err(|error| CommandError::message(Exit::File, format!("{}: {error}", path.display())))?;
        gaps = evidence.gaps(&plan);
    }
    for gap in &gaps {
        context.screen.say(&format!("{BAD}{gap}{BAD:#}"));
    }
    if !gaps.is_empty() {
        let message = format!("{} is signed by this key and does not match the plan", arguments.file.display());
        return Err(CommandError::message(Exit::Findings, message));
    }
    match context.common.format {
        Format::Json => context.screen.json(&evidence)?,
        Format::Markdown => context.screen.data(&evidence_markdown(&evidence))?,
        _ => context.screen.data(&text(&evidence))?,
    }
    Ok(Exit::Done)
}

fn text(evidence: &Evidence) -> String {
    let mut lines = vec![format!("{GOOD}signed by this key, and not changed since{GOOD:#}")];
    if let Some(ticket) = &evidence.ticket {
        lines.push(format!("ticket    {}", tripod_tickets::text::printable(ticket, 80)));
    }
    if let Some(request) = &evidence.request {
        lines.push(format!("mailbox   {}, asked for by {}", request.mailbox, request.requester));
    }
    lines.push(format!("plan      {}", evidence.plan));
    for approval in &evidence.approvals {
        lines.push(format!("approved  by {}, {}", approval.by, approval.at));
    }
    lines.push(format!("done      {} to {}: {}", evidence.begun, evidence.finished, evidence.outcome));
    let confirmed = evidence.steps.iter().filter(|step| matches!(step.state.as_str(), "confirmed" | "already-so"));
    lines.push(format!("steps     {}, of which {} confirmed", evidence.steps.len(), confirmed.count()));
    if let Some(verification) = &evidence.verification {
        let findings = counted(verification.findings.len(), "finding", "findings");
        lines.push(format!("checked   {}: {findings}", verification.at));
    }
    if let Some(head) = &evidence.journal {
        lines.push(format!("journal   entry {}, {}", head.number, head.hash));
    }
    lines.join("\n")
}

/// The evidence in a file, if it was signed by the key.
pub(crate) fn read(file: &Path, key: &Path) -> Result<Evidence, CommandError> {
    let wrong = |path: &Path, kind: Exit, error: &dyn std::fmt::Display| {
        CommandError::message(kind, format!("{}: {error}", path.display()))
    };
    let pem = bounded(key, PublicKey::LONGEST).map_err(|error| cannot_read(key, &error))?;
    let public = PublicKey::from_pem(&String::from_utf8_lossy(&pem)).map_err(|error| wrong(key, Exit::File, &error))?;
    let bytes = bounded(file, Envelope::LARGEST).map_err(|error| cannot_read(file, &error))?;
    let envelope = Envelope::from_json(&bytes).map_err(|error| wrong(file, Exit::File, &error))?;
    evidence::verify(&envelope, &public).map_err(|error| {
        let kind = if matches!(error, EvidenceError::Signature { .. }) { Exit::Findings } else { Exit::File };
        wrong(file, kind, &error)
    })
}

/// The bytes of a file, no more than its reader takes.
fn bounded(path: &Path, most: usize) -> std::io::Result<Vec<u8>> {
    tripod_files::read_at_most(path, u64::try_from(most).unwrap_or(u64::MAX))
}

fn read_text(path: &Path) -> Result<String, CommandError> {
    tripod_files::read_text(path).map_err(|error| cannot_read(path, &error))
}

fn cannot_read(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::message(Exit::File, format!("cannot read {}: {error}", path.display()))
}

/// Where a workspace keeps the key that signs its evidence.
pub(crate) fn key_file(root: &Path) -> PathBuf {
    private_folder(root).join("evidence-key.pem")
}

/// The key that signs evidence.
pub(crate) fn signing_key(path: &Path) -> Result<SigningKey, CommandError> {
    let text = tripod_files::read_text(path).map(SecretString::from).map_err(|error| {
        let message = format!("the key that signs the evidence, {}, cannot be read: {error}", path.display());
        CommandError::message(Exit::SetUp, message).hint("`tripod evidence key` makes it")
    })?;
    SigningKey::from_pem(&text)
        .map_err(|error| CommandError::message(Exit::SetUp, format!("{}: {error}", path.display())))
}

fn key(context: &Context, arguments: &KeyArguments) -> Result<Exit, CommandError> {
    context.forms("evidence key", &[Format::Text])?;
    let path = arguments.output.clone().unwrap_or_else(|| key_file(&context.common.directory));
    if path.exists() {
        let key = signing_key(&path)?;
        context.screen.say(&format!("{} is there already and is kept as it is", path.display()));
        context.screen.data(&key.public().to_pem())?;
        return Ok(Exit::Done);
    }
    if let Some(folder) = path.parent() {
        let is_ours = arguments.output.is_none();
        if is_ours { crate::new_file::private_folder(folder)? } else { crate::new_file::folder(folder)? }
    }
    let (key, pem) = SigningKey::generate().map_err(|error| CommandError::new(Exit::Unexpected, error))?;
    tripod_files::create_private(&path, pem.expose_secret().as_bytes())
        .map_err(|error| CommandError::message(Exit::Usage, format!("cannot write {}: {error}", path.display())))?;
    context.screen.say(&format!("the private key is in {}; keep the public key apart from it", path.display()));
    context.screen.data(&key.public().to_pem())?;
    Ok(Exit::Done)
}
