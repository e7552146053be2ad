//! Answers on disk: the file that a person writes, and what an interrupted run leaves for the next.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tripod_model::suggest;

use super::answers_yaml::{self, Entry, Mistake, Written};
use super::questions::{Answers, Facts, Question};
use super::secrets;
use crate::exit::{CommandError, Exit};
use crate::new_file;
use crate::workspace::private_folder;

/// What an interrupted run leaves. No secret is in it.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Kept {
    version: u32,
    /// Whether stand-ins answered; answers for them are of no use for a real tenant.
    sandbox: bool,
    answers: BTreeMap<String, String>,
    picked: Vec<String>,
}

/// Where an interrupted run leaves its answers.
pub(crate) fn kept_file(root: &Path) -> PathBuf {
    private_folder(root).join("wizard.json")
}

/// Keeps the answers so far.
pub(crate) fn keep(root: &Path, answers: &Answers, facts: &Facts) -> Result<(), CommandError> {
    new_file::private_folder(&private_folder(root))?;
    let given = answers.given().map(|(question, text)| (question.key().to_owned(), text.to_owned()));
    let kept = Kept {
        version: 1,
        sandbox: facts.sandbox,
        answers: given.collect(),
        picked: answers.picked.iter().map(ToString::to_string).collect(),
    };
    new_file::replace_private(&kept_file(root), &serde_json::to_string_pretty(&kept)?)
}

/// The answers that an interrupted run left. What cannot be understood any more is left out and asked again.
pub(crate) fn kept(root: &Path, facts: &Facts) -> Option<Answers> {
    let text = tripod_files::read_text(&kept_file(root)).ok()?;
    let kept: Kept = serde_json::from_str(&text).ok()?;
    if kept.version != 1 || kept.sandbox != facts.sandbox {
        return None;
    }
    let picked = kept.picked.iter().filter_map(|text| text.parse().ok()).collect();
    let mut answers = Answers::default().with_picked(picked);
    for (key, text) in &kept.answers {
        match Question::from_key(key) {
            Some(Question::Delegates) => drop(answers.settle_people(facts)),
            // Whether to go ahead is asked anew: what is to be done may have changed since.
            Some(Question::Apply) | None => {}
            Some(question) => drop(answers.set(question, text, facts)),
        }
    }
    (!answers.is_empty()).then_some(answers)
}

/// Forgets what an interrupted run left.
pub(crate) fn forget(root: &Path) -> Result<(), CommandError> {
    match std::fs::remove_file(kept_file(root)) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// Reads an answers file.
pub(crate) fn read(path: &Path, facts: &Facts) -> Result<Answers, CommandError> {
    let text = tripod_files::read_text(path)
        .map_err(|error| CommandError::message(Exit::File, format!("cannot read {}: {error}", path.display())))?;
    understand(&text, facts).map_err(|mistake| {
        let error = CommandError::message(Exit::File, format!("{}:{mistake}", path.display()));
        if mistake.is_unknown_key { error.hint("`tripod wizard --help` names every key, as a flag") } else { error }
    })
}

/// The answers in a text, or what is wrong with it.
pub(super) fn understand(text: &str, facts: &Facts) -> Result<Answers, Mistake> {
    let mut answers = Answers::default();
    let mut seen = BTreeSet::new();
    for Entry { key, line, column, value } in answers_yaml::entries(text)? {
        let unknown = || Mistake { is_unknown_key: true, ..Mistake::at(line, column, unknown(&key)) };
        let question = Question::from_key(&key).ok_or_else(unknown)?;
        if !seen.insert(question) {
            return Err(Mistake::at(line, column, format!("`{key}` is there twice")));
        }
        let wrong = |message: String| Mistake::at(line, column, format!("`{key}`: {message}"));
        let taken = match (question, value) {
            (Question::Delegates, Written::List(people)) => {
                take_people(&mut answers, &people.iter().map(String::as_str).collect::<Vec<_>>(), facts)
            }
            (Question::Delegates, _) => Err("it has to be a list of addresses".to_owned()),
            (_, Written::Text(text)) => answers.set(question, &text, facts),
            (Question::Domains, Written::List(domains)) => answers.set(question, &domains.join(","), facts),
            _ => Err("it has to be a single text; put quotes around it, also where it is left empty".to_owned()),
        };
        taken.map_err(wrong)?;
    }
    Ok(answers)
}

/// Takes these people and no others, if there are enough of them.
pub(super) fn take_people(answers: &mut Answers, people: &[&str], facts: &Facts) -> Result<(), String> {
    answers.picked.clear();
    for text in people {
        if secrets::is_known(text) {
            return Err(secrets::NO_ANSWER.to_owned());
        }
        let address = text.parse().map_err(|error: tripod_model::AddressError| error.to_string())?;
        if answers.picked.contains(&address) {
            return Err(format!("{address} is there twice"));
        }
        answers.picked.push(address);
    }
    answers.settle_people(facts)
}

fn unknown(key: &str) -> String {
    if secrets::is_pasted(key) {
        return "there is no such key; it looks like a secret, and is not repeated here".to_owned();
    }
    let known = Question::ALL.map(Question::key);
    match suggest::closest(key, known) {
        Some(close) => format!("unknown key `{key}`; did you mean `{close}`?"),
        None => format!("unknown key `{key}`; the keys are: {}", known.join(", ")),
    }
}

/// The answers as a person would write them into a file.
pub(crate) fn written(answers: &Answers) -> String {
    let mut text = String::new();
    for (question, answer) in answers.given() {
        if question == Question::Delegates {
            text.push_str("delegates:\n");
            for person in &answers.picked {
                let _ = writeln!(text, "  - {person}");
            }
        } else {
            let answer = if question == Question::Apply { answer.to_owned() } else { super::files::scalar(answer) };
            let _ = writeln!(text, "{}: {answer}", question.key());
        }
    }
    text
}
