//! Signals that ask the program to stop.
//!
//! A signal counts from the moment on in which a listener was made, not only once somebody waits for it. So whoever shows
//! a question, or says what it waits for, makes its listener first: a key that is pressed right then is not lost, and
//! does not end the program with the cursor hidden.

use std::io;

/// Listens for Ctrl-C, and for a service manager's signal where that is wanted.
pub(crate) struct Signals {
    #[cfg(unix)]
    pressed: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
    #[cfg(windows)]
    pressed: tokio::signal::windows::CtrlC,
}

impl Signals {
    /// Ctrl-C.
    #[cfg(unix)]
    pub(crate) fn interrupt() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { pressed: signal(SignalKind::interrupt())?, terminate: None })
    }

    /// Ctrl-C, and the signal with which service managers end a program.
    #[cfg(unix)]
    pub(crate) fn stop() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: Some(signal(SignalKind::terminate())?), ..Self::interrupt()? })
    }

    /// Ctrl-C.
    #[cfg(windows)]
    pub(crate) fn interrupt() -> io::Result<Self> {
        Ok(Self { pressed: tokio::signal::windows::ctrl_c()? })
    }

    /// Ctrl-C; service managers of Windows stop a program in another way.
    #[cfg(windows)]
    pub(crate) fn stop() -> io::Result<Self> {
        Self::interrupt()
    }

    /// Waits for the next one since the last one that was waited for, or since this was made.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if let Some(terminate) = &mut self.terminate {
            tokio::select! {
                _ = self.pressed.recv() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        self.pressed.recv().await;
    }
}
