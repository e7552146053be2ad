//! `tripod schema`: JSON Schemas for editors.

use tripod_model::schema;

use super::Context;
use crate::arguments::{Format, SchemaArguments, SchemaFile};
use crate::exit::{CommandError, Exit};

pub(crate) fn run(context: &Context, arguments: &SchemaArguments) -> Result<Exit, CommandError> {
    context.forms("schema", &[Format::Text, Format::Json])?;
    let schema = match arguments.file {
        SchemaFile::Workspace => schema::workspace(),
        SchemaFile::Mailboxes => schema::mailboxes(),
        SchemaFile::Policy => schema::policy(),
        SchemaFile::Findings => tripod_verifier::findings_schema(),
        SchemaFile::Request => tripod_tickets::request::schema(),
        SchemaFile::Sandbox => tripod_sandbox::Description::schema(),
    };
    context.screen.json(&schema)?;
    Ok(Exit::Done)
}
