//! Holds the terminal while questions are open, so that quick typing and pasting is neither shown twice nor lost.
//!
//! A key is read in a mode in which the terminal does nothing by itself; between two keys the mode is the one before.
//! Were that the usual one, a key that comes in between would be shown by the terminal in the middle of what is drawn,
//! and a Backspace would be eaten by the terminal's own line editing. Ctrl-C stays a signal.

#[cfg(unix)]
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// The keyboard's terminal in the mode for questions, until this is dropped.
pub(super) struct Held {
    #[cfg(unix)]
    before: Termios,
}

impl Held {
    /// Takes hold of the terminal that is stdin; nothing if it is none.
    #[cfg(unix)]
    pub(super) fn take() -> Option<Self> {
        let before = tcgetattr(std::io::stdin()).ok()?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON;
        tcsetattr(std::io::stdin(), OptionalActions::Drain, &quiet).ok()?;
        Some(Self { before })
    }

    /// Other consoles need no such care.
    #[cfg(not(unix))]
    pub(super) fn take() -> Option<Self> {
        None
    }
}

#[cfg(unix)]
impl Drop for Held {
    fn drop(&mut self) {
        // A terminal that is gone needs nothing any more.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Drain, &self.before);
    }
}
