//! `tripod verify`: the tenants against the manifest.

use std::collections::{BTreeMap, BTreeSet};

use tripod_tenant::observe;
use tripod_verifier::{Severity, Verification};

use super::Context;
use crate::arguments::{FailOn, Format, VerifyArguments};
use crate::exit::{CommandError, Exit};
use crate::session::Session;
use crate::workspace::Workspace;
use crate::{new_file, progress};

pub(crate) async fn run(context: &Context, arguments: &VerifyArguments) -> Result<Exit, CommandError> {
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let verification = make(context, &session, &workspace).await;
    session.close().await?;

    let text = match context.common.format {
        Format::Json => tripod_report::verification_json(&verification)?,
        Format::Markdown => tripod_report::verification_markdown(&verification),
        Format::Text => tripod_report::verification_text(&verification),
    };
    match &arguments.output {
        Some(path) => new_file::replace(path, &anstream::adapter::strip_str(&text).to_string())?,
        None => context.screen.data(&text)?,
    }
    Ok(exit(&verification, arguments.fail_on))
}

/// Reads the tenants, with credentials that can do nothing else, and holds them against the manifest.
pub(crate) async fn make(context: &Context, session: &Session, workspace: &Workspace) -> Verification {
    let reading = progress::reading(context.screen, workspace.mailboxes.len());
    // By address and not by the journal's ids: what stands under the address is what mail reaches.
    let observed = observe(&session.readers(workspace), &workspace.mailboxes, &BTreeMap::new()).await;
    reading.finish();
    tripod_verifier::verify(&workspace.mailboxes, &observed, &workspace.policy, session.clock.now())
}

/// Findings come before what could not be checked: they are certain.
pub(crate) fn exit(verification: &Verification, fail_on: FailOn) -> Exit {
    let threshold = match fail_on {
        FailOn::Low => Some(Severity::Low),
        FailOn::Medium => Some(Severity::Medium),
        FailOn::High => Some(Severity::High),
        FailOn::Critical => Some(Severity::Critical),
        FailOn::Never => None,
    };
    if threshold.is_some_and(|severity| verification.at_least(severity).next().is_some()) {
        return Exit::Findings;
    }
    let unknown: BTreeSet<Exit> = verification.unknown.iter().map(|unknown| Exit::from_kind(unknown.kind)).collect();
    if unknown.contains(&Exit::SetUp) {
        return Exit::SetUp;
    }
    // Whatever else kept a check from being made, it was not made: the command must not end as if it had been.
    unknown.into_iter().next().unwrap_or(Exit::Done)
}
