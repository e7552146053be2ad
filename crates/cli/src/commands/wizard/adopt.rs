//! `tripod wizard --adopt`: an app that hangs on a person's own account is moved to a service mailbox.
//!
//! What is to be done in the app only people can do. The wizard chooses with them, says the steps, keeps what is under
//! way, and looks whether the old grant is gone.

use std::collections::BTreeMap;
use std::fmt::Write;

use tripod_model::{Address, Provider, TenantName, WantedMailbox, suggest};
use tripod_tenant::Unknown;
use tripod_tickets::runbook::quote::shell::argument;
use tripod_verifier::grants::GrantReport;
use tripod_verifier::{Holdings, grants};

use super::adoption::{self, Move, Standing};
use super::arguments::WizardArguments;
use super::ask::Ask;
use super::questions::{Answers, Facts, NEW, Question};
use super::run::Wizard;
use super::{answers_file, flags};
use crate::commands::Context;
use crate::exit::{CommandError, Exit};
use crate::progress;
use crate::screen::{BAD, BOLD, DIM, GOOD, TYPED, WATCH};
use crate::session::Session;
use crate::workspace::Workspace;

/// What the tenants say today.
struct Today {
    workspace: Workspace,
    grants: Vec<GrantReport>,
    /// The tenants whose grants could not be read to their end.
    lost: BTreeMap<TenantName, Unknown>,
}

struct Adopt<'a> {
    context: &'a Context,
    arguments: &'a WizardArguments,
    ask: Option<Ask>,
    answers: Answers,
    moves: Vec<Move>,
}

pub(super) async fn run(context: &Context, arguments: &WizardArguments) -> Result<Exit, CommandError> {
    if !context.common.directory.join("tripod.yaml").exists() {
        return Err(CommandError::message(Exit::File, "there is no tripod.yaml here that says whose grants to read")
            .hint("`tripod wizard` makes one, with the first mailbox"));
    }
    let facts =
        Facts { sandbox: context.common.sandbox, adopting: true, quorum: tripod_model::QUORUM, ..Facts::default() };
    let mut answers = match &arguments.answers {
        Some(file) => answers_file::read(file, &facts)?,
        None => Answers::default(),
    };
    flags::take(&mut answers, &arguments.given, &facts)?;
    let can_ask = !context.common.no_input && context.screen.can_ask();
    let moves = adoption::kept(&context.common.directory, facts.sandbox)?;
    Adopt { context, arguments, ask: can_ask.then(Ask::held), answers, moves }.go().await
}

impl Adopt<'_> {
    async fn go(mut self) -> Result<Exit, CommandError> {
        let mut today = self.read().await?;
        let Some(which) = self.which(&today).await? else { return self.check_all(&today) };
        if !self.moves.contains(&which) {
            // By now a mailbox may have been made for it.
            today.workspace = self.workspace()?;
            self.moves.push(which.clone());
            self.keep()?;
        }
        let mut is_told = false;
        loop {
            let exit = self.check(&which, &today, !is_told)?;
            is_told = true;
            let (Some(ask), Exit::Unconfirmed | Exit::Unavailable | Exit::SetUp) = (&self.ask, exit) else {
                return Ok(exit);
            };
            let options = ["Check now whether the old grant is gone", "Stop here; the move is kept"].map(str::to_owned);
            if ask.choose_afresh("When that is done", &options, 0)? == 1 {
                let goes_on = self.context.next_in("`tripod wizard --adopt` goes on from here.");
                self.say(&format!("{DIM}{goes_on}{DIM:#}"));
                return Ok(exit);
            }
            today = self.read().await?;
        }
    }

    fn say(&self, text: &str) {
        self.context.screen.tell(text);
    }

    fn keep(&self) -> Result<(), CommandError> {
        adoption::keep(&self.context.common.directory, self.context.common.sandbox, &self.moves)
    }

    fn workspace(&self) -> Result<Workspace, CommandError> {
        Workspace::read(&self.context.common.directory)?.sound(self.context.screen)
    }

    /// Reads who works in the tenants and what hangs on them.
    async fn read(&self) -> Result<Today, CommandError> {
        let workspace = self.workspace()?;
        let session = Session::open(&workspace.root, self.context.common.sandbox).await?;
        let reading = progress::at_work(self.context.screen, "reading which apps hang on whom".to_owned());
        let (mut holdings, mut lost) = (Holdings::default(), BTreeMap::new());
        for (tenant, auditor) in session.auditors(&workspace) {
            let (directory, granted) = tokio::join!(auditor.directory(), auditor.grants());
            match directory {
                Ok(people) => holdings.directory.extend(people),
                Err(error) => {
                    holdings.unknown.push((tenant.clone(), "who is in the directory".to_owned(), error.into()));
                }
            }
            match granted {
                Ok(granted) => holdings.grants.extend(granted.into_iter().map(|grant| (tenant.clone(), grant))),
                Err(error) => drop(lost.insert(tenant, Unknown::from(error))),
            }
        }
        reading.finish();
        let found = grants(&holdings, &workspace.mailboxes, session.clock.now());
        session.close().await?;
        for (tenant, unknown) in &lost {
            self.say(&format!("{BAD}? what hangs on people of {tenant} could not be read:{BAD:#} {}", unknown.reason));
        }
        Ok(Today { workspace, grants: found.grants, lost })
    }

    /// The move that this run is about; nothing means all that are under way.
    async fn which(&mut self, today: &Today) -> Result<Option<Move>, CommandError> {
        if self.answers.get(Question::App).is_none() && !self.moves.is_empty() {
            let Some(ask) = &self.ask else { return Ok(None) };
            let mut options: Vec<String> =
                self.moves.iter().map(|it| format!("Go on with {} of {}", it.app, it.person)).collect();
            options.push("Move another app".to_owned());
            let heading = if self.moves.len() == 1 { "A move is under way." } else { "Moves are under way." };
            let chosen = ask.choose(heading, &options, 0)?;
            if let Some(under_way) = self.moves.get(chosen) {
                return Ok(Some(under_way.clone()));
            }
        }
        if let Some(place) = self.moves.iter().position(|it| self.is_meant(&it.app, &it.app_id, &it.person)) {
            return self.redirected(place, today).map(Some);
        }
        let grant = self.grant(today)?;
        let mailbox = self.mailbox(grant, today).await?;
        let (app_id, app) = (grant.app_id.clone(), grant.app.clone());
        Ok(Some(Move { tenant: grant.tenant.clone(), app_id, app, person: grant.person.clone(), mailbox }))
    }

    /// A move under way, to the mailbox that the answers name now, if it was to another one. Nothing of a move is done
    /// by Tripod, so that only what people did in the app has to be taken back.
    fn redirected(&mut self, place: usize, today: &Today) -> Result<Move, CommandError> {
        let named = self.answers.get(Question::Mailbox).filter(|text| *text != NEW);
        let named = named.map(|text| in_manifest(text, &today.workspace.mailboxes)).transpose()?;
        let under_way = &mut self.moves[place];
        let Some(mailbox) = named.filter(|mailbox| *mailbox != under_way.mailbox) else {
            return Ok(under_way.clone());
        };
        let old = std::mem::replace(&mut under_way.mailbox, mailbox);
        let under_way = under_way.clone();
        self.keep()?;
        let (app, new) = (&under_way.app, &under_way.mailbox);
        self.say(&format!(
            "{WATCH}{app} was on its way to {old}; from now on it is to {new}.{WATCH:#} Take back in {app} what was done for {old}."
        ));
        Ok(under_way)
    }

    /// Whether the answers name this app, and this person if they name one.
    fn is_meant(&self, app: &str, id: &str, person: &Address) -> bool {
        let is_app = self.answers.get(Question::App).is_some_and(|text| text.eq_ignore_ascii_case(app) || text == id);
        is_app && self.answers.get(Question::Person).is_none_or(|text| text == person.as_str())
    }

    /// The grant that is to be moved.
    fn grant<'t>(&self, today: &'t Today) -> Result<&'t GrantReport, CommandError> {
        let named = self.answers.get(Question::App);
        let fitting: Vec<&GrantReport> = today
            .grants
            .iter()
            .filter(|grant| named.is_none() || self.is_meant(&grant.app, &grant.app_id, &grant.person))
            .filter(|grant| !self.moves.iter().any(|it| it.is_of(grant)))
            .collect();
        match (fitting.as_slice(), named) {
            ([], _) => Err(self.none(named, today)),
            ([only], Some(_)) => Ok(only),
            (several, _) => {
                if let Some(ask) = &self.ask {
                    let lines: Vec<String> = several.iter().map(|grant| adoption::line(grant)).collect();
                    let chosen = ask.choose("Which app is to hang on a mailbox?", &lines, 0)?;
                    return several.get(chosen).copied().ok_or_else(|| self.none(named, today));
                }
                let lacks = if named.is_none() { "app, mailbox" } else { "person" };
                let people: Vec<String> = several.iter().map(|grant| grant.person.to_string()).collect();
                let error =
                    CommandError::message(Exit::Usage, format!("there is nobody to ask, and no answer to: {lacks}"));
                Err(match named {
                    None => error.hint("`tripod grants` lists the apps and the people"),
                    Some(app) => error.hint(format!("{app} hangs on: {}", people.join(", "))),
                })
            }
        }
    }

    /// The error that no grant is the one that was named.
    fn none(&self, named: Option<&str>, today: &Today) -> CommandError {
        if let Some(unknown) = today.lost.values().next() {
            let message = "the app is not among those that could be read, and not all could be";
            return CommandError::message(Exit::from_kind(unknown.kind), message);
        }
        let Some(app) = named else {
            return CommandError::message(
                Exit::Usage,
                "no app hangs on a person's own account; there is nothing to move",
            );
        };
        let whose = self.answers.get(Question::Person).map(|person| format!(" of {person}")).unwrap_or_default();
        let error = CommandError::message(Exit::Usage, format!("no grant{whose} to `{app}` is there"));
        match suggest::closest(app, today.grants.iter().map(|grant| grant.app.as_str())) {
            Some(close) if !close.eq_ignore_ascii_case(app) => error.hint(format!("did you mean `{close}`?")),
            _ => error.hint("`tripod grants` lists the apps and the people"),
        }
    }

    /// The mailbox that takes the app over: one of the manifest, or one that is made right here.
    async fn mailbox(&self, grant: &GrantReport, today: &Today) -> Result<Address, CommandError> {
        let manifest = &today.workspace.mailboxes;
        if let Some(text) = self.answers.get(Question::Mailbox) {
            if text == NEW {
                return self.new_mailbox(grant).await;
            }
            return in_manifest(text, manifest);
        }
        let mut fitting: Vec<&WantedMailbox> = manifest.iter().collect();
        let held = |mailbox: &WantedMailbox| Some(&mailbox.address) == grant.held_better_by.as_ref();
        fitting.sort_by_key(|mailbox| (!held(mailbox), mailbox.tenant != grant.tenant));
        let Some(ask) = &self.ask else {
            let error = CommandError::message(Exit::Usage, "there is nobody to ask, and no answer to: mailbox");
            return Err(match &grant.held_better_by {
                Some(address) => error.hint(format!("{address} names {} under `apps`", grant.app)),
                None => error.hint("give one of the manifest, or `--mailbox new`"),
            });
        };
        let mut options: Vec<String> = fitting
            .iter()
            .map(|mailbox| {
                let names = if held(mailbox) { format!(", which names {}", grant.app) } else { String::new() };
                let elsewhere =
                    if mailbox.tenant == grant.tenant { String::new() } else { format!(", in {}", mailbox.tenant) };
                format!("{} ({}{elsewhere}{names})", mailbox.address, mailbox.purpose)
            })
            .collect();
        options.push("a new mailbox, made right here".to_owned());
        match fitting.get(ask.choose(Question::Mailbox.words(), &options, 0)?) {
            Some(mailbox) => Ok(mailbox.address.clone()),
            None => self.new_mailbox(grant).await,
        }
    }

    /// Makes a mailbox for the app, with the questions of the wizard.
    async fn new_mailbox(&self, grant: &GrantReport) -> Result<Address, CommandError> {
        let mut wizard = Wizard::begin(self.context, self.arguments)?;
        wizard.facts.adopting = true;
        if let Some(file) = &self.arguments.answers {
            wizard.answers = answers_file::read(file, &wizard.facts)?;
        }
        let settle = |wizard: &mut Wizard<'_>| {
            flags::take(&mut wizard.answers, &self.arguments.given, &wizard.facts)?;
            wizard.answers.forget(Question::Person);
            wizard.answers.forget(Question::Mailbox);
            for (question, text) in [(Question::Tenant, &grant.tenant.0), (Question::App, &grant.app)] {
                let taken = wizard.answers.set(question, text, &wizard.facts);
                taken.map_err(|why| CommandError::message(Exit::Usage, format!("{}: {why}", question.key())))?;
            }
            Ok::<(), CommandError>(())
        };
        settle(&mut wizard)?;
        wizard.greet(self.arguments.answers.is_none())?;
        settle(&mut wizard)?;
        let exit = wizard.go().await?;
        let address = wizard.answers.address();
        match (exit, address) {
            (Exit::Done | Exit::Unconfirmed | Exit::Findings, Some(address)) => Ok(address),
            (other, _) => Err(CommandError::message(other, "the new mailbox is not there yet; nothing was moved")
                .hint("when it is, run `tripod wizard --adopt` again and choose it")),
        }
    }

    /// Says how far every move under way has come.
    fn check_all(&mut self, today: &Today) -> Result<Exit, CommandError> {
        let mut worst = Exit::Done;
        for one in self.moves.clone() {
            // What could not be found out weighs more than what is still to be done.
            let exit = self.check(&one, today, true)?;
            let weight = |exit: Exit| [Exit::Done, Exit::Unconfirmed].iter().position(|it| *it == exit).unwrap_or(2);
            if weight(exit) > weight(worst) {
                worst = exit;
            }
        }
        Ok(worst)
    }

    /// Says how far a move has come, with the steps if they are wanted, and forgets it once the old grant is gone.
    fn check(&mut self, one: &Move, today: &Today, with_steps: bool) -> Result<Exit, CommandError> {
        let mut text = String::new();
        let mailbox = today.workspace.mailboxes.iter().find(|mailbox| mailbox.address == one.mailbox);
        let exit = match one.standing(&today.grants, today.lost.get(&one.tenant)) {
            Standing::Gone => {
                let _ = writeln!(text, "{GOOD}{} hangs on {} no more{GOOD:#}", one.app, one.person);
                let others =
                    today.grants.iter().filter(|grant| grant.tenant == one.tenant && grant.app_id == one.app_id);
                for other in others.filter(|grant| grant.person != one.mailbox) {
                    let _ = writeln!(text, "{WATCH}it still hangs on {}{WATCH:#}", other.person);
                }
                if let Some(mailbox) =
                    mailbox.filter(|it| !it.apps.iter().any(|app| app.eq_ignore_ascii_case(&one.app)))
                {
                    let place = &mailbox.place;
                    let _ = writeln!(text, "now add {} under `apps` of {} ({place})", one.app, one.mailbox);
                }
                self.moves.retain(|it| it != one);
                self.keep()?;
                Exit::Done
            }
            Standing::StillThere(grant) => {
                if with_steps {
                    text += &self.steps(one, grant, mailbox, today);
                }
                let _ = writeln!(text, "{WATCH}still there:{WATCH:#} {} hangs on {}", one.app, one.person);
                if provider(&one.tenant, today) == Provider::GoogleWorkspace {
                    let later = "  what was taken back at Google is told of minutes to hours later; look again then";
                    let _ = writeln!(text, "{}", self.context.screen.fitted(later));
                }
                Exit::Unconfirmed
            }
            Standing::Unknown(unknown) => {
                let (app, person, reason) = (&one.app, &one.person, &unknown.reason);
                let _ = writeln!(text, "{BAD}? whether {app} still hangs on {person} is unknown:{BAD:#} {reason}");
                Exit::from_kind(unknown.kind)
            }
        };
        self.context.screen.data(&text)?;
        Ok(exit)
    }

    fn steps(&self, one: &Move, grant: &GrantReport, mailbox: Option<&WantedMailbox>, today: &Today) -> String {
        let mut text = format!("\n{BOLD}From {} to {}{BOLD:#}\n", one.person, one.mailbox);
        let Some(mailbox) = mailbox else {
            let _ = writeln!(text, "{BAD}{} is in the manifest no more{BAD:#}", one.mailbox);
            return text;
        };
        let _ = writeln!(text, "{}", adoption::line(grant));
        let steps = adoption::steps(grant, mailbox, provider(&one.tenant, today), provider(&mailbox.tenant, today));
        for (number, step) in steps.iter().enumerate() {
            let step = format!("  {TYPED}{}{TYPED:#} {step}", number + 1);
            let _ = writeln!(text, "{}", self.context.screen.fitted(&step));
        }
        let check = format!(
            "tripod wizard --adopt --no-input --app {} --person {} --mailbox {}",
            argument(&one.app),
            one.person,
            one.mailbox
        );
        let (number, check) = (steps.len() + 1, self.context.next(&check));
        let _ = writeln!(text, "  {TYPED}{number}{TYPED:#} See that it is gone: {TYPED}{check}{TYPED:#}");
        text
    }
}

/// Who runs the mail of a tenant.
fn provider(tenant: &TenantName, today: &Today) -> Provider {
    let tenant = today.workspace.settings.tenants.get(tenant);
    tenant.map_or(Provider::GoogleWorkspace, tripod_model::TenantConfig::provider)
}

/// The mailbox of the manifest that is named.
fn in_manifest(text: &str, manifest: &[WantedMailbox]) -> Result<Address, CommandError> {
    let found = manifest.iter().find(|mailbox| mailbox.address.as_str() == text);
    found.map(|mailbox| mailbox.address.clone()).ok_or_else(|| {
        let error = CommandError::message(Exit::Usage, format!("the manifest has no mailbox {text}"));
        match suggest::closest(text, manifest.iter().map(|mailbox| mailbox.address.as_str())) {
            Some(close) => error.hint(format!("did you mean `{close}`?")),
            None => error.hint("`--mailbox new` makes one"),
        }
    })
}
