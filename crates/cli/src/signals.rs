//! Signals that ask the program to stop.
//!
//! A signal counts from the moment on in which a listener was made, not only once somebody waits for it. So whoever shows
//! a question, or says what it waits for, makes its listener first: a key that is pressed right then is not lost, and
//! does not end the program with the terminal as it is.

use std::future::poll_fn;
use std::io;
use std::task::Poll;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};
#[cfg(windows)]
use tokio::signal::windows::{CtrlC as Signal, ctrl_c};

/// Listens for signals.
pub(crate) struct Signals(Vec<Signal>);

impl Signals {
    /// Whatever ends a program at a terminal: Ctrl-C, a request to end, a terminal that goes away.
    #[cfg(unix)]
    pub(crate) fn at_a_terminal() -> io::Result<Self> {
        Self::of(&[SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()])
    }

    /// Ctrl-C, and the signal with which service managers end a program. A terminal that goes away ends a program as
    /// ever, unless `nohup` was told that it does not.
    #[cfg(unix)]
    pub(crate) fn stop() -> io::Result<Self> {
        Self::of(&[SignalKind::interrupt(), SignalKind::terminate()])
    }

    #[cfg(unix)]
    fn of(kinds: &[SignalKind]) -> io::Result<Self> {
        kinds.iter().map(|kind| signal(*kind)).collect::<io::Result<_>>().map(Self)
    }

    /// Ctrl-C.
    #[cfg(windows)]
    pub(crate) fn at_a_terminal() -> io::Result<Self> {
        Ok(Self(vec![ctrl_c()?]))
    }

    /// Ctrl-C; service managers of Windows stop a program in another way.
    #[cfg(windows)]
    pub(crate) fn stop() -> io::Result<Self> {
        Self::at_a_terminal()
    }

    /// Waits for the next one since the last one that was waited for, or since this was made.
    pub(crate) async fn next(&mut self) {
        poll_fn(|context| {
            let came = self.0.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
            if came { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}
