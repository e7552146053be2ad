//! `tripod auth`: signing in once, what there is to sign in with, and signing out.

mod identity;
mod login;
mod logout;
mod status;

use clap::{Args, Subcommand, ValueEnum};
use tripod_sandbox::Access;

use super::Context;
use crate::exit::{CommandError, Exit};

/// `tripod auth …`
#[derive(Debug, Subcommand)]
pub(crate) enum AuthCommand {
    /// Sign in where a person has to, and put into the keychain what tripod.yaml says is there
    Login(LoginArguments),
    /// What each identity signs in with, and whether it is there
    Status(Whose),
    /// Forget what `tripod auth login` kept, and take it back at the provider where that is possible
    Logout(Whose),
}

/// `tripod auth login`
#[derive(Debug, Args)]
pub(crate) struct LoginArguments {
    #[command(flatten)]
    pub whose: Whose,
    /// Only print the address to open, and open no browser
    #[arg(long)]
    pub no_browser: bool,
}

/// Whose sign-in is meant.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The tenant in tripod.yaml; all of them if left out
    #[arg(value_name = "TENANT")]
    pub tenant: Option<String>,
    /// Only the identity that reads, or only the one that writes
    #[arg(long, value_enum, value_name = "WHICH")]
    pub identity: Option<Side>,
}

/// One of the two identities of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    /// The one that only reads
    Reads,
    /// The one that also writes
    Writes,
}

impl Side {
    fn access(self) -> Access {
        match self {
            Self::Reads => Access::Read,
            Self::Writes => Access::Write,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
        }
    }
}

pub(crate) async fn run(context: &Context, command: &AuthCommand) -> Result<Exit, CommandError> {
    match command {
        AuthCommand::Login(arguments) => login::run(context, arguments).await,
        AuthCommand::Status(whose) => status::run(context, whose).await,
        AuthCommand::Logout(whose) => logout::run(context, whose).await,
    }
}
