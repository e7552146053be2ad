//! `tripod watch`: verifies again and again, and tells by webhook what is new and what is gone.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use secrecy::SecretString;
use tripod_model::TenantName;
use tripod_verifier::{Auditors, History, News, Verification, generic_payload, slack_payload, teams_payload};

use super::{Context, verify};
use crate::arguments::{FailOn, Format, time};
use crate::exit::{CommandError, Exit};
use crate::screen::{BOLD, DIM, WATCH};
use crate::session::Session;
use crate::signals::Signals;
use crate::webhook::Webhook;
use crate::workspace::Workspace;

/// `tripod watch`
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tripod watch --every 1h
  tripod watch --webhook-file keys/webhook.txt --webhook-form slack")]
pub(crate) struct WatchArguments {
    /// How long from one look to the next, e.g. 6h
    #[arg(long, value_name = "TIME", default_value = "6h", value_parser = time)]
    pub every: Duration,
    /// How often to ask in between whose accounts changed, where the provider can tell
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = time)]
    pub changes_every: Duration,
    /// Stop after this many looks
    #[arg(long, value_name = "N")]
    pub looks: Option<u32>,
    /// The file that holds the webhook's URL; else the variable TRIPOD_WEBHOOK_URL. It is a secret, so it is no argument
    #[arg(long, value_name = "FILE")]
    pub webhook_file: Option<PathBuf>,
    /// The form of the message
    #[arg(long, value_enum, default_value = "generic")]
    pub webhook_form: WebhookForm,
    /// Exit with 3, when stopped, from findings of this severity upwards
    #[arg(long, value_enum, default_value = "low", value_name = "SEVERITY")]
    pub fail_on: FailOn,
}

/// The form of a webhook's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WebhookForm {
    /// JSON of our own, documented by `tripod schema findings`
    Generic,
    /// Slack's incoming webhooks
    Slack,
    /// Microsoft Teams' workflows
    Teams,
}

/// The name under which the outbox keeps the webhook's messages. Its URL is a secret and is never kept.
const TARGET: &str = "webhook";

pub(crate) async fn run(context: &Context, arguments: &WatchArguments) -> Result<Exit, CommandError> {
    context.forms("watch", &[Format::Text])?;
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let webhook =
        url(arguments.webhook_file.as_deref())?.map(|url| Webhook::new(&url, session.clock.clone())).transpose()?;
    if webhook.is_none() {
        context.screen.say(&format!("{DIM}no webhook is named; news are only said here{DIM:#}"));
    }
    let watch = Watch { context, arguments, workspace: &workspace, session: &session, webhook };
    let mut signals = Signals::stop()?;
    let last = tokio::select! {
        looked = watch.looks() => looked?,
        () = signals.next() => {
            // What was found before the stop is in the history, and it decides how the command ends.
            open_news(&session.records(&workspace.root))?.last().map_err(verify::history_error)?
        }
    };
    let exit = last.map_or(Exit::Done, |verification| verify::exit(&verification, arguments.fail_on));
    session.close().await?;
    Ok(exit)
}

/// The webhook's URL, from its file or the environment.
fn url(file: Option<&Path>) -> Result<Option<SecretString>, CommandError> {
    let text =
        match file {
            Some(path) => Some(tripod_files::read_text(path).map_err(|error| {
                CommandError::message(Exit::File, format!("cannot read {}: {error}", path.display()))
            })?),
            None => std::env::var("TRIPOD_WEBHOOK_URL").ok(),
        };
    Ok(text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).map(SecretString::from))
}

/// What was told already is kept apart from what `tripod verify` found: a look by hand must not swallow a message.
fn open_news(records: &Path) -> Result<History, CommandError> {
    crate::new_file::private_folder(records)?;
    History::open(&records.join("watch.db")).map_err(verify::history_error)
}

struct Watch<'a> {
    context: &'a Context,
    arguments: &'a WatchArguments,
    workspace: &'a Workspace,
    session: &'a Session,
    webhook: Option<Webhook>,
}

impl Watch<'_> {
    fn records(&self) -> PathBuf {
        self.session.records(&self.workspace.root)
    }

    /// Looks until there have been enough looks; the last one's result.
    async fn looks(&self) -> Result<Option<Verification>, CommandError> {
        let mut history = open_news(&self.records())?;
        let mut workspace = self.workspace.clone();
        let mut number = 0;
        loop {
            number += 1;
            let verification = verify::make(self.context, self.session, &workspace).await;
            verify::open_history(&self.records())?.record(&verification).map_err(verify::history_error)?;
            let tell = |news: &News| match &self.webhook {
                Some(_) => vec![(TARGET.to_owned(), self.payload(news))],
                None => Vec::new(),
            };
            let (_, news) = history.record_and_tell(&verification, tell).map_err(verify::history_error)?;
            self.say(&verification, &news);
            self.deliver(&mut history).await?;
            if self.arguments.looks.is_some_and(|looks| number >= looks) {
                return Ok(Some(verification));
            }
            self.wait(&mut history).await?;
            workspace = self.as_written_now(workspace);
        }
    }

    /// The files as they are now: between two looks somebody may have changed the manifest and applied it. While they
    /// have problems, they are used as they were before.
    fn as_written_now(&self, before: Workspace) -> Workspace {
        let read = Workspace::read(&self.context.common.directory);
        read.and_then(|workspace| workspace.sound(self.context.screen)).unwrap_or_else(|error| {
            let reason = error.error;
            self.context.screen.say(&format!("{WATCH}! {reason}; the files as they were before are used{WATCH:#}"));
            before
        })
    }

    fn payload(&self, news: &News) -> serde_json::Value {
        match self.arguments.webhook_form {
            WebhookForm::Generic => generic_payload(news, self.session.clock.now()),
            WebhookForm::Slack => slack_payload(news),
            WebhookForm::Teams => teams_payload(news),
        }
    }

    fn say(&self, verification: &Verification, news: &News) {
        let at = self.session.clock.now().strftime("%F %T UTC").to_string();
        self.context
            .screen
            .say(&format!("{BOLD}{at}{BOLD:#} {}", tripod_report::verification_text::summary(verification)));
        if news.is_worth_telling() {
            verify::say_news(self.context.screen, news);
        }
    }

    /// Sends what has not been delivered yet. What cannot be sent stays in the outbox for the next look.
    async fn deliver(&self, history: &mut History) -> Result<(), CommandError> {
        let Some(webhook) = &self.webhook else { return Ok(()) };
        for message in history.undelivered().map_err(verify::history_error)? {
            match webhook.send(&message.payload, message.id).await {
                Ok(()) => history.delivered(message.id, self.session.clock.now()).map_err(verify::history_error)?,
                Err(error) => {
                    let reason = error.to_string();
                    history.failed(message.id, &reason).map_err(verify::history_error)?;
                    self.context.screen.say(&format!("{WATCH}! {reason}; it is kept for the next look{WATCH:#}"));
                    // Messages are delivered in their order or not at all.
                    break;
                }
            }
        }
        Ok(())
    }

    /// Waits for the next look; less long if a provider says that somebody's account changed.
    async fn wait(&self, history: &mut History) -> Result<(), CommandError> {
        let clock = &self.session.clock;
        let next = clock.now().saturating_add(self.arguments.every).unwrap_or(jiff::Timestamp::MAX);
        let auditors = self.session.auditors(self.workspace);
        self.somebody_changed(&auditors, history).await?;
        while clock.now() < next {
            let left = std::time::Duration::try_from(next.duration_since(clock.now())).unwrap_or_default();
            clock.sleep(left.min(self.arguments.changes_every)).await;
            if self.somebody_changed(&auditors, history).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Whether a provider that can tell says that somebody's account changed. One that cannot be asked says nothing;
    /// the next look finds out.
    async fn somebody_changed(&self, auditors: &Auditors, history: &mut History) -> Result<bool, CommandError> {
        let mut changed = false;
        for (TenantName(name), auditor) in auditors {
            let cursor = history.cursor(name).map_err(verify::history_error)?;
            match auditor.changes(cursor.as_deref()).await {
                Ok(Some(told)) => {
                    changed |= cursor.is_some() && (told.changed > 0 || told.expired);
                    history.keep_cursor(name, &told.cursor).map_err(verify::history_error)?;
                }
                Ok(None) => {}
                Err(error) => tracing::info!(%error, tenant = name, "could not ask whose accounts changed"),
            }
        }
        Ok(changed)
    }
}
