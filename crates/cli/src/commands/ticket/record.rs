//! The evidence of what was done: looked at again, signed, and kept beside the journal.

use std::path::{Path, PathBuf};

use tripod_provisioner::journal::Journal;
use tripod_provisioner::{ApplyReport, Plan};
use tripod_tenant::observe;
use tripod_tickets::approval::Approval;
use tripod_tickets::desk::TicketId;
use tripod_tickets::evidence::{self, Evidence, Sources, VerificationSummary, evidence_markdown};
use tripod_tickets::request::Request;
use tripod_verifier::Verification;

use super::case::plain;
use super::work::Bench;
use crate::commands::{plan, verify};
use crate::exit::{CommandError, Exit};
use crate::new_file;
use crate::workspace::Workspace;

/// What is carried out.
pub(super) struct Carried<'a> {
    pub request: &'a Request,
    pub approval: &'a Approval,
    pub plan: &'a Plan,
    /// The workspace with the mailbox of this ticket only.
    pub limited: &'a Workspace,
}

/// Evidence that was written.
pub(super) struct Recorded {
    /// Where.
    pub file: PathBuf,
    /// The same as Markdown for the ticket.
    pub comment: String,
}

/// Looks at the tenants again, gathers the evidence, signs it and writes it to a new file.
pub(super) async fn write(
    bench: &Bench<'_>,
    id: &TicketId,
    carried: &Carried<'_>,
    report: &ApplyReport,
) -> Result<Recorded, CommandError> {
    let journal_error = |error| CommandError::new(Exit::Unexpected, error);
    let journal = Journal::open(&plan::journal_file(carried.limited)).map_err(journal_error)?;
    let ids = journal.ids().map_err(journal_error)?;
    let after = observe(&bench.session.readers(carried.limited), &carried.plan.wanted(), &ids).await;
    let verification = summary(&verify::make(bench.context, bench.session, carried.limited).await);
    let head = journal.head().map_err(journal_error)?;
    let evidence = Evidence::gather(&Sources {
        ticket: Some((id.as_str(), carried.request)),
        plan: carried.plan,
        approvals: std::slice::from_ref(carried.approval),
        report,
        journal_steps: &journal.steps(carried.plan.digest()).map_err(journal_error)?,
        journal: Some(&head),
        after: &after,
        verification: Some(&verification),
    });
    let envelope = evidence::sign(&evidence, bench.key)?;
    let folder = carried.limited.private_folder().join("evidence");
    std::fs::create_dir_all(&folder)?;
    let stem = format!("{}-{id}-{}", plain(bench.desk.name()), carried.plan.digest().short());
    let file = free(&folder, &stem);
    new_file::create(&file, &envelope.to_json()?)?;
    Ok(Recorded { file, comment: evidence_markdown(&evidence) })
}

/// The first name that is free: evidence is added, never written over.
fn free(folder: &Path, stem: &str) -> PathBuf {
    let first = folder.join(format!("{stem}.json"));
    if !first.exists() {
        return first;
    }
    (2_u32..10_000)
        .map(|number| folder.join(format!("{stem}-{number}.json")))
        .find(|path| !path.exists())
        .unwrap_or(first)
}

/// What a check found, and what it could not look at.
fn summary(verification: &Verification) -> VerificationSummary {
    let found = verification.findings.iter().map(|finding| finding.message.clone());
    let unknown = verification
        .unknown
        .iter()
        .map(|unknown| format!("{} of {} could not be found out: {}", unknown.what, unknown.about(), unknown.reason));
    VerificationSummary {
        at: verification.at,
        mailboxes: verification.mailboxes.len(),
        findings: found.chain(unknown).collect(),
    }
}
