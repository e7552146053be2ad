//! One file per command, with its command line. A command does its work and says how it ended; words and statuses are
//! `exit`'s business.

pub(crate) mod access;
pub(crate) mod apply;
pub(crate) mod auth;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod evidence;
pub(crate) mod grants;
pub(crate) mod impact;
pub(crate) mod import;
pub(crate) mod journal;
pub(crate) mod packaging;
pub(crate) mod plan;
pub(crate) mod reference;
pub(crate) mod request;
pub(crate) mod runbook;
pub(crate) mod sandbox;
pub(crate) mod schedule;
pub(crate) mod schema;
pub(crate) mod ticket;
pub(crate) mod verify;
pub(crate) mod watch;
pub(crate) mod wizard;

use std::fmt::Write as _;
use std::path::Path;

use clap::ValueEnum;

use crate::arguments::{Common, Format};
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
