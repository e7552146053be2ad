//! One file per command. A command does its work and says how it ended; words and statuses are `exit`'s business.

mod apply;
mod check;
mod demo;
mod import;
mod packaging;
mod plan;
mod reference;
mod sandbox;
mod schema;
mod verify;
mod wizard;

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
    /// Refuses Markdown for a command that has none.
    fn without_markdown(&self, command: &str) -> Result<(), CommandError> {
        if self.common.format == Format::Markdown {
            let message = format!("`tripod {command}` has no Markdown form");
            return Err(CommandError::message(Exit::Usage, message).hint("use `--format text` or `--format json`"));
        }
        Ok(())
    }
}

/// Runs a command.
pub(crate) async fn run(arguments: Arguments, screen: Screen) -> Result<Exit, CommandError> {
    let context = Context { common: arguments.common, screen };
    match arguments.command {
        Command::Demo => demo::run(&context).await,
        Command::Wizard(arguments) => wizard::run(&context, &arguments).await,
        Command::Check => check::run(&context),
        Command::Plan(arguments) => plan::run(&context, &arguments).await,
        Command::Apply(arguments) => apply::run(&context, &arguments).await,
        Command::Verify(arguments) => verify::run(&context, &arguments).await,
        Command::Import(arguments) => import::run(&context, &arguments).await,
        Command::Schema(arguments) => schema::run(&context, &arguments),
        Command::Sandbox(command) => sandbox::run(&context, command).await,
        Command::Completions { shell } => packaging::completions(&context, shell),
        Command::Man { output } => packaging::man(&context, output.as_deref()),
        Command::Reference { page } => reference::run(&context, page),
    }
}
