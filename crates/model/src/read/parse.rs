//! From bytes to a tree of nodes, or to the one problem that prevents it.

use serde_yaml::budget::BudgetBreach;
use serde_yaml::{Budget, DuplicateKeyPolicy, Error, NonFiniteFloatPolicy, Options};

use super::node::{Node, Spot, Value};
use super::report::{Report, printable};
use crate::place::SourceFile;

/// The largest file that is read. Five thousand mailboxes with five delegates each take about a third of it.
const LARGEST_FILE: usize = 8 * 1024 * 1024;

/// The tree of a file. Where there is none, the report says why.
pub(super) fn tree(file: &SourceFile, report: &mut Report) -> Option<Node> {
    if file.bytes.len() > LARGEST_FILE {
        report.say_with(
            Spot::START,
            format!("the file has more than {} MiB", LARGEST_FILE / 1024 / 1024),
            Some("split it into several files".to_owned()),
        );
        return None;
    }
    let text = text(&file.bytes, report)?;
    match serde_yaml::from_str_with_options::<Node>(text, options()) {
        Ok(Node { value: Value::Nothing, .. }) => {
            report.say(Spot::START, "the file is empty");
            None
        }
        Ok(node) => Some(node),
        Err(error) => {
            let (message, help) = explain(&error);
            report.say_with(error.location().as_ref().map_or(Spot::START, Spot::of), message, help);
            None
        }
    }
}

/// The bytes as a text, without the byte order mark that some editors put in front.
fn text<'a>(bytes: &'a [u8], report: &mut Report) -> Option<&'a str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) => {
            let sound = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let sound = String::from_utf8_lossy(sound);
            let line = sound.matches('\n').count() + 1;
            let column = sound.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
            report.say_with(
                Spot { line, column },
                "the file is not UTF-8",
                Some("save it with the encoding UTF-8".to_owned()),
            );
            None
        }
    }
}

fn options() -> Options {
    let mut budget = Budget::default();
    budget.max_depth = 32;
    budget.flow_nesting_limit = 32;
    budget.max_documents = 2;
    budget.max_nodes = 200_000;
    budget.max_events = 400_000;
    budget.max_anchors = 1_000;
    budget.max_aliases = 10_000;
    budget.max_merge_keys = 1_000;
    serde_yaml::options! {
        budget: Some(budget),
        // YAML 1.1 took `no` and `off` for false, which turns names into truth values.
        strict_booleans: true,
        // The tree keeps repeated keys, so that each can be reported with its place beside all other problems.
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: 200_000, max_replay_stack_depth: 16 },
        // A snippet could show a line with a secret in it.
        with_snippet: false,
    }
}

/// The parser's error in our words.
fn explain(error: &Error) -> (String, Option<String>) {
    let (message, help) = match error.without_snippet() {
        Error::MultipleDocuments { .. } => {
            ("a second document begins here", "write it into a file of its own, or remove the line `---`")
        }
        Error::Budget { breach: BudgetBreach::Depth { .. }, .. } => {
            ("this is nested too deeply", "no file of Tripod's needs more than six levels")
        }
        Error::Budget { .. } | Error::AliasReplayLimitExceeded { .. } | Error::AliasReplayStackDepthExceeded { .. } => {
            ("the file says more than is read from one file", "split it into several files, or use fewer aliases")
        }
        Error::AliasError { error, .. } => return explain(error),
        other => return (format!("this cannot be read as YAML: {}", in_brief(&other.to_string())), None),
    };
    (message.to_owned(), Some(help.to_owned()))
}

/// The parser's sentence without the place, which stands in front of every problem already.
fn in_brief(sentence: &str) -> String {
    let first = sentence.lines().next().unwrap_or_default();
    printable(first.split(" at line ").next().unwrap_or(first))
}
