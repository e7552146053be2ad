//! The terminal on which questions are put.

use dialoguer::console::Term;

/// The terminal on stderr. Its cursor stays visible while a list is shown, so that a program that is killed then leaves
/// none without one.
#[cfg(unix)]
pub(crate) fn stderr() -> Term {
    Term::read_write_pair(std::io::stdin(), unix::WithCursor(std::io::stderr()))
}

/// The terminal on stderr.
#[cfg(not(unix))]
pub(crate) fn stderr() -> Term {
    Term::stderr()
}

/// Remembers how the keyboard's terminal is set, and gives what sets it so again: a question that is open has it read key
/// by key, and whoever ends the program then has to end that as well.
pub(crate) fn remember() -> impl Fn() + Send {
    #[cfg(unix)]
    let before = rustix::termios::tcgetattr(std::io::stdin()).ok();
    move || {
        #[cfg(unix)]
        if let Some(before) = &before {
            // A terminal that is gone needs nothing any more.
            let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Drain, before);
        }
    }
}

/// Forgets what was typed and not read yet: a person who types before a question is shown does not answer it.
pub(crate) fn forget_what_was_typed() {
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

#[cfg(unix)]
mod unix {
    use std::io::{self, Stderr, Write};
    use std::os::fd::{AsRawFd, RawFd};

    /// What makes the cursor invisible, as `console` writes it: by itself, in one piece.
    const HIDE: &[u8] = b"\x1b[?25l";

    /// Stderr, but for what makes the cursor invisible.
    #[derive(Debug)]
    pub(super) struct WithCursor(pub(super) Stderr);

    impl Write for WithCursor {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if bytes == HIDE { Ok(bytes.len()) } else { self.0.write(bytes) }
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0.flush()
        }
    }

    impl AsRawFd for WithCursor {
        fn as_raw_fd(&self) -> RawFd {
            self.0.as_raw_fd()
        }
    }
}
