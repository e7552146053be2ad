//! `tripod explain`: what a check, an exit status or a fault means, from the pages of the reference.

use tripod_model::CheckId;
use tripod_model::suggest::closest;
use tripod_tenant::CauseId;

use super::Context;
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};

/// Every exit status, what it means, and what to do.
const STATUSES: &[(Exit, &str, &str)] = &[
    (Exit::Done, "done, nothing to say", "nothing"),
    (Exit::Unexpected, "an unexpected error", "run the command again with `--verbose`, and report what it says"),
    (Exit::ChangesPending, "changes are pending (`plan --detailed-exitcode`)", "look at the plan, then apply it"),
    (Exit::Findings, "there are findings at or over the threshold", "read what `tripod verify` says to do"),
    (Exit::Refused, "a safety rule refused", "read the reason; nothing that the rule protects was changed"),
    (Exit::SetUp, "credentials or a switch at the provider are missing", "run `tripod doctor`, which names each"),
    (Exit::Unavailable, "a provider is unavailable or throttles", "run the command again later"),
    (Exit::Unconfirmed, "applied, but the provider does not show all of it yet", "run `tripod apply` again"),
    (Exit::Usage, "the command line is wrong", "see `--help` of the command"),
    (Exit::File, "one of your files is wrong", "run `tripod check`, which shows every place"),
    (Exit::Interrupted, "stopped with Ctrl-C", "run the command again; it goes on where it stopped"),
];

pub(crate) fn run(context: &Context, word: &str) -> Result<Exit, CommandError> {
    context.forms("explain", &[Format::Text])?;
    let text = explained(word).ok_or_else(|| unknown(word))?;
    context.screen.data(&text)?;
    Ok(Exit::Done)
}

fn explained(word: &str) -> Option<String> {
    check(word).or_else(|| status(word)).or_else(|| cause(word))
}

fn check(word: &str) -> Option<String> {
    let check = CheckId::ALL.iter().find(|check| check.to_string() == word)?;
    Some(tripod_verifier::section(*check).trim_start().to_owned())
}

fn status(word: &str) -> Option<String> {
    let number: u8 = word.parse().ok()?;
    let (_, meaning, remedy) = STATUSES.iter().find(|(exit, ..)| *exit as u8 == number)?;
    Some(format!("Exit status {number}: {meaning}.\n\nWhat to do: {remedy}.\n"))
}

fn cause(word: &str) -> Option<String> {
    let page = CauseId::ALL.iter().map(|cause| cause.page()).find(|page| page.id == word)?;
    Some(format!("{}: {}.\n\nWhat to do: {}.\n\nSource: {}.\n", page.id, page.sentence, page.remedy, page.source))
}

fn unknown(word: &str) -> CommandError {
    let checks = CheckId::ALL.iter().map(ToString::to_string);
    let causes = CauseId::ALL.iter().map(|cause| cause.page().id.to_string());
    let known: Vec<String> = checks.chain(causes).collect();
    let error = CommandError::message(Exit::Usage, format!("`{word}` is no check, exit status or fault of Tripod"));
    match closest(word, known.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint("`tripod verify` names checks, and `tripod doctor --format json` names faults"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_and_every_fault_is_explained() {
        for check in CheckId::ALL {
            let text = explained(&check.to_string()).unwrap_or_default();
            assert!(text.contains("How to mend it"), "{check}: {text}");
        }
        for cause in CauseId::ALL {
            assert!(explained(cause.page().id).is_some());
        }
    }

    #[test]
    fn every_exit_status_is_explained_and_no_other_number() {
        let known: Vec<u16> = (0..=255).filter(|number| explained(&number.to_string()).is_some()).collect();
        assert_eq!(known, [0, 1, 2, 3, 4, 5, 6, 7, 64, 65, 130]);
    }

    #[test]
    fn a_misspelt_check_is_answered_with_the_nearest_one() {
        let error = unknown("below-quorm");
        assert!(error.hints.iter().any(|hint| hint.contains("`below-quorum`")), "{:?}", error.hints);
    }
}
