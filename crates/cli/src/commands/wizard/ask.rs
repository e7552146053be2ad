//! Puts questions on the terminal: with dialoguer, or line by line where the terminal cannot move its cursor.

use std::io;

use dialoguer::console::{Key, Term, is_dumb};
use dialoguer::theme::{ColorfulTheme, SimpleTheme, Theme};
use dialoguer::{Input, Select};

use super::held::{self, Held};
use crate::exit::{CommandError, Exit};

/// A terminal that is asked.
pub(crate) struct Ask {
    term: Term,
    theme: Box<dyn Theme>,
    plain: bool,
    held: Option<Held>,
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
        let term = Term::stderr();
        let colours = dialoguer::console::colors_enabled_stderr();
        let theme: Box<dyn Theme> = if colours { Box::new(ColorfulTheme::default()) } else { Box::new(SimpleTheme) };
        Self { term, theme, plain: is_dumb(), held: None }
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

    /// Makes the cursor visible, whatever a question left behind.
    pub(crate) fn restore(&self) {
        if !self.plain {
            let _ = self.term.show_cursor();
        }
    }

    /// One of these, in a question that could not be foreseen or that decides much: keys typed ahead do not answer it.
    pub(crate) fn choose_afresh(
        &self,
        prompt: &str,
        options: &[String],
        default: usize,
    ) -> Result<usize, CommandError> {
        held::forget_what_was_typed();
        self.choose(prompt, options, default)
    }

    /// One of these.
    pub(crate) fn choose(&self, prompt: &str, options: &[String], default: usize) -> Result<usize, CommandError> {
        if !self.plain {
            let width = usize::from(self.term.size().1).saturating_sub(4).max(20);
            let shown: Vec<_> = options
                .iter()
                .map(|option| dialoguer::console::truncate_str(option, width, "…").into_owned())
                .collect();
            let select = Select::with_theme(self.theme.as_ref()).with_prompt(prompt).items(&shown).default(default);
            return select.interact_on(&self.term).map_err(|dialoguer::Error::IO(error)| failed(error));
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

    /// A line of text. What is offered is taken with Enter alone.
    pub(crate) fn text(&self, prompt: &str, offered: Option<&str>) -> Result<String, CommandError> {
        if !self.plain {
            let mut input = Input::<String>::with_theme(self.theme.as_ref()).with_prompt(prompt).allow_empty(true);
            if let Some(offered) = offered {
                input = input.default(offered.to_owned()).show_default(!offered.is_empty());
            }
            return input.interact_text_on(&self.term).map_err(|dialoguer::Error::IO(error)| failed(error));
        }
        let shown = offered.filter(|text| !text.is_empty()).map(|text| format!(" [{text}]")).unwrap_or_default();
        let line = self.line(&format!("{prompt}{shown}: "))?;
        Ok(if line.is_empty() { offered.unwrap_or_default().to_owned() } else { line })
    }

    /// A line read key by key, so that Ctrl-C is noticed at once; only what every terminal can do is written.
    pub(crate) fn line(&self, prompt: &str) -> Result<String, CommandError> {
        self.term.write_str(prompt)?;
        let mut line = String::new();
        loop {
            match self.term.read_key().map_err(failed)? {
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
