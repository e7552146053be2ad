//! Puts questions on the terminal: with dialoguer, or line by line where the terminal cannot move its cursor.

use std::fmt;
use std::io;

use dialoguer::console::{Key, Term, is_dumb, measure_text_width, truncate_str};
use dialoguer::theme::{ColorfulTheme, Theme};
use dialoguer::{Input, Select};

use super::held::Held;
use crate::exit::{CommandError, Exit};
use crate::screen::DIM;
use crate::terminal;

/// A terminal that is asked.
pub(crate) struct Ask {
    term: Term,
    theme: Box<dyn Theme>,
    colours: bool,
    plain: bool,
    held: Option<Held>,
}

/// How questions look without colours.
struct WithoutColour;

impl Theme for WithoutColour {
    fn format_prompt(&self, f: &mut dyn fmt::Write, prompt: &str) -> fmt::Result {
        f.write_str(closed(prompt).trim_end())
    }

    fn format_input_prompt(&self, f: &mut dyn fmt::Write, prompt: &str, _offered: Option<&str>) -> fmt::Result {
        f.write_str(&closed(prompt))
    }

    fn format_input_prompt_selection(&self, f: &mut dyn fmt::Write, prompt: &str, answer: &str) -> fmt::Result {
        write!(f, "{}{answer}", closed(prompt))
    }
}

/// A prompt with what stands between it and its answer: nothing but a blank after a question mark.
fn closed(prompt: &str) -> String {
    if prompt.ends_with('?') { format!("{prompt} ") } else { format!("{prompt}: ") }
}

/// The error of somebody who pressed Ctrl-C.
pub(crate) fn interrupted() -> CommandError {
    CommandError::message(Exit::Interrupted, "stopped").hint("run the wizard again to go on from here")
}

/// What went wrong while a question was open: mostly somebody pressed Ctrl-C.
pub(crate) fn failed(error: io::Error) -> CommandError {
    if error.kind() == io::ErrorKind::Interrupted { interrupted() } else { error.into() }
}

impl Ask {
    /// The terminal on stderr.
    pub(crate) fn new() -> Self {
        let colours = dialoguer::console::colors_enabled_stderr();
        let theme: Box<dyn Theme> = if colours { Box::new(ColorfulTheme::default()) } else { Box::new(WithoutColour) };
        Self { term: terminal::stderr(), theme, colours, plain: is_dumb(), held: None }
    }

    /// Holds the terminal until it is let go, at the latest when this is dropped.
    pub(crate) fn hold(&mut self) {
        if self.held.is_none() {
            self.held = Held::take();
        }
    }

    /// A terminal that is held.
    pub(crate) fn held() -> Self {
        let mut ask = Self::new();
        ask.hold();
        ask
    }

    /// Lets the terminal go, for what asks no more questions and may want it for itself.
    pub(crate) fn let_go(&mut self) {
        self.held = None;
    }

    /// The terminal itself.
    pub(crate) fn term(&self) -> &Term {
        &self.term
    }

    /// Whether the terminal cannot move its cursor.
    pub(crate) fn is_plain(&self) -> bool {
        self.plain
    }

    /// One of these, in a question that could not be foreseen or that decides much: keys typed ahead do not answer it.
    pub(crate) fn choose_afresh(
        &self,
        prompt: &str,
        options: &[String],
        default: usize,
    ) -> Result<usize, CommandError> {
        terminal::forget_what_was_typed();
        self.choose(prompt, options, default)
    }

    /// One of these.
    pub(crate) fn choose(&self, prompt: &str, options: &[String], default: usize) -> Result<usize, CommandError> {
        if !self.plain {
            let width = self.width().saturating_sub(4).max(20);
            let shown: Vec<_> = options.iter().map(|option| truncate_str(option, width, "…").into_owned()).collect();
            let select = Select::with_theme(self.theme.as_ref()).with_prompt(prompt).items(&shown).default(default);
            let chosen =
                select.report(false).interact_on(&self.term).map_err(|dialoguer::Error::IO(error)| failed(error))?;
            self.answered(prompt, options.get(chosen).map_or("", String::as_str))?;
            return Ok(chosen);
        }
        self.term.write_line(prompt)?;
        for (number, option) in options.iter().enumerate() {
            self.term.write_line(&format!("  {}  {option}", number + 1))?;
        }
        loop {
            let line = self.line(&format!("Number [{}]: ", default + 1))?;
            if line.is_empty() {
                return Ok(default);
            }
            match line.parse::<usize>() {
                Ok(number) if (1..=options.len()).contains(&number) => return Ok(number - 1),
                _ => self.term.write_line(&format!("a number from 1 to {}", options.len()))?,
            }
        }
    }

    /// A line of text. What is offered is taken with Enter alone. Whether the answer will do is for the caller to say,
    /// with [`Self::answered`]; until then nothing of it stays on the screen.
    pub(crate) fn text(&self, prompt: &str, offered: Option<&str>) -> Result<String, CommandError> {
        let offered = offered.filter(|text| !text.is_empty());
        let whole = match offered {
            Some(offered) if self.colours && !self.plain => format!("{prompt}{DIM} ({offered}){DIM:#}"),
            Some(offered) => format!("{prompt} [{offered}]"),
            None => prompt.to_owned(),
        };
        let line = if self.plain { self.line(&closed(&whole))? } else { self.edited(&whole)? };
        Ok(if line.is_empty() { offered.unwrap_or_default().to_owned() } else { line })
    }

    /// A line that can be edited, and is gone from the screen afterwards.
    fn edited(&self, prompt: &str) -> Result<String, CommandError> {
        let input = Input::<String>::with_theme(self.theme.as_ref()).with_prompt(prompt).allow_empty(true);
        let typed = input.report(false).interact_text_on(&self.term).map_err(|dialoguer::Error::IO(error)| {
            // What is said next begins on a line of its own.
            let _ = self.term.write_line("");
            failed(error)
        })?;
        let mut shown = String::new();
        let _ = self.theme.format_input_prompt(&mut shown, prompt, None);
        // dialoguer clears the line on which the cursor is, and none above it.
        let columns = measure_text_width(&shown) + measure_text_width(&typed);
        self.term.clear_last_lines(columns.saturating_sub(1) / self.width())?;
        Ok(typed)
    }

    /// Says that an answer was taken.
    pub(crate) fn answered(&self, prompt: &str, answer: &str) -> Result<(), CommandError> {
        if self.plain {
            return Ok(());
        }
        let mut line = String::new();
        let _ = self.theme.format_input_prompt_selection(&mut line, prompt, answer);
        // One line, because nobody wants to read it twice.
        Ok(self.term.write_line(&truncate_str(&line, self.width(), "…"))?)
    }

    fn width(&self) -> usize {
        usize::from(self.term.size().1).max(1)
    }

    /// A line read key by key, so that Ctrl-C is noticed at once; only what every terminal can do is written.
    pub(crate) fn line(&self, prompt: &str) -> Result<String, CommandError> {
        self.term.write_str(prompt)?;
        let mut line = String::new();
        loop {
            let key = self.term.read_key().map_err(|error| {
                let _ = self.term.write_line("");
                failed(error)
            });
            match key? {
                Key::Enter => break,
                Key::Backspace if line.pop().is_some() => self.term.write_str("\u{8} \u{8}")?,
                Key::Char(c) if !c.is_control() => {
                    line.push(c);
                    self.term.write_str(c.encode_utf8(&mut [0; 4]))?;
                }
                _ => {}
            }
        }
        self.term.write_line("")?;
        Ok(line.trim().to_owned())
    }
}
