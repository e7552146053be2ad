//! The one door for output: data to stdout, talk to stderr; colour only where a terminal wants it.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::exit::CommandError;

/// What is bold.
pub(crate) const BOLD: Style = Style::new().bold();
/// What may be read over.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What is as it should be.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// What is wrong.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// What wants a look.
pub(crate) const WATCH: Style = AnsiColor::Yellow.on_default();
/// What can be typed.
pub(crate) const TYPED: Style = AnsiColor::Cyan.on_default();

/// Where a command's output goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Screen {
    colour: ColorChoice,
}

impl Screen {
    /// A screen with this choice of colour; `Auto` asks the terminal, `NO_COLOR` and `CLICOLOR_FORCE`.
    pub(crate) fn new(colour: ColorChoice) -> Self {
        colour.write_global();
        Self { colour }
    }

    /// Writes data to stdout. That nobody reads it any more is no error, and changes neither what the command does nor
    /// how it ends: `tripod verify | head` has to fail like `tripod verify`.
    pub(crate) fn data(self, text: &str) -> Result<(), CommandError> {
        let mut out = AutoStream::new(std::io::stdout(), self.colour);
        let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        let written = out.write_all(text.as_bytes()).and_then(|()| out.write_all(end.as_bytes()));
        match written.and_then(|()| out.flush()) {
            // Whoever reads has had enough, as `head` has. The work goes on, and its end is told by the exit status.
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// How many columns the screen has, where stdout is one.
    #[expect(clippy::unused_self, reason = "whatever is shown is shown on the screen")]
    pub(crate) fn width(self) -> Option<usize> {
        dialoguer::console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns))
    }

    /// A text for stdout, broken between words where that is a terminal. Not for what is to be copied.
    pub(crate) fn fitted(self, text: &str) -> String {
        self.width().map_or_else(|| text.to_owned(), |columns| broken(text, columns))
    }

    /// Writes a value as JSON to stdout.
    pub(crate) fn json<T: Serialize>(self, value: &T) -> Result<(), CommandError> {
        self.data(&serde_json::to_string_pretty(value)?)
    }

    /// Says something to the person, on stderr. Nobody listening is no error.
    pub(crate) fn say(self, text: &str) {
        let mut err = AutoStream::new(std::io::stderr(), self.colour);
        let _ = writeln!(err, "{text}");
    }

    /// Says sentences to the person, on stderr; broken between words where that is a terminal.
    pub(crate) fn tell(self, text: &str) {
        match dialoguer::console::Term::stderr().size_checked() {
            Some((_, columns)) => self.say(&broken(text, usize::from(columns))),
            None => self.say(text),
        }
    }

    /// Says what went wrong, in the form that every error of the program has.
    pub(crate) fn error(self, error: &CommandError) {
        let mut text = format!("{BAD}error:{BAD:#} {}", plain(&error.error.to_string()));
        let mut said = error.error.to_string();
        for cause in error.error.chain().skip(1).map(ToString::to_string) {
            // Many an error repeats its cause.
            if !said.contains(&cause) && !cause.ends_with(&said) {
                let _ = write!(text, "\n  because: {}", plain(&cause));
            }
            said = cause;
        }
        if !error.hints.is_empty() {
            text.push('\n');
        }
        for hint in &error.hints {
            let _ = write!(text, "\n{TYPED}hint:{TYPED:#} {hint}");
        }
        self.say(&text);
    }

    /// Whether colour is wanted on stderr.
    pub(crate) fn has_colour(self) -> bool {
        AutoStream::new(std::io::stderr(), self.colour).current_choice() != ColorChoice::Never
    }

    /// Whether a person sits at a terminal and can be asked.
    #[expect(clippy::unused_self, reason = "whoever is asked is asked through the screen")]
    pub(crate) fn can_ask(self) -> bool {
        std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
    }

    /// Whether progress can be drawn.
    #[expect(clippy::unused_self, reason = "whatever is drawn is drawn on the screen")]
    pub(crate) fn can_draw(self) -> bool {
        std::io::stderr().is_terminal()
    }
}

/// Every line of a text broken between words, and what is indented indented further.
fn broken(text: &str, columns: usize) -> String {
    let lines = text.split('\n').map(|line| {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let further = " ".repeat(if indent == 0 { 0 } else { indent + 2 });
        let options = textwrap::Options::new(columns).subsequent_indent(&further).break_words(false);
        textwrap::fill(line, options.word_splitter(textwrap::WordSplitter::NoHyphenation))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// A message without the operating system's number, which its words say already: `No such file or directory (os error 2)`.
fn plain(message: &str) -> String {
    let mut pieces = message.split(" (os error ");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| {
        text + piece.trim_start_matches(|c: char| c.is_ascii_digit()).trim_start_matches(')')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_broken_between_words_and_colours_take_no_room() {
        let text = format!("{BOLD}One two{BOLD:#} three-four\n\n  1 five six seven eight");
        let whole = format!("{BOLD}One two{BOLD:#} three-four\n\n  1 five six seven\n    eight");
        assert_eq!(broken(&text, 18), whole);
        assert_eq!(broken("https://example.com/a/long/address", 10), "https://example.com/a/long/address");
    }

    #[test]
    fn a_message_is_told_in_words_only() {
        assert_eq!(
            plain("cannot read a.json: No such file or directory (os error 2)"),
            "cannot read a.json: No such file or directory"
        );
        assert_eq!(plain("x (os error 13); try y"), "x; try y");
        assert_eq!(plain("nothing to take away"), "nothing to take away");
    }
}
