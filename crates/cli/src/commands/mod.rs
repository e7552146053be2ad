//! One file per command, with its command line. A command does its work and says how it ended; words and statuses are
//! `exit`'s business.

pub(crate) mod access;
pub(crate) mod apply;
pub(crate) mod auth;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod evidence;
pub(crate) mod explain;
pub(crate) mod grants;
pub(crate) mod impact;
pub(crate) mod import;
pub(crate) mod journal;
pub(crate) mod packaging;
pub(crate) mod plan;
pub(crate) mod reference;
pub(crate) mod replace;
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
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use tripod_tickets::runbook::quote::shell::argument;

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
        self.on(&self.common.directory, command)
    }

    /// The same for a machine's schedule, which starts commands in a folder of its own.
    fn next_from_anywhere(&self, command: &str) -> String {
        self.on(&self.absolute_directory(), command)
    }

    /// A sentence whose commands, each between backticks, are those to run next.
    fn next_in(&self, sentence: &str) -> String {
        let pieces = sentence.split('`').enumerate().map(|(number, piece)| {
            let is_command = number % 2 == 1 && piece.starts_with("tripod ");
            // These are about no workspace.
            let is_of_none = piece == "tripod demo" || piece.ends_with("--help");
            if is_command && !is_of_none { self.next(piece) } else { piece.to_owned() }
        });
        pieces.collect::<Vec<_>>().join("`")
    }

    /// An error whose hints name the commands to run next.
    pub(crate) fn hinted(&self, mut error: CommandError) -> CommandError {
        for hint in &mut error.hints {
            *hint = self.next_in(hint);
        }
        error
    }

    fn on(&self, directory: &Path, command: &str) -> String {
        let mut next = command.to_owned();
        if directory != Path::new(".") {
            let _ = write!(next, " -C {}", argument(&directory.to_string_lossy()));
        }
        if self.common.sandbox {
            next.push_str(" --sandbox");
        }
        next
    }

    /// The workspace's folder, from wherever one looks.
    fn absolute_directory(&self) -> PathBuf {
        let directory = &self.common.directory;
        // A path is put together from its components without the dots that stand for no folder.
        std::env::current_dir().map_or_else(|_| directory.clone(), |here| here.join(directory).components().collect())
    }

    /// The form of a report: the one that was asked for, or else the one that the file's ending names.
    fn form_of(&self, output: Option<&Path>) -> Format {
        let ending = output.and_then(Path::extension).map(|ending| ending.to_string_lossy().to_lowercase());
        match (self.common.format, ending.as_deref()) {
            (Format::Text, Some("html" | "htm")) => Format::Html,
            (Format::Text, Some("json")) => Format::Json,
            (Format::Text, Some("md" | "markdown")) => Format::Markdown,
            (Format::Text, Some("sarif")) => Format::Sarif,
            (Format::Text, Some("xml")) => Format::Junit,
            (form, _) => form,
        }
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::command_line::Arguments;

    #[test]
    fn a_report_has_the_form_that_its_files_ending_names_unless_another_is_asked_for() {
        let form = |given: &[&str], file: &str| {
            let words = ["tripod", "verify"].iter().chain(given);
            let common = Arguments::try_parse_from(words).expect("a command line").common;
            let context = Context { common, screen: Screen::new(anstream::ColorChoice::Never) };
            context.form_of(Some(Path::new(file)))
        };
        let table = [("report.HTML", Format::Html), ("a.json", Format::Json), ("a.md", Format::Markdown)];
        let more = [("a.sarif", Format::Sarif), ("a.xml", Format::Junit), ("a.txt", Format::Text), ("a", Format::Text)];
        for (file, expected) in table.into_iter().chain(more) {
            assert_eq!(form(&[], file), expected, "{file}");
            assert_eq!(form(&["--format", "markdown"], file), Format::Markdown, "{file}");
        }
    }

    #[test]
    fn what_is_to_be_typed_next_is_what_a_shell_takes_for_this_workspace() {
        let context = |given: &[&str]| {
            let words = ["tripod", "check"].iter().chain(given);
            let common = Arguments::try_parse_from(words).expect("a command line").common;
            Context { common, screen: Screen::new(anstream::ColorChoice::Never) }
        };
        assert_eq!(context(&[]).next("tripod plan"), "tripod plan");
        let odd = context(&["-C", "it's $x/work space", "--sandbox"]);
        assert_eq!(odd.next("tripod plan"), r"tripod plan -C 'it'\''s $x/work space' --sandbox");
        let sentence = odd.next_in("run `tripod doctor`, then look at `tripod.yaml`");
        assert_eq!(sentence, r"run `tripod doctor -C 'it'\''s $x/work space' --sandbox`, then look at `tripod.yaml`");
        assert_eq!(odd.next_in("`tripod demo` shows the whole story"), "`tripod demo` shows the whole story");
        let here = std::env::current_dir().expect("a folder").display().to_string();
        let anywhere = context(&["-C", "./work"]).next_from_anywhere("tripod verify");
        assert_eq!(anywhere, format!("tripod verify -C {}", argument(&format!("{here}/work"))));
        assert_eq!(context(&[]).next_from_anywhere("x"), format!("x -C {}", argument(&here)));
    }
}
