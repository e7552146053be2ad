//! The evidence of what was done: looked at again, signed, and kept beside the journal.

use std::path::{Path, PathBuf};

use tripod_provisioner::journal::Journal;
use tripod_provisioner::{ApplyReport, Outcome, Plan};
use tripod_tenant::observe;
use tripod_tickets::approval::Approval;
use tripod_tickets::desk::TicketId;
use tripod_tickets::evidence::{self, Envelope, Evidence, Sources, VerificationSummary, evidence_markdown};
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
    let folder = bench.session.records(&carried.limited.root).join("evidence");
    let stem = format!("{}-{id}-{}", plain(bench.desk.name()), carried.plan.digest().short());
    if report.outcome == Outcome::Done
        && let Some(before) = names(&folder, &stem)
            .take_while(|file| file.exists())
            .find_map(|file| written_before(file, bench, id, carried))
    {
        return Ok(before);
    }
    let journal_error = |error| CommandError::new(Exit::Unexpected, error);
    let journal = Journal::open(&plan::journal_file(bench.session, carried.limited)).map_err(journal_error)?;
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
    new_file::private_folder(&folder)?;
    let file = names(&folder, &stem).find(|path| !path.exists()).unwrap_or_else(|| folder.join(format!("{stem}.json")));
    new_file::create(&file, &envelope.to_json()?)?;
    Ok(Recorded { file, comment: evidence_markdown(&evidence) })
}

/// The names that evidence of a ticket and a plan can have, in their order. It is added, never written over.
fn names(folder: &Path, stem: &str) -> impl Iterator<Item = PathBuf> {
    let ends = (1_u32..10_000).map(|number| if number == 1 { String::new() } else { format!("-{number}") });
    ends.map(move |end| folder.join(format!("{stem}{end}.json")))
}

/// The evidence in a file, if an earlier run wrote it of this very approval when everything was done, and was stopped
/// before it could note that. A second record would say no more.
fn written_before(file: PathBuf, bench: &Bench<'_>, id: &TicketId, carried: &Carried<'_>) -> Option<Recorded> {
    let size = usize::try_from(std::fs::metadata(&file).ok()?.len()).ok()?;
    let bytes = tripod_files::read(&file).ok().filter(|_| size <= Envelope::LARGEST)?;
    let evidence = evidence::verify(&Envelope::from_json(&bytes).ok()?, &bench.key.public()).ok()?;
    let is_it = evidence.ticket.as_deref() == Some(id.as_str())
        && evidence.outcome == Outcome::Done.word()
        && evidence.approvals == std::slice::from_ref(carried.approval)
        && evidence.gaps(carried.plan).is_empty();
    is_it.then(|| Recorded { comment: evidence_markdown(&evidence), file })
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
