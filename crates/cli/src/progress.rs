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
    at_work(screen, format!("reading {} and their people", tripod_report::counted(mailboxes, "mailbox", "mailboxes")))
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

/// So many mailboxes have a line each; more would fit no screen, and each line that moves costs a thread.
const MOST_LINES: usize = 20;

/// A line for each mailbox of a plan, or one for all of many: how many steps are done, and what happens now.
pub(crate) struct Bars {
    is_drawn: bool,
    all: MultiProgress,
    by_mailbox: Mutex<BTreeMap<Address, ProgressBar>>,
}

impl Bars {
    /// No line yet; the run that begins brings them.
    pub(crate) fn new(screen: Screen) -> Self {
        let is_drawn = screen.can_draw();
        let target = if is_drawn { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { is_drawn, all: MultiProgress::with_draw_target(target), by_mailbox: Mutex::default() }
    }

    /// A line of so many steps that goes on turning while nothing happens.
    fn line(&self, steps: usize, style: &ProgressStyle, prefix: String) -> ProgressBar {
        let bar = self.all.add(ProgressBar::new(u64::try_from(steps).unwrap_or(u64::MAX)));
        bar.set_style(style.clone());
        bar.set_prefix(prefix);
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    fn with(&self, mailbox: &Address, act: impl FnOnce(&ProgressBar)) {
        let bars = self.by_mailbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(bar) = bars.get(mailbox) {
            act(bar);
        }
    }

    /// The same for a line that is this mailbox's alone.
    fn with_own(&self, mailbox: &Address, act: impl FnOnce(&ProgressBar)) {
        let many = self.by_mailbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner).len() > MOST_LINES;
        if !many {
            self.with(mailbox, act);
        }
    }
}

impl Progress for Bars {
    fn tell(&self, event: &Event<'_>) {
        match event {
            Event::Begun { mailboxes } => {
                if !self.is_drawn {
                    return;
                }
                let together = (mailboxes.len() > MOST_LINES).then(|| format!("{} mailboxes", mailboxes.len()));
                let widest = mailboxes.keys().map(|(_, address)| address.as_str().len()).max().unwrap_or_default();
                let widest = together.as_ref().map_or(widest, String::len);
                let form = format!("{{spinner}} {{prefix:{widest}}} {{bar:20}} {{pos:>2}}/{{len:2}} {{wide_msg}}");
                let style = ProgressStyle::with_template(&form).unwrap_or_else(|_| ProgressStyle::default_bar());
                let together = together.map(|prefix| self.line(mailboxes.values().sum(), &style, prefix));
                let mut bars = self.by_mailbox.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                for ((_, address), steps) in *mailboxes {
                    let own = || self.line(*steps, &style, address.to_string());
                    bars.insert(address.clone(), together.clone().unwrap_or_else(own));
                }
            }
            Event::StepBegun { step } => self.with(&step.mailbox, |bar| bar.set_message(step.action.words())),
            Event::StepDone { step } => self.with(&step.mailbox, |bar| bar.inc(1)),
            Event::StepFailed { step, failure } => {
                self.with(&step.mailbox, |bar| bar.set_message(failure.message.clone()));
            }
            Event::StepHeldBack { step, reason } => {
                self.with(&step.mailbox, |bar| bar.set_message((*reason).to_owned()));
            }
            Event::Waiting { mailbox, what, .. } => {
                self.with(mailbox, |bar| bar.set_message(format!("waiting for {what}")));
            }
            Event::MailboxFinished { mailbox, state, .. } => self.with_own(mailbox, |bar| match state {
                MailboxState::Done => bar.finish_with_message("done"),
                MailboxState::Unconfirmed => bar.abandon_with_message("done, not confirmed yet"),
                MailboxState::HeldBack => bar.abandon_with_message("held back in part"),
                MailboxState::Failed => bar.abandon(),
            }),
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tripod_model::TenantName;

    use super::*;

    #[test]
    fn a_plan_for_thousands_of_mailboxes_does_not_start_a_thread_for_each() {
        let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
        let address = |number: usize| format!("box{number}@a.example").parse::<Address>().unwrap();
        let mailboxes = (0..2_000).map(|number| ((TenantName("a".to_owned()), address(number)), 4)).collect();
        for is_drawn in [true, false] {
            let all = MultiProgress::with_draw_target(ProgressDrawTarget::hidden());
            let bars = Bars { is_drawn, all, by_mailbox: Mutex::default() };
            let before = threads();
            bars.tell(&Event::Begun { mailboxes: &mailboxes });
            assert!(threads() < before + 200, "{} threads", threads());
        }
    }
}
