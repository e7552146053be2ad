//! `tripod auth status`: what each identity signs in with, and whether it is there.

use serde::Serialize;

use super::identity::{Identity, State};
use super::{Context, Whose};
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::session::Session;
use crate::workspace::Workspace;

/// One identity, for programs.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Row {
    tenant: String,
    identity: &'static str,
    signs_in_by: &'static str,
    kept_in: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

pub(super) async fn run(context: &Context, whose: &Whose) -> Result<Exit, CommandError> {
    context.forms("auth status", &[Format::Text, Format::Json])?;
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let mut rows = Vec::new();
    for identity in Identity::of(&workspace, &session, whose)? {
        let (state, reason) = match identity.state(&workspace.root, context.common.sandbox) {
            State::There => ("there", None),
            State::Absent(reason) => ("absent", Some(reason)),
            State::Unreadable(reason) => ("unreadable", Some(reason)),
            State::NotNeeded => ("not-needed", Some("stand-ins take their own".to_owned())),
            State::Untold => ("untold", Some("only signing in can tell".to_owned())),
        };
        rows.push(Row {
            tenant: identity.tenant.name.0.clone(),
            identity: identity.side.word(),
            signs_in_by: identity.way,
            kept_in: identity.place(),
            state,
            reason,
        });
    }
    session.close().await?;
    if context.common.format == Format::Json {
        context.screen.json(&rows)?;
    } else {
        context.screen.data(&text(&rows, context.screen.width()))?;
        context.screen.say(&format!("whether the provider takes it: {}", context.next("tripod doctor")));
    }
    let is_missing = rows.iter().any(|row| matches!(row.state, "absent" | "unreadable"));
    Ok(if is_missing { Exit::SetUp } else { Exit::Done })
}

fn text(rows: &[Row], width: Option<usize>) -> String {
    let cells = |row: &Row| {
        let state = match &row.reason {
            Some(reason) => format!("{}: {reason}", row.state.replace('-', " ")),
            None => row.state.to_owned(),
        };
        [row.tenant.clone(), row.identity.to_owned(), row.signs_in_by.to_owned(), row.kept_in.clone(), state]
    };
    let rows: Vec<_> = rows.iter().map(cells).collect();
    tripod_report::columns(["tenant", "identity", "signs in by", "kept in", ""], &rows, width).join("\n")
}
