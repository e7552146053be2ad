//! `tripod schema`: JSON Schemas for editors.

use clap::{Args, ValueEnum};
use tripod_model::schema;

use super::Context;
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};

/// `tripod schema`
#[derive(Debug, Args)]
pub(crate) struct SchemaArguments {
    /// Which file the schema is of
    #[arg(value_enum, default_value = "mailboxes")]
    pub file: SchemaFile,
}

/// The files that have a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFile {
    /// tripod.yaml
    Workspace,
    /// mailboxes/*.yaml
    Mailboxes,
    /// policies/*.yaml
    Policy,
    /// sandbox.yaml
    Sandbox,
    /// What `tripod verify --format json` prints
    Findings,
    /// What a ticket asks for
    Request,
}

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
