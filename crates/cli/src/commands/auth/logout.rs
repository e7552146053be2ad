//! `tripod auth logout`: forgets what `tripod auth login` kept.

use tripod_model::SecretSource;

use super::identity::{Identity, Needs};
use super::{Context, Whose};
use crate::arguments::Format;
use crate::exit::{CommandError, Exit};
use crate::keychain::Keychain;
use crate::session::Session;
use crate::workspace::Workspace;

pub(super) async fn run(context: &Context, whose: &Whose) -> Result<Exit, CommandError> {
    context.forms("auth logout", &[Format::Text])?;
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let mut worst = Exit::Done;
    for identity in Identity::of(&workspace, &session, whose)? {
        let name = identity.name();
        match &identity.needs {
            Needs::Person(kept) => {
                // What the provider is told needs the token, so that it comes before the token is gone.
                let told = session.end_sign_in(identity.tenant, kept).await;
                if kept.remove()? {
                    context.screen.say(&format!("{name}: signed out; {} is gone", kept.place()));
                    match told {
                        Ok(true) => context.screen.say("  the provider takes that sign-in no longer"),
                        Ok(false) => context.screen.say(
                            "  Microsoft goes on taking copies of it: revoke the administrator's sessions in Entra if there may be one",
                        ),
                        Err(error) => {
                            context.screen.say(&format!("  the provider could not be told, and may still take copies of it: {error}"));
                            worst = Exit::Unavailable;
                        }
                    }
                } else {
                    context.screen.say(&format!("{name}: nobody was signed in"));
                }
            }
            Needs::Secret(SecretSource::Keychain(entry)) if !context.common.sandbox => {
                let keychain = Keychain::of_this_machine().map_err(|why| CommandError::message(Exit::SetUp, why))?;
                let place = keychain.place(entry);
                let removed = keychain
                    .remove(entry)
                    .map_err(|why| CommandError::message(Exit::SetUp, format!("{place}: {why}")))?;
                let what = if removed { "is gone" } else { "was not there" };
                context.screen.say(&format!("{name}: {place} {what}"));
            }
            Needs::Secret(_) | Needs::Surroundings(_) => {
                context.screen.say(&format!("{name}: nothing is kept; left as it is: {}", identity.place()));
            }
        }
    }
    session.close().await?;
    Ok(worst)
}
