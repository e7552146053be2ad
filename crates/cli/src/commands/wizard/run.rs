//! Puts the questions, checks the answers at the tenant, and remembers them until everything is done.

use std::path::{Path, PathBuf};

use tripod_google::AmbientPlaces;
use tripod_model::{Address, Kind, Policy, Provider};
use tripod_sandbox::TenantDescription;

use super::accept::is_secret;
use super::adopt;
use super::answers_file;
use super::arguments::WizardArguments;
use super::ask::{Ask, interrupted};
use super::connection;
use super::files;
use super::finish::Finish;
use super::flags;
use super::people::Directory;
use super::questions::{Answers, Facts, Question, provider_word};
use super::search::Picking;
use super::ways;
use super::words;
use crate::arguments::Format;
use crate::browser::Browser;
use crate::commands::Context;
use crate::exit::{CommandError, Exit};
use crate::screen::{BAD, BOLD, DIM, GOOD, TYPED, WATCH};
use crate::session::Session;
use crate::signals::Signals;
use crate::terminal;
use crate::workspace::Workspace;

/// A run of the wizard.
pub(super) struct Wizard<'a> {
    pub context: &'a Context,
    /// Where an administrator signs in.
    pub browser: Browser,
    /// The terminal, if somebody can be asked.
    pub ask: Option<Ask>,
    pub facts: Facts,
    pub answers: Answers,
    /// The workspace that is there already, if there is one.
    pub existing: Option<Workspace>,
    /// The stand-in tenants, if it is they.
    pub stand_ins: Vec<(String, TenantDescription)>,
    /// Everybody, once the tenant was reached.
    pub directory: Option<Directory>,
    /// The address that was found to be free.
    free: Option<Address>,
    /// Whether the steps for making credentials were shown.
    steps_shown: bool,
}

pub(crate) async fn run(context: &Context, arguments: &WizardArguments) -> Result<Exit, CommandError> {
    if context.common.format != Format::Text {
        return Err(CommandError::message(Exit::Usage, "`tripod wizard` speaks to people only")
            .hint("programs write the files themselves and call `tripod apply --format json`"));
    }
    dialoguer::console::set_colors_enabled_stderr(context.screen.has_colour());
    let mut signals = Signals::at_a_terminal()?;
    #[cfg(unix)]
    let again = tokio::spawn(interrupt_again(Signals::at_a_terminal()?));
    let ended = tokio::select! {
        // First, so that a Ctrl-C is noticed before anything else is begun.
        biased;
        () = signals.next() => Err(interrupted()),
        ended = walk(context, arguments) => ended,
    };
    #[cfg(unix)]
    again.abort();
    ended
}

/// A Ctrl-C that comes in the moment before a question begins to wait for its key does not end that wait. It is sent
/// again until the program has ended.
#[cfg(unix)]
async fn interrupt_again(mut signals: Signals) {
    loop {
        signals.next().await;
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::INT);
    }
}

async fn walk(context: &Context, arguments: &WizardArguments) -> Result<Exit, CommandError> {
    if arguments.adopt {
        return adopt::run(context, arguments).await;
    }
    let mut wizard = Wizard::begin(context, arguments)?;
    wizard.take_answers(arguments)?;
    wizard.go().await
}

impl<'a> Wizard<'a> {
    /// Goes from question to question until it is over.
    pub(super) async fn go(&mut self) -> Result<Exit, CommandError> {
        if self.facts.sandbox {
            self.meet_the_stand_ins().await?;
        }
        loop {
            let next = self.answers.next(&self.facts);
            if let Some(question) = next.filter(|question| question.is_about_the_connection()) {
                self.put(question).await?;
            } else if self.directory.is_none() {
                self.connect().await?;
            } else if self.answers.address().is_some() && self.answers.address() != self.free {
                self.check_address().await?;
            } else {
                match next {
                    Some(question) if question != Question::Apply => self.put(question).await?,
                    _ => match self.finish().await? {
                        Finish::Again => {}
                        Finish::Ended(exit) => return Ok(exit),
                    },
                }
            }
        }
    }

    pub(super) fn begin(context: &'a Context, arguments: &WizardArguments) -> Result<Self, CommandError> {
        let root = &context.common.directory;
        let existing = root.join("tripod.yaml").exists().then(|| Workspace::read(root)).transpose()?;
        let existing = existing.map(|workspace| workspace.sound(context.screen)).transpose()?;
        let tenants = existing.as_ref().map(|workspace| {
            let tenants = workspace.settings.tenants.values();
            tenants.map(|tenant| (tenant.name.0.clone(), tenant.provider())).collect()
        });
        let quorum = existing.as_ref().map_or_else(|| Policy::default().quorum, |workspace| workspace.policy.quorum);
        let facts =
            Facts { sandbox: context.common.sandbox, tenants: tenants.unwrap_or_default(), quorum, ..Facts::default() };
        let can_ask = !context.common.no_input && context.screen.can_ask();
        let ask = can_ask.then(Ask::held);
        let (answers, stand_ins, directory, free) = (Answers::default(), Vec::new(), None, None);
        let browser = Browser::of_this_machine(&context.common, context.screen, arguments.no_browser);
        Ok(Self { context, browser, ask, facts, answers, existing, stand_ins, directory, free, steps_shown: false })
    }

    pub(super) fn root(&self) -> &'a Path {
        &self.context.common.directory
    }

    pub(super) fn say(&self, text: &str) {
        self.context.screen.tell(text);
    }

    /// The answers to begin with: those of a file, or those that an interrupted run left.
    fn take_answers(&mut self, arguments: &WizardArguments) -> Result<(), CommandError> {
        if let Some(file) = &arguments.answers {
            self.answers = answers_file::read(file, &self.facts)?;
        }
        flags::take(&mut self.answers, &arguments.given, &self.facts)?;
        self.greet(arguments.answers.is_none())?;
        flags::take(&mut self.answers, &arguments.given, &self.facts)
    }

    /// Says what this is, and offers the answers of a run that was stopped; with nobody to ask, every answer has to be
    /// there.
    pub(super) fn greet(&mut self, offer_kept: bool) -> Result<(), CommandError> {
        let Some(ask) = &self.ask else {
            let questions = self.answers.questions(&self.facts).into_iter();
            let lacking: Vec<&str> =
                questions.filter(|question| self.answers.get(*question).is_none()).map(Question::key).collect();
            if lacking.is_empty() {
                return Ok(());
            }
            let message = format!("there is nobody to ask, and no answer to: {}", lacking.join(", "));
            return Err(CommandError::message(Exit::Usage, message)
                .hint("give them as flags, each with the name of its key, or with `--answers FILE`"));
        };
        self.say(&format!("{BOLD}A service mailbox that stands on at least {} people{BOLD:#}", self.facts.quorum));
        self.say(&format!(
            "{DIM}Nothing is written or changed before you have seen the plan.\nCtrl-C stops at any time.{DIM:#}"
        ));
        if !offer_kept {
            return Ok(());
        }
        if let Some(kept) = answers_file::kept(self.root(), &self.facts) {
            self.say("\nAn earlier run was stopped. Its answers:");
            for (question, text) in kept.given().filter(|(question, _)| *question != Question::Delegates) {
                self.say(&format!("  {DIM}{}{DIM:#} {text}", question.key()));
            }
            for person in &kept.picked {
                self.say(&format!("  {DIM}delegate{DIM:#} {person}"));
            }
            let options = ["Go on from there".to_owned(), "Begin anew".to_owned()];
            if ask.choose("Go on with them?", &options, 0)? == 0 {
                self.answers = kept;
            } else {
                answers_file::forget(self.root())?;
            }
        }
        Ok(())
    }

    /// Keeps the answers for the next run, in case this one is stopped.
    fn keep(&self) -> Result<(), CommandError> {
        if self.ask.is_some() { answers_file::keep(self.root(), &self.answers, &self.facts) } else { Ok(()) }
    }

    /// Where the mailbox files are, and everything that would be written.
    pub(super) fn files(&self) -> Result<Vec<files::NewFile>, CommandError> {
        let folder =
            self.existing.as_ref().map_or_else(|| PathBuf::from("mailboxes"), |it| it.settings.mailboxes.clone());
        files::compose(self.root(), &self.answers, self.new_tenant()?.as_ref(), &folder)
    }

    /// Puts a question until there is an answer that will do.
    async fn put(&mut self, question: Question) -> Result<(), CommandError> {
        if question == Question::Address {
            self.look_at_candidates().await?;
        }
        if matches!(question, Question::Customer | Question::TenantId) && !self.steps_shown {
            self.show_steps();
        }
        let Some(ask) = &self.ask else {
            let message = format!("there is nobody to ask, and no answer to: {}", question.key());
            return Err(CommandError::message(Exit::Usage, message)
                .hint(format!("give it with `--{}` or `--answers FILE`", question.flag())));
        };
        if let (Question::Proof, Some(more)) =
            (question, self.answers.provider(&self.facts).and_then(ways::of_machines))
        {
            self.say(&format!("{DIM}{more}{DIM:#}"));
        }
        match question {
            Question::Delegates => return self.pick_people(),
            Question::Provider | Question::Tenant | Question::Kind | Question::Proof => {
                let options = self.options(question);
                let shown: Vec<String> = options.iter().map(|(_, shown)| shown.clone()).collect();
                let chosen = ask.choose(question.words(), &shown, 0)?;
                let (word, _) = options.get(chosen).cloned().unwrap_or_default();
                if let Err(why) = self.take(question, &word) {
                    self.say(&format!("{BAD}{why}{BAD:#}"));
                }
                if question == Question::Proof {
                    for step in ways::steps_of(&word) {
                        self.say(step);
                    }
                }
            }
            _ => {
                let suggestion = self.answers.suggestion(question, &self.facts);
                let text = ask.text(question.words(), suggestion.as_deref())?;
                match self.take(question, &text) {
                    Ok(said) => {
                        if let Some(ask) = &self.ask {
                            ask.answered(question.words(), text.trim())?;
                        }
                        if let Some(sentence) = said {
                            self.say(&sentence);
                        }
                    }
                    Err(why) if is_secret(question, &text) => {
                        // The rest of what was pasted is no answer either.
                        terminal::forget_what_was_typed();
                        self.say(&format!("{BAD}{why}{BAD:#}"));
                    }
                    // What may be a secret is not shown again, and what the sentence names not twice.
                    Err(why) if question.is_place_of_a_secret() || why.contains(text.trim()) => {
                        self.say(&format!("{BAD}{why}{BAD:#}"));
                    }
                    Err(why) => self.say(&format!("{BAD}{}: {why}{BAD:#}", text.trim())),
                }
            }
        }
        self.keep()
    }

    /// Takes an answer, with what is to be said of it; or says why not, and the question comes again.
    fn take(&mut self, question: Question, text: &str) -> Result<Option<String>, String> {
        let mut said = None;
        if question.is_place_of_a_secret() && !(text.trim().is_empty() && question.may_be_empty()) {
            let provider = self.answers.provider(&self.facts).unwrap_or(Provider::GoogleWorkspace);
            let proof = self.answers.get(Question::Proof);
            Answers::default().set(question, text, &self.facts)?;
            connection::look_for_secret(self.root(), provider, proof, text.trim())?;
            said = Some(format!("{GOOD}It is there and has the right form.{GOOD:#}"));
        }
        self.answers.set(question, text, &self.facts)?;
        if question == Question::ServiceAccount {
            said = Some(match connection::look_for_caller(&AmbientPlaces::of_this_process()) {
                Ok(place) => format!("{GOOD}Google is asked with {place}.{GOOD:#}"),
                // A machine of Google Cloud has no file; whether this is one is seen when the directory is read.
                Err(why) => format!("{WATCH}{why}{WATCH:#}"),
            });
        }
        Ok(said)
    }

    /// What a question can be answered with: the word, and what is shown for it.
    fn options(&self, question: Question) -> Vec<(String, String)> {
        let provider = self.answers.provider(&self.facts);
        let option = |word: &str, shown: &str| (word.to_owned(), shown.to_owned());
        match question {
            Question::Provider => {
                let both = [Provider::GoogleWorkspace, Provider::Microsoft365];
                let there = |provider: &Provider| {
                    !self.facts.sandbox || self.stand_ins.iter().any(|(_, tenant)| tenant.provider == *provider)
                };
                both.into_iter()
                    .filter(there)
                    .map(|provider| (provider_word(provider).to_owned(), provider.to_string()))
                    .collect()
            }
            Question::Tenant => {
                let tenants = self.facts.tenants.iter();
                tenants.map(|(name, provider)| (name.clone(), format!("{name} ({provider})"))).collect()
            }
            Question::Proof => {
                let ways = provider.map(ways::ways).unwrap_or_default();
                ways.iter().map(|way| option(way, ways::words(way))).collect()
            }
            _ => {
                // Google lets nobody who signed in in the browser look after delegates.
                let is_person = self.answers.get(Question::Proof) == Some(ways::BROWSER);
                let kinds: &[Kind] =
                    if is_person { &[Kind::GroupInbox] } else { &[Kind::SharedMailbox, Kind::GroupInbox] };
                let shown = |kind: Kind| provider.map_or(kind.word(), |provider| words::kind(provider, kind));
                kinds.iter().map(|kind| option(kind.word(), shown(*kind))).collect()
            }
        }
    }

    fn show_steps(&mut self) {
        self.steps_shown = true;
        let Some(provider) = self.answers.provider(&self.facts) else { return };
        self.say(&format!("\n{BOLD}To let Tripod in, once:{BOLD:#}"));
        for (number, step) in words::steps(provider).iter().enumerate() {
            self.say(&format!("  {TYPED}{}{TYPED:#} {step}", number + 1));
        }
        self.say("");
    }

    /// Finds out which of the addresses that suit the app are free, so that only a free one is offered.
    async fn look_at_candidates(&mut self) -> Result<(), CommandError> {
        let candidates = self.answers.candidates(&self.facts);
        let mut unseen = Vec::new();
        for address in candidates {
            if self.taken_here(&address).is_some() {
                self.facts.taken.insert(address.to_string());
            } else if !self.facts.taken.contains(address.as_str()) {
                unseen.push(address);
            }
        }
        let session = Session::open(self.root(), self.context.common.sandbox).await?;
        let occupants = connection::occupants(&session, &self.reached()?, &unseen).await;
        session.close().await?;
        let taken = unseen.iter().zip(occupants?).filter(|(_, occupant)| occupant.is_some());
        self.facts.taken.extend(taken.map(|(address, _)| address.to_string()));
        self.free = self.answers.suggestion(Question::Address, &self.facts).and_then(|text| text.parse().ok());
        Ok(())
    }

    /// Who or what has an address, as far as the files and the directory tell.
    fn taken_here(&self, address: &Address) -> Option<String> {
        let manifest = self.existing.as_ref().map(|workspace| workspace.mailboxes.as_slice()).unwrap_or_default();
        if manifest.iter().any(|mailbox| mailbox.address == *address) {
            return Some(format!("{address} is in the manifest already"));
        }
        let entry = self.directory.as_ref()?.find(address)?;
        Some(format!("{address} is taken by {}", entry.person.name))
    }

    /// Finds out whether the address that was given is free.
    async fn check_address(&mut self) -> Result<(), CommandError> {
        let Some(address) = self.answers.address() else { return Ok(()) };
        if files::is_written(self.root(), &self.files()?) {
            // An earlier run wrote it and may have begun to carry it out: this is that mailbox.
            self.free = Some(address);
            return Ok(());
        }
        let mut why = self.taken_here(&address);
        if why.is_none() && !self.facts.domains.iter().any(|domain| domain == address.domain()) {
            why = Some(format!("{address} has another domain than: {}", self.facts.domains.join(", ")));
        }
        if why.is_none() {
            let session = Session::open(self.root(), self.context.common.sandbox).await?;
            let occupants = connection::occupants(&session, &self.reached()?, std::slice::from_ref(&address)).await;
            session.close().await?;
            why = occupants?.pop().flatten();
        }
        let Some(why) = why else {
            self.free = Some(address);
            return Ok(());
        };
        if self.ask.is_none() {
            return Err(CommandError::message(Exit::File, why).hint("give another `address`"));
        }
        self.say(&format!("{BAD}{why}{BAD:#}"));
        self.facts.taken.insert(address.to_string());
        self.answers.forget(Question::Address);
        Ok(())
    }

    fn pick_people(&mut self) -> Result<(), CommandError> {
        let (Some(ask), Some(directory)) = (&self.ask, &self.directory) else { return Ok(()) };
        let mailbox = self.answers.get(Question::Address).unwrap_or_default().to_owned();
        let picking = Picking { directory, quorum: self.facts.quorum, mailbox: &mailbox };
        let mut picked = self.answers.picked.clone();
        // Somebody who was picked in an earlier run may be gone by now.
        picked.retain(|address| directory.find(address).is_some_and(|entry| entry.inactive.is_none()));
        let (root, facts, before) = (self.root(), &self.facts, self.answers.clone());
        let mut keep = |picked: &[Address]| {
            let so_far = before.clone().with_picked(picked.to_vec());
            answers_file::keep(root, &so_far, facts)
        };
        picking.run(ask, &mut picked, &mut keep)?;
        self.answers.picked = picked;
        if let Err(why) = self.answers.settle_people(&self.facts) {
            self.say(&format!("{BAD}{why}{BAD:#}"));
        }
        self.keep()
    }
}
