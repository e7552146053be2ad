//! After the last question: the plan, the files, the tenants, the check, and what to do next.

use std::fmt::Write;

use tripod_model::{Address, Kind};
use tripod_provisioner::WorkspaceLock;
use tripod_provisioner::apply::Outcome;
use tripod_tickets::runbook::quote::shell::argument;

use super::connection;
use super::files::{self, NewFile};
use super::preview::{self, Unsound};
use super::questions::Question;
use super::run::Wizard;
use super::{answers_file, words};
use crate::arguments::FailOn;
use crate::commands::schedule::for_cron;
use crate::commands::{apply, plan, verify};
use crate::exit::{CommandError, Exit};
use crate::screen::{BAD, BOLD, DIM, GOOD, TYPED};
use crate::session::Session;
use crate::workspace::{Workspace, private_folder};

/// How the end of the wizard went.
pub(super) enum Finish {
    /// Something has to be asked again.
    Again,
    /// It is over.
    Ended(Exit),
}

/// What the person at the keyboard wants done with the plan.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    CarryOut,
    FilesOnly,
    Stop,
}

impl Wizard<'_> {
    pub(super) async fn finish(&mut self) -> Result<Finish, CommandError> {
        let files = self.files()?;
        let workspace = match preview::sound(preview::of(self.root(), &files)?, &files, self.context.screen) {
            Ok(workspace) => workspace,
            Err(unsound) => return self.answer_otherwise(unsound),
        };
        let session = Session::open(self.root(), self.context.common.sandbox).await?;
        let unable = connection::unable(&session, &self.reached()?, &self.answers.picked).await?;
        if !unable.is_empty() {
            session.close().await?;
            return self.somebody_else(&unable);
        }
        self.warn(&session, &workspace).await?;
        let made = plan::make(self.context, &session, &workspace, None).await?;
        session.close().await?;
        self.context.screen.data(&format!("\n{BOLD}The plan{BOLD:#}\n"))?;
        self.context.screen.data(&tripod_report::plan_text(&made.planned, self.context.screen.width()))?;
        if let Some(exit) = plan::obstacle(&made.planned.report) {
            return self.in_the_way(exit);
        }

        let was_asked = self.answers.get(Question::Apply).is_none();
        match self.wish(&files)? {
            Wish::Stop => {
                return Err(CommandError::message(Exit::Refused, "nothing was written and nothing was changed")
                    .hint("the answers are kept; run the wizard again to go on from here"));
            }
            Wish::FilesOnly => {
                files::write(self.root(), &files)?;
                self.written(&files);
                self.goodbye(&files, false)?;
                return Ok(Finish::Ended(Exit::Done));
            }
            Wish::CarryOut => {}
        }

        crate::new_file::private_folder(&private_folder(self.root()))?;
        let lock = private_folder(self.root()).join("lock");
        let _lock = WorkspaceLock::acquire(&lock, "tripod wizard", jiff::Timestamp::now())
            .map_err(|error| CommandError::new(Exit::Refused, error))?;
        files::remove_unfinished(self.root());
        let session = Session::open(self.root(), self.context.common.sandbox).await?;
        let mut fresh = made;
        if was_asked {
            // While the question stood there, somebody may have left, or changed something.
            let unable = connection::unable(&session, &self.reached()?, &self.answers.picked).await?;
            if !unable.is_empty() {
                session.close().await?;
                return self.somebody_else(&unable);
            }
            let again = plan::make(self.context, &session, &workspace, None).await?;
            if again.planned.plan.steps() != fresh.planned.plan.steps() {
                session.close().await?;
                self.say(&format!("{BAD}Something changed in the meantime; look at the plan again.{BAD:#}"));
                return Ok(Finish::Again);
            }
            fresh = again;
        }
        files::write(self.root(), &files)?;
        self.written(&files);
        if let Some(ask) = &mut self.ask {
            ask.let_go();
        }
        let exit = self.carry_out(&session, &workspace, &fresh).await;
        session.close().await?;
        let exit = exit?;
        if matches!(exit, Exit::Done | Exit::Unconfirmed | Exit::Findings) {
            self.goodbye(&files, true)?;
        }
        Ok(Finish::Ended(exit))
    }

    /// Carries the plan out and verifies the mailbox.
    async fn carry_out(
        &self,
        session: &Session,
        workspace: &Workspace,
        made: &plan::Made,
    ) -> Result<Exit, CommandError> {
        let mut exit = Exit::Done;
        if !made.planned.plan.is_empty() {
            let report = apply::carry_out(
                self.context,
                session,
                workspace,
                &made.planned.plan,
                &made.observed,
                apply::Order::new(None),
            )
            .await?;
            self.context.screen.data(&tripod_report::apply_text(&report, self.context.screen.width()))?;
            if !matches!(report.outcome, Outcome::Done | Outcome::Unconfirmed) {
                self.say(
                    &self
                        .context
                        .next_in("mend what is named above and run `tripod apply`; it goes on where this run stopped"),
                );
                return Ok(apply::exit(report.outcome));
            }
            exit = apply::exit(report.outcome);
        }
        self.context.screen.data(&format!("\n{BOLD}Verified{BOLD:#}\n"))?;
        let mut verification = verify::make(self.context, session, workspace).await;
        verify::to_be_run(self.context, &mut verification);
        self.context.screen.data(&tripod_report::verification_text(&verification, self.context.screen.width()))?;
        match verify::exit(&verification, FailOn::Low) {
            Exit::Done => Ok(exit),
            other => Ok(other),
        }
    }

    /// Asks those questions again whose answers do not make sound files.
    fn answer_otherwise(&mut self, unsound: Unsound) -> Result<Finish, CommandError> {
        if self.ask.is_none() || unsound.questions.is_empty() {
            return Err(unsound.error);
        }
        for question in unsound.questions {
            self.answers.forget(question);
            if question == Question::Delegates {
                self.answers.picked.clear();
            }
        }
        self.answers.forget(Question::Apply);
        Ok(Finish::Again)
    }

    /// Somebody who was picked cannot be a delegate any more: says so, and lets others be picked.
    fn somebody_else(&mut self, unable: &[(Address, String)]) -> Result<Finish, CommandError> {
        let sentence = |(address, why): &(Address, String)| {
            let meant = self.directory.as_ref().and_then(|directory| directory.meant(address));
            let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            format!("{address} cannot be a delegate: {why}{meant}")
        };
        let sentences: Vec<String> = unable.iter().map(sentence).collect();
        if self.ask.is_none() {
            return Err(
                CommandError::message(Exit::File, sentences.join("; ")).hint("name somebody else in `delegates`")
            );
        }
        for sentence in sentences {
            self.say(&format!("{BAD}{sentence}{BAD:#}"));
        }
        self.say("Nothing was written and nothing was changed. Pick somebody else.");
        self.answers.picked.retain(|address| !unable.iter().any(|(gone, _)| gone == address));
        self.answers.forget(Question::Delegates);
        self.answers.forget(Question::Apply);
        // It is read anew, so that everybody is shown as they stand now.
        self.directory = None;
        Ok(Finish::Again)
    }

    /// Something stands in the way of the plan, which says what.
    fn in_the_way(&mut self, exit: Exit) -> Result<Finish, CommandError> {
        let stopped = || {
            CommandError::message(exit, "the plan cannot be carried out as it stands; nothing was written")
                .hint("mend what is named above, then run the wizard again")
        };
        let Some(ask) = &self.ask else { return Err(stopped()) };
        let options =
            ["Look again", "Choose another address or kind", "Stop here; the answers are kept"].map(str::to_owned);
        match ask.choose_afresh("Something is in the way, as named above.", &options, 0)? {
            0 => {}
            1 => {
                self.answers.forget(Question::Address);
                self.answers.forget(Question::Kind);
            }
            _ => return Err(stopped()),
        }
        Ok(Finish::Again)
    }

    fn wish(&self, files: &[NewFile]) -> Result<Wish, CommandError> {
        let ask = match (self.answers.get(Question::Apply), &self.ask) {
            (Some("true"), _) => return Ok(Wish::CarryOut),
            (Some(_), _) | (None, None) => return Ok(Wish::FilesOnly),
            (None, Some(ask)) => ask,
        };
        self.say("These files will be written:");
        for file in files {
            self.say(&format!("  {}", file.path.display()));
        }
        let options = ["Write the files and carry the plan out", "Only write the files", "Stop; the answers are kept"];
        let chosen = ask.choose_afresh(Question::Apply.words(), &options.map(str::to_owned), 0)?;
        Ok([Wish::CarryOut, Wish::FilesOnly, Wish::Stop][chosen.min(2)])
    }

    fn written(&self, files: &[NewFile]) {
        for file in files {
            self.say(&format!("{GOOD}written{GOOD:#} {}", file.path.display()));
        }
    }

    /// What to do next, and how the same is done without questions.
    fn goodbye(&self, files: &[NewFile], is_applied: bool) -> Result<(), CommandError> {
        answers_file::forget(self.root())?;
        let address = self.answers.get(Question::Address).unwrap_or_default();
        let app = self.answers.get(Question::App).unwrap_or_default();
        let line = |what: &str| format!("  {TYPED}{}{TYPED:#}\n", self.context.next(&format!("tripod {what}")));
        let mut text = format!("\n{BOLD}What to do next{BOLD:#}\n");
        if !is_applied {
            text += "  Look at the plan and carry it out, with the commands below.\n";
        }
        let change = format!("  In {app}, change the account's or the owner's address to {address}.");
        let _ = writeln!(text, "{}", self.context.screen.fitted(&change));
        let kind = if self.answers.get(Question::Kind) == Some(Kind::GroupInbox.word()) {
            Kind::GroupInbox
        } else {
            Kind::SharedMailbox
        };
        if let Some(provider) = self.answers.provider(&self.facts) {
            let whereabouts = format!("  {}", words::whereabouts(provider, kind));
            let _ = writeln!(text, "{}", self.context.screen.fitted(&whereabouts));
        }
        // What cron starts has another folder and another search path.
        let program = std::env::current_exe().map_or_else(|_| "tripod".into(), |own| argument(&own.to_string_lossy()));
        let verify = for_cron(&self.context.next_from_anywhere(&format!("{program} verify")));
        let _ = writeln!(text, "  Verify every morning; with cron:\n  {TYPED}{} {verify}{TYPED:#}", words::SCHEDULE);
        let _ = writeln!(text, "{BOLD}The same by hand{BOLD:#}, once the files are there");
        text += &(line("check") + &line("plan") + &line("apply") + &line("verify"));
        if Workspace::read(self.root()).is_ok_and(|workspace| workspace.mailboxes.len() > 1) {
            text += "  Unlike the wizard, `apply` carries out whatever else the manifest has pending, too.\n";
        }
        let _ = writeln!(text, "{BOLD}The same without questions{BOLD:#}");
        text += &line("wizard --no-input --answers answers.yaml");
        let _ = writeln!(text, "{DIM}with these answers in answers.yaml:{DIM:#}");
        let mut answers = self.answers.clone();
        let _ = answers.set(Question::Apply, if is_applied { "true" } else { "false" }, &self.facts);
        for answer in answers_file::written(&answers).lines() {
            let _ = writeln!(text, "  {answer}");
        }
        if let Some(file) = files.first() {
            let _ = writeln!(text, "\n{GOOD}{address} is in {}.{GOOD:#}", file.path.display());
        }
        self.context.screen.data(&text)
    }
}
