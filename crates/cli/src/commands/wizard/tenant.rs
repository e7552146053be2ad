//! From the answers to the tenant: which one it is, and everybody in it.

use std::path::Path;

use tripod_model::TenantName;
use tripod_report::counted;

use super::connection::{self, Reached};
use super::files::{self, NewFile, NewTenant};
use super::people::{self, Directory};
use super::preview;
use super::questions::provider_word;
use super::run::Wizard;
use crate::exit::{CommandError, Exit};
use crate::sandbox_files;
use crate::screen::{BAD, GOOD, TYPED};
use crate::session::Session;

/// So many people work in the stand-in tenants that a folder without any gets.
const STAND_IN_PEOPLE: usize = 40;

impl Wizard<'_> {
    /// Looks who the stand-in tenants are. A folder that has nothing yet gets two of them.
    pub(super) async fn meet_the_stand_ins(&mut self) -> Result<(), CommandError> {
        let root = self.root();
        if self.existing.is_none() && root.is_dir() && !sandbox_files::are_there(root) {
            let text = tripod_sandbox::seed(STAND_IN_PEOPLE, 1).to_yaml()?;
            let path = sandbox_files::description_file(Path::new(""));
            files::write(root, &[NewFile { path, text }])?;
            self.say(&format!(
                "\n{GOOD}New:{GOOD:#} sandbox.yaml, with two stand-in tenants of {STAND_IN_PEOPLE} people to try this on"
            ));
        }
        let session = Session::open(root, true).await?;
        if let Some(sandbox) = session.sandbox() {
            self.stand_ins = sandbox
                .with_world(|world| world.tenants().map(|(name, tenant)| (name.to_owned(), tenant.clone())).collect());
        }
        session.close().await
    }

    /// The tenant of a new `tripod.yaml`; nothing if there is a workspace already.
    pub(super) fn new_tenant(&self) -> Result<Option<NewTenant>, CommandError> {
        if self.existing.is_some() {
            return Ok(None);
        }
        let none = || CommandError::message(Exit::Usage, "it is not said who runs the mail");
        let provider = self.answers.provider(&self.facts).ok_or_else(none)?;
        if !self.facts.sandbox {
            return Ok(Some(NewTenant::from_answers(&self.answers, provider)));
        }
        let stand_in = self.stand_ins.iter().find(|(_, tenant)| tenant.provider == provider);
        let (name, tenant) = stand_in.ok_or_else(|| {
            CommandError::message(Exit::File, format!("sandbox.yaml has no tenant of {}", provider_word(provider)))
        })?;
        Ok(Some(NewTenant::stand_in(name, tenant, self.answers.way())))
    }

    /// The tenant, and the workspace by which it is reached.
    pub(super) fn reached(&self) -> Result<Reached, CommandError> {
        if let Some(workspace) = &self.existing {
            let none = || CommandError::message(Exit::Usage, "it is not said which tenant of tripod.yaml is meant");
            let (name, _) = self.answers.tenant(&self.facts).ok_or_else(none)?;
            return Ok(Reached { name: TenantName(name.clone()), workspace: workspace.clone() });
        }
        let none = || CommandError::message(Exit::Usage, "it is not said who runs the mail");
        let tenant = self.new_tenant()?.ok_or_else(none)?;
        let file = NewFile { path: "tripod.yaml".into(), text: tenant.settings() };
        let workspace = connection::workspace_of(self.root(), &file)?;
        let workspace = preview::sound(workspace, &[file], self.context.screen)?;
        Ok(Reached { name: TenantName(tenant.name), workspace })
    }

    /// Reads the directory, which tells whether the connection works.
    pub(super) async fn connect(&mut self) -> Result<(), CommandError> {
        match self.read_directory().await {
            Ok(directory) => {
                self.say(&format!(
                    "{GOOD}The directory answers:{GOOD:#} {}",
                    counted(directory.len(), "person", "people")
                ));
                self.directory = Some(directory);
                Ok(())
            }
            Err(error) => {
                let Some(ask) = &self.ask else { return Err(error) };
                self.context.screen.error(&error);
                let mut options = vec!["Try again".to_owned(), "Stop here; the answers are kept".to_owned()];
                if self.existing.is_none() && !self.facts.sandbox {
                    options.push("Answer the questions about the connection again".to_owned());
                }
                match ask.choose_afresh("The tenant could not be read.", &options, 0)? {
                    0 => {}
                    1 => return Err(error),
                    _ => self.answers.forget_the_connection(),
                }
                Ok(())
            }
        }
    }

    async fn read_directory(&mut self) -> Result<Directory, CommandError> {
        let reached = self.reached()?;
        let tenant = reached.workspace.settings.tenants.get(&reached.name);
        self.facts.domains = tenant.map(|tenant| tenant.domains.clone()).unwrap_or_default();
        let session = Session::open(self.root(), self.context.common.sandbox).await?;
        let screen = self.context.screen;
        if let Err(error) = connection::sign_in(&session, &reached, self.browser, &|text| screen.say(text)).await {
            session.close().await?;
            return Err(error);
        }
        let reading = crate::progress::at_work(self.context.screen, "reading the directory".to_owned());
        let everybody = connection::everybody(&session, &reached).await;
        let lacking = connection::lacking(&session, &reached, self.context.common.sandbox).await;
        reading.finish();
        for (sentence, remedy) in lacking {
            let remedy = self.context.next_in(&remedy);
            self.say(&format!("{BAD}It lacks:{BAD:#} {sentence}\n  {TYPED}{remedy}{TYPED:#}"));
        }
        let now = session.clock.now();
        session.close().await?;
        let me = if self.ask.is_some() { people::at_the_keyboard() } else { None };
        // At Google, a service mailbox looks like anybody's account; those of the manifest are known to be nobody.
        let manifest = self.existing.as_ref().map(|it| it.mailboxes.as_slice()).unwrap_or_default();
        let mut everybody = everybody?;
        everybody.retain(|person| !manifest.iter().any(|mailbox| mailbox.address == person.address));
        Ok(Directory::new(everybody, now, me.as_ref()))
    }
}
