//! Progress on long work, drawn on stderr; nothing at all where stderr is no terminal.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tripod_model::Address;
use tripod_provisioner::apply::{Event, MailboxState, Progress};

use crate::screen::Screen;

/// Something that is under way and whose length is not known.
pub(crate) struct Spinner(ProgressBar);

impl Spinner {
    /// It is over; the line goes away.
    pub(crate) fn finish(self) {
        self.0.finish_and_clear();
    }
}

/// Says that the tenants are being read.
pub(crate) fn reading(screen: Screen, mailboxes: usize) -> Spinner {
    at_work(screen, format!("reading {mailboxes} mailboxes and their people"))
}

/// Says what is under way.
pub(crate) fn at_work(screen: Screen, what: String) -> Spinner {
    if !screen.can_draw() {
        return Spinner(ProgressBar::hidden());
    }
    let bar = ProgressBar::new_spinner();
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(100));
    Spinner(bar)
}

/// A line for each mailbox of a plan: how many of its steps are done, and what happens now.
pub(crate) struct Bars {
    all: MultiProgress,
    by_mailbox: Mutex<BTreeMap<Address, ProgressBar>>,
}

impl Bars {
    /// No line yet; the run that begins brings them.
    pub(crate) fn new(screen: Screen) -> Self {
        let target = if screen.can_draw() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { all: MultiProgress::with_draw_target(target), by_mailbox: Mutex::default() }
    }

    fn with(&self, mailbox: &Address, act: impl FnOnce(&ProgressBar)) {
        let bars = self.by_mailbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(bar) = bars.get(mailbox) {
            act(bar);
        }
    }
}

impl Progress for Bars {
    fn tell(&self, event: &Event<'_>) {
        match event {
            Event::Begun { mailboxes } => {
                let widest = mailboxes.keys().map(|(_, address)| address.as_str().len()).max().unwrap_or_default();
                let form = format!("{{spinner}} {{prefix:{widest}}} {{bar:20}} {{pos:>2}}/{{len:2}} {{wide_msg}}");
                let style = ProgressStyle::with_template(&form).unwrap_or_else(|_| ProgressStyle::default_bar());
                let mut bars = self.by_mailbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                for ((_, address), steps) in *mailboxes {
                    let bar = self.all.add(ProgressBar::new(u64::try_from(*steps).unwrap_or(u64::MAX)));
                    bar.set_style(style.clone());
                    bar.set_prefix(address.to_string());
                    bar.enable_steady_tick(Duration::from_millis(120));
                    bars.insert(address.clone(), bar);
                }
            }
            Event::StepBegun { step } => self.with(&step.mailbox, |bar| bar.set_message(step.action.words())),
            Event::StepDone { step } => self.with(&step.mailbox, |bar| bar.inc(1)),
            Event::StepFailed { step, failure } => {
                self.with(&step.mailbox, |bar| bar.set_message(failure.message.clone()));
            }
            Event::Waiting { mailbox, what, .. } => {
                self.with(mailbox, |bar| bar.set_message(format!("waiting for {what}")));
            }
            Event::MailboxFinished { mailbox, state, .. } => self.with(mailbox, |bar| match state {
                MailboxState::Done => bar.finish_with_message("done"),
                MailboxState::Unconfirmed => bar.abandon_with_message("done, not confirmed yet"),
                MailboxState::Failed => bar.abandon(),
            }),
        }
    }
}
