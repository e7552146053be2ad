//! `tripod request`: forms for every desk, and what comes back in them.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use tripod_tickets::form::Form;
use tripod_tickets::request::{self, RequestProblem, Source, confirmation_markdown, problems_markdown};

use super::Context;
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::new_file;
use crate::screen::{BOLD, TYPED};
use crate::workspace::Workspace;

/// The most bytes that are taken in: one more than any reader takes, so that the reader can say that it is too much.
const LARGEST: u64 = 1024 * 1024 + 1;

/// `tripod request …`
#[derive(Debug, Subcommand)]
pub(crate) enum RequestCommand {
    /// Print the form with which people ask for a service mailbox
    Form(FormArguments),
    /// Read what came back in a form: the request as JSON, or everything that is wrong with it
    Read(ReadArguments),
    /// Print the JSON Schema of a request
    Schema,
}

/// `tripod request form`
#[derive(Debug, Args)]
pub(crate) struct FormArguments {
    /// Where the form is for
    #[arg(long = "for", value_enum)]
    pub desk: FormFor,
    /// Write to a file in place of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `tripod request read`
#[derive(Debug, Args)]
pub(crate) struct ReadArguments {
    /// Where it comes from
    #[arg(long, value_enum)]
    pub from: ComesFrom,
    /// The file; `-` is stdin
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// What a form can be for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormFor {
    /// An issue form, for .github/ISSUE_TEMPLATE/
    Github,
    /// The fields of a request type in Jira Service Management
    Jira,
    /// The variables of a catalogue item
    Servicenow,
    /// An e-mail or a plain ticket
    Template,
    /// A job
    Rundeck,
    /// A task file
    Ansible,
    /// A workflow that checks requests as they come in
    GithubActions,
}

/// Where a request can come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ComesFrom {
    /// An issue: its text, or its JSON from REST or a webhook
    Github,
    /// An issue or a customer request as JSON
    Jira,
    /// A requested item as JSON
    Servicenow,
    /// JSON as `tripod request schema` describes it
    Json,
    /// The template, filled in
    Template,
}

impl FormFor {
    fn form(self) -> Form {
        match self {
            Self::Github => Form::GitHub,
            Self::Jira => Form::Jira,
            Self::Servicenow => Form::ServiceNow,
            Self::Template => Form::Template,
            Self::Rundeck => Form::Rundeck,
            Self::Ansible => Form::Ansible,
            Self::GithubActions => Form::Actions,
        }
    }
}

impl ComesFrom {
    fn source(self) -> Source {
        match self {
            Self::Github => Source::GitHub,
            Self::Jira => Source::Jira,
            Self::Servicenow => Source::ServiceNow,
            Self::Json => Source::Json,
            Self::Template => Source::Template,
        }
    }
}

pub(crate) fn run(context: &Context, command: &RequestCommand) -> Result<Exit, CommandError> {
    match command {
        RequestCommand::Form(arguments) => form(context, arguments),
        RequestCommand::Read(arguments) => read(context, arguments),
        RequestCommand::Schema => {
            context.forms("request schema", &[Format::Text, Format::Json])?;
            context.screen.json(&request::schema())?;
            Ok(Exit::Done)
        }
    }
}

fn form(context: &Context, arguments: &FormArguments) -> Result<Exit, CommandError> {
    context.forms("request form", &[Format::Text])?;
    let form = arguments.desk.form();
    match &arguments.output {
        Some(path) => new_file::replace(path, &form.text())?,
        None => context.screen.data(&form.text())?,
    }
    Ok(Exit::Done)
}

fn read(context: &Context, arguments: &ReadArguments) -> Result<Exit, CommandError> {
    context.forms("request read", &[Format::Text, Format::Json, Format::Markdown])?;
    let bytes = bounded(&arguments.file)?;
    let mut draft = request::draft(arguments.from.source(), &bytes);
    let today = jiff::tz::TimeZone::UTC.to_datetime(jiff::Timestamp::now()).date();
    // Without a workspace it is not known which domains are the organisation's.
    let workspace = Workspace::read(&context.common.directory).ok();
    match &workspace {
        Some(workspace) => draft.validate(&workspace.settings, today),
        None => draft.validate_anywhere(today),
    }
    if workspace.is_none() {
        context.screen.say("the domains were not checked: there is no workspace here; name one with `-C DIR`");
    }
    match draft.complete() {
        Ok(request) if context.common.format == Format::Markdown => {
            context.screen.data(&confirmation_markdown(&request, workspace.is_some()))?;
            Ok(Exit::Done)
        }
        Ok(request) => {
            context.screen.json(&request)?;
            Ok(Exit::Done)
        }
        Err(problems) => told(context, &problems),
    }
}

fn told(context: &Context, problems: &[RequestProblem]) -> Result<Exit, CommandError> {
    match context.common.format {
        Format::Markdown => context.screen.data(&problems_markdown(problems))?,
        Format::Json => context.screen.json(&problems)?,
        _ => {
            for RequestProblem { field, message, help } in problems {
                let field = field.unwrap_or("The ticket");
                context.screen.say(&format!("{BOLD}{field}:{BOLD:#} {message}"));
                if let Some(help) = help {
                    context.screen.say(&format!("  {TYPED}help:{TYPED:#} {help}"));
                }
            }
            let message = match problems.len() {
                1 => "1 problem in the request".to_owned(),
                n => format!("{n} problems in the request"),
            };
            return Err(CommandError::message(Exit::File, message));
        }
    }
    Ok(Exit::File)
}

/// The bytes of a file or of stdin, no more than any reader takes.
fn bounded(path: &Path) -> Result<Vec<u8>, CommandError> {
    let read = if path == Path::new("-") {
        tripod_files::bounded(std::io::stdin().lock(), LARGEST)
    } else {
        tripod_files::read_at_most(path, LARGEST)
    };
    read.map_err(|error| CommandError::message(Exit::File, format!("cannot read {}: {error}", path.display())))
}
