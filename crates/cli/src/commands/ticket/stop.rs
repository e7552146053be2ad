//! When it is time to stop: what is begun is finished, and nothing else is begun.

use tokio::sync::watch;

use crate::exit::{CommandError, Exit};
use crate::screen::{DIM, Screen};
use crate::signals::Signals;

/// Tells whether it is time to stop.
#[derive(Clone)]
pub(super) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Never, but for the signals that end every program.
    pub(super) fn never() -> Self {
        Self(watch::channel(false).1)
    }

    /// When somebody presses Ctrl-C or a service manager asks for it. Asked twice, the program ends at once; what it
    /// was at is finished by the next run.
    pub(super) fn on_signal(screen: Screen) -> Result<Self, CommandError> {
        let (sender, stop) = watch::channel(false);
        let mut signals = Signals::stop()?;
        tokio::spawn(async move {
            signals.next().await;
            let _ = sender.send(true);
            screen.say(&format!("{DIM}finishing what is begun; once more ends it at once{DIM:#}"));
            signals.next().await;
            std::process::exit(i32::from(Exit::Interrupted as u8));
        });
        Ok(Self(stop))
    }

    /// Whether it is time.
    pub(super) fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is time.
    pub(super) async fn wait(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            // Nobody is there any more who could say so.
            std::future::pending::<()>().await;
        }
    }

    /// The same for the receiver of messages.
    pub(super) fn receiver(&self) -> watch::Receiver<bool> {
        self.0.clone()
    }
}
