//! One file per command. A command does its work and says how it ended; words and statuses are `exit`'s business.

mod access;
mod apply;
pub(crate) mod auth;
mod check;
mod demo;
mod doctor;
pub(crate) mod evidence;
mod grants;
mod impact;
mod import;
pub(crate) mod journal;
mod packaging;
mod plan;
mod reference;
pub(crate) mod request;
pub(crate) mod runbook;
mod sandbox;
mod sandbox_set;
mod schedule;
mod schema;
pub(crate) mod ticket;
mod verify;
mod watch;
mod wizard;

use std::fmt::Write as _;
use std::path::Path;

use clap::ValueEnum;

use crate::arguments::{Arguments, Command, Common, Format};
use crate::exit::{CommandError, Exit};
use crate::screen::Screen;

/// What every command is given.
pub(crate) struct Context {
    /// What stands before or after every command.
    pub common: Common,
    /// Where output goes.
    pub screen: Screen,
}

impl Context {
    /// A command to run next, on the same workspace and the same tenants as this one.
    fn next(&self, command: &str) -> String {
        let mut next = command.to_owned();
        if self.common.directory != Path::new(".") {
            let _ = write!(next, " -C {}", self.common.directory.display());
        }
        if self.common.sandbox {
            next.push_str(" --sandbox");
        }
        next
    }

    /// Refuses a form that a command does not have.
    fn forms(&self, command: &str, forms: &[Format]) -> Result<(), CommandError> {
        if forms.contains(&self.common.format) {
            return Ok(());
        }
        let word = |form: &Format| form.to_possible_value().map_or_else(String::new, |v| v.get_name().to_owned());
        let message = format!("`tripod {command}` has no form `{}`", word(&self.common.format));
        let known: Vec<_> = forms.iter().map(|form| format!("`--format {}`", word(form))).collect();
        Err(CommandError::message(Exit::Usage, message).hint(format!("use {}", known.join(" or "))))
    }
}

/// Runs a command.
pub(crate) async fn run(arguments: Arguments, screen: Screen) -> Result<Exit, CommandError> {
    let context = Context { common: arguments.common, screen };
    match arguments.command {
        Command::Demo => demo::run(&context).await,
        Command::Wizard(arguments) => wizard::run(&context, &arguments).await,
        Command::Check => check::run(&context),
        Command::Doctor(arguments) => doctor::run(&context, &arguments).await,
        Command::Plan(arguments) => plan::run(&context, &arguments).await,
        Command::Apply(arguments) => apply::run(&context, &arguments).await,
        Command::Verify(arguments) => verify::run(&context, &arguments).await,
        Command::Impact(arguments) => impact::run(&context, &arguments).await,
        Command::Grants(arguments) => grants::run(&context, &arguments).await,
        Command::Access { address } => access::run(&context, &address).await,
        Command::Watch(arguments) => watch::run(&context, &arguments).await,
        Command::Schedule(arguments) => schedule::run(&context, &arguments),
        Command::Import(arguments) => import::run(&context, &arguments).await,
        Command::Request(command) => request::run(&context, &command),
        Command::Ticket(command) => ticket::run(&context, &command).await,
        Command::Runbook(arguments) => runbook::run(&context, &arguments).await,
        Command::Auth(command) => auth::run(&context, &command).await,
        Command::Evidence(command) => evidence::run(&context, &command),
        Command::Journal(command) => journal::run(&context, &command),
        Command::Schema(arguments) => schema::run(&context, &arguments),
        Command::Sandbox(command) => sandbox::run(&context, command).await,
        Command::Completions { shell } => packaging::completions(&context, shell),
        Command::Man { output } => packaging::man(&context, output.as_deref()),
        Command::Reference { page } => reference::run(&context, page),
    }
}
