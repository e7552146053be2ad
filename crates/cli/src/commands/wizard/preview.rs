//! The workspace as it will be with the new files, and what is wrong with it, in the words of the questions.

use std::path::Path;

use tripod_model::Problem;

use super::files::NewFile;
use super::questions::Question;
use crate::exit::{CommandError, Exit};
use crate::screen::{BAD, BOLD, Screen, TYPED};
use crate::workspace::{self, Workspace};

/// The workspace that there will be. All of its files are read, and what is wrong in any of them is kept; of its
/// mailboxes there is only the one that the wizard is about, in the first of the new files.
pub(super) fn of(root: &Path, new: &[NewFile]) -> Result<Workspace, CommandError> {
    let sources: Vec<_> = new.iter().map(NewFile::source).collect();
    let mut workspace = Workspace::read_with(root, &sources)?;
    let mailbox = sources.first().map(|source| source.name.as_str()).unwrap_or_default();
    workspace.mailboxes.retain(|wanted| wanted.place.file == mailbox);
    workspace.sources.clear();
    Ok(workspace)
}

/// Answers that do not make sound files.
pub(super) struct Unsound {
    /// The error that names them.
    pub error: CommandError,
    /// The questions that have to be answered otherwise; none if a file is wrong that was there before.
    pub questions: Vec<Question>,
}

impl From<Unsound> for CommandError {
    fn from(unsound: Unsound) -> Self {
        unsound.error
    }
}

/// The workspace if nothing is wrong in it. Else everything is said that is; a place in a file that is not written yet
/// is no place to look at, hence there the question is named that it comes from.
pub(super) fn sound(workspace: Workspace, new: &[NewFile], screen: Screen) -> Result<Workspace, Unsound> {
    if workspace.problems.is_empty() {
        return Ok(workspace);
    }
    let asked = |problem: &Problem| {
        let file = new.iter().find(|file| file.path == Path::new(&problem.place.file))?;
        if workspace.root.join(&file.path).exists() {
            return None;
        }
        question_of(&file.text, problem.place.line)
    };
    let (from_answers, others): (Vec<_>, Vec<_>) =
        workspace.problems.iter().map(|problem| (problem, asked(problem))).partition(|(_, asked)| asked.is_some());
    if !others.is_empty() {
        let others: Vec<Problem> = others.into_iter().map(|(problem, _)| problem.clone()).collect();
        let mut error = workspace::report(screen, &others);
        if !workspace.root.join("tripod.yaml").exists() {
            error = error.hint("these files are in the folder already; mend them or move them away");
        }
        return Err(Unsound { error, questions: Vec::new() });
    }
    let domains: Vec<&str> =
        workspace.settings.tenants.values().flat_map(|tenant| &tenant.domains).map(String::as_str).collect();
    for (problem, question) in &from_answers {
        let key = question.map_or("", Question::key);
        screen.say(&format!("{BOLD}`{key}`:{BOLD:#} {BAD}{}{BAD:#}", problem.message));
        match &problem.help {
            // There may be no such file yet, and it is not for this wizard to change one.
            Some(help) if help.contains("tripod.yaml") => {
                screen.say(&format!("  {TYPED}help:{TYPED:#} the domains are: {}", domains.join(", ")));
            }
            Some(help) => screen.say(&format!("  {TYPED}help:{TYPED:#} {help}")),
            None => {}
        }
    }
    let mut questions: Vec<Question> = from_answers.into_iter().filter_map(|(_, question)| question).collect();
    questions.sort();
    questions.dedup();
    let keys: Vec<String> = questions.iter().map(|question| format!("`{}`", question.key())).collect();
    let message = format!("no files can be made of the answer to {}; nothing was changed", keys.join(", "));
    Err(Unsound { error: CommandError::message(Exit::File, message), questions })
}

/// Which question a line of a new file comes from: the one of its key, else of the nearest key above that has one.
fn question_of(text: &str, line: usize) -> Option<Question> {
    let above: Vec<&str> = text.lines().take(line).collect();
    above.into_iter().rev().find_map(|line| {
        let (key, _) = line.trim_start_matches([' ', '-']).split_once(':')?;
        match key {
            "apps" => Some(Question::App),
            "certificate" | "client-secret" | "browser" | "device-code" => Some(Question::Credential),
            "keyless" => Some(Question::ServiceAccount),
            // The tenant's name is the first of its domains.
            "tenants" => Some(Question::Domains),
            key => Question::from_key(key),
        }
    })
}
