//! `tripod auth login`: a person signs in, or a secret is put into the keychain.

use std::io::Read;

use dialoguer::console::Term;
use secrecy::{ExposeSecret, SecretString};
use tripod_google::ServiceAccountKey;
use tripod_model::{ProviderConfig, SecretSource};

use super::identity::{Identity, Needs};
use super::{Context, LoginArguments};
use crate::arguments::Format;
use crate::browser::Browser;
use crate::exit::{CommandError, Exit};
use crate::keychain::Keychain;
use crate::session::Session;
use crate::workspace::Workspace;

/// No credential of any provider is longer.
const LONGEST: u64 = 64 * 1024;

pub(super) async fn run(context: &Context, arguments: &LoginArguments) -> Result<Exit, CommandError> {
    context.forms("auth login", &[Format::Text])?;
    let workspace = Workspace::read(&context.common.directory)?.sound(context.screen)?;
    let session = Session::open(&workspace.root, context.common.sandbox).await?;
    let identities = Identity::of(&workspace, &session, &arguments.whose)?;
    let to_be_typed = identities.iter().filter(|identity| entry(identity).is_some()).count();
    if to_be_typed > 1 && !context.screen.can_ask() {
        let message = format!("{to_be_typed} secrets are kept in the keychain, and standard input holds one");
        return Err(
            CommandError::message(Exit::Usage, message).hint("name one: tripod auth login TENANT --identity reads")
        );
    }
    let browser = Browser::of_this_machine(&context.common, context.screen, arguments.no_browser);
    for identity in &identities {
        let name = identity.name();
        match (&identity.needs, entry(identity)) {
            (Needs::Person(kept), _) => {
                let show = |text: &str| context.screen.say(&format!("{name}: {text}"));
                let access = identity.side.access();
                session.have_sign_in(&workspace.root, identity.tenant, access, kept, browser, &show).await?;
            }
            (_, Some(_)) if context.common.sandbox => {
                context.screen.say(&format!("{name}: stand-ins take their own; nothing is kept"));
            }
            (_, Some(entry)) => {
                let secret = ask(context, identity)?;
                let keychain = Keychain::of_this_machine().map_err(|why| CommandError::message(Exit::SetUp, why))?;
                let place = keychain.place(entry);
                keychain
                    .put(entry, &secret)
                    .map_err(|why| CommandError::message(Exit::SetUp, format!("{place}: {why}")))?;
                context.screen.say(&format!("{name}: kept in {place}"));
            }
            (_, None) => {
                context.screen.say(&format!("{name}: nothing to sign in for; it takes {}", identity.place()));
            }
        }
    }
    session.close().await?;
    context.screen.say(&format!("whether the provider takes it: {}", context.next("tripod doctor")));
    Ok(Exit::Done)
}

/// The entry of the keychain that an identity takes its secret from.
fn entry<'i>(identity: &'i Identity<'_>) -> Option<&'i str> {
    match &identity.needs {
        Needs::Secret(SecretSource::Keychain(entry)) => Some(entry),
        _ => None,
    }
}

/// The secret from standard input: typed unseen on a terminal, else all that comes.
fn ask(context: &Context, identity: &Identity<'_>) -> Result<SecretString, CommandError> {
    let what = format!("{} of {}", identity.way, identity.name());
    let is_text_of_lines = matches!(identity.way, "service account key" | "certificate");
    let secret = if context.screen.can_ask() && !context.common.no_input && !is_text_of_lines {
        context.screen.say(&format!("The {what}; what is typed is not shown:"));
        SecretString::from(Term::stderr().read_secure_line()?)
    } else if context.screen.can_ask() {
        let message = format!("the {what} has more than one line, and cannot be typed");
        return Err(
            CommandError::message(Exit::Usage, message).hint("give it as standard input: tripod auth login … < FILE")
        );
    } else {
        let mut text = String::new();
        let read = std::io::stdin().take(LONGEST + 1).read_to_string(&mut text);
        // Whatever failed, nothing of what was read is shown.
        read.map_err(|_| CommandError::message(Exit::Usage, format!("the {what} on standard input is not a text")))?;
        SecretString::from(text)
    };
    let text = secret.expose_secret();
    if text.trim().is_empty() {
        let message = format!("there is no {what} on standard input");
        return Err(CommandError::message(Exit::Usage, message).hint("tripod auth login … < FILE"));
    }
    if text.len() as u64 > LONGEST {
        return Err(CommandError::message(Exit::Usage, format!("the {what} is longer than {LONGEST} bytes")));
    }
    if identity.way == "certificate" && !(text.contains("PRIVATE KEY-----") && text.contains("BEGIN CERTIFICATE-----"))
    {
        let message = format!("the {what} needs both the certificate and its private key, in PEM form");
        return Err(CommandError::message(Exit::Usage, message));
    }
    if identity.way == "service account key" && matches!(identity.tenant.provider, ProviderConfig::GoogleWorkspace(_)) {
        ServiceAccountKey::from_json(&secret)?;
    }
    // A client secret is one line; the line's end is the editor's or the shell's.
    Ok(if is_text_of_lines { secret } else { SecretString::from(text.trim().to_owned()) })
}
