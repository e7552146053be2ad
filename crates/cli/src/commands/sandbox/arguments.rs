//! The command line of `tripod sandbox`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use tripod_model::Address;

use crate::arguments::time;

/// `tripod sandbox …`
#[derive(Debug, Subcommand)]
pub(crate) enum SandboxCommand {
    /// Serve the stand-in tenants to other programs until stopped
    Serve(ServeArguments),
    /// List the people and how their accounts stand
    People,
    /// Disable a person's account, as when somebody leaves
    Leave {
        /// The person
        address: Address,
    },
    /// Enable a person's account again
    Return {
        /// The person
        address: Address,
    },
    /// Change something by hand, as an administrator or the passing of time would
    Set(SetArguments),
    /// Let time pass in the stand-in tenants
    Wait {
        /// How long, e.g. 90s, 15m, 6h or 30d
        #[arg(value_parser = time)]
        time: Duration,
    },
    /// Make a sandbox.yaml with an organisation of N people
    Seed(SeedArguments),
    /// Print what a client of other people's making signs in with
    Credentials(CredentialsArguments),
    /// Make something go wrong on the wire, show what does, or stop it
    Fault(FaultArguments),
    /// Call the API of a stand-in desk as one of its people, as the pages of the desk would, and print the reply
    Call(CallArguments),
    /// Forget everything that happened and start again from sandbox.yaml
    Reset,
}

/// `tripod sandbox serve`
#[derive(Debug, Args)]
pub(crate) struct ServeArguments {
    /// Where to listen; loopback only
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// The certificate chain (PEM), for TLS
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// The state file [default: DIR/.tripod/sandbox.db]
    #[arg(long, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// Append every exchange to this file, one line of JSON each, secrets masked
    #[arg(long, value_name = "FILE")]
    pub wire_log: Option<PathBuf>,
}

/// `tripod sandbox set`
#[derive(Debug, Args)]
pub(crate) struct SetArguments {
    /// The person, mailbox or group
    pub address: Address,
    /// What to change
    #[arg(value_enum)]
    pub what: Settable,
    /// The new value: yes or no for a switch, a date and time, an address, a number, a word; `none` takes it away
    pub value: String,
    /// Whose access, delegation or membership it is (for access, delegation and member)
    #[arg(long, value_name = "ADDRESS")]
    pub who: Option<Address>,
}

/// What can be changed by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Settable {
    /// How the account stands: active, disabled, archived, guest, no-mailbox, deleted
    Standing,
    /// When the person leaves
    Leaves,
    /// Whether a second factor is registered
    SecondFactor,
    /// When the account last signed in
    LastSignIn,
    /// Who the manager is
    Manager,
    /// Which department the person is in
    Department,
    /// Where mail is forwarded to
    Forwarding,
    /// The recovery address of the account
    Recovery,
    /// Take back the account's grant to the app of this name
    WithoutApp,
    /// How many application passwords the account has
    AppPasswords,
    /// How many bytes the mailbox holds
    Size,
    /// Whether the mailbox's own account can sign in
    SignIn,
    /// Whether sent copies are kept
    SentCopies,
    /// Whether mail from outside is accepted
    OutsideMail,
    /// Whether anybody may join the group
    OpenToJoin,
    /// The access of --who: read, act, full, or none
    Access,
    /// How far the delegation of --who has come: accepted, pending, rejected or expired
    Delegation,
    /// Another primary address
    Address,
    /// Whether the account's organisational unit lets its users delegate their mail
    UnitDelegation,
    /// Whether the address list leaves the mailbox out
    Hidden,
    /// Where a rule of the inbox forwards mail to
    InboxRule,
    /// A setting of a Google group by its name in the Groups Settings API: NAME=VALUE
    GroupSetting,
    /// A member of a Google group by its type: TYPE:ROLE, e.g. CUSTOMER:MEMBER; TYPE:none takes it out
    Member,
    /// The rule that decides who is a member of the group
    MembersByRule,
    /// What the policy on mail delegation says for the accounts in the Google group
    GroupDelegation,
    /// What else there is to a Microsoft 365 group, as `group:` in sandbox.yaml: e.g. '{team: true}'
    Group,
    /// Whether the account belongs to an agent, not to a person (Microsoft)
    Agent,
    /// What else Exchange has to say of it, as in sandbox.yaml: e.g. '{hidden: true, hold: litigation}'
    Exchange,
    /// `yes` deletes the mailbox, so that it could still be restored
    Deleted,
}

/// `tripod sandbox seed`
#[derive(Debug, Args)]
pub(crate) struct SeedArguments {
    /// How many people, over both tenants
    #[arg(value_name = "N", value_parser = clap::value_parser!(u32).range(6..=200_000))]
    pub people: u32,
    /// Another seed gives other people
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Write to a new file in place of stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `tripod sandbox credentials`
#[derive(Debug, Args)]
pub(crate) struct CredentialsArguments {
    /// Whose client it is
    #[arg(long = "for", value_enum)]
    pub provider: ClientOf,
    /// The identity that may only read
    #[arg(long)]
    pub read_only: bool,
}

/// Whose client a credential is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClientOf {
    /// A service-account key
    Google,
    /// Tenant id, client id and client secret
    Microsoft,
}

/// `tripod sandbox fault`
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what-to-do").required(false).multiple(false).args(["what", "clear"]))]
pub(crate) struct FaultArguments {
    /// What goes wrong; without it the faults in force are listed
    #[arg(value_enum, value_name = "WHAT")]
    pub what: Option<FaultKind>,
    /// Only at the provider of this tenant
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,
    /// Only where the path, the query or the cmdlet has this text in it
    #[arg(long, value_name = "TEXT")]
    pub matching: Option<String>,
    /// Only for this HTTP method
    #[arg(long, value_name = "METHOD")]
    pub method: Option<String>,
    /// Let this many pass unharmed first
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub after: u32,
    /// Stop after this many
    #[arg(long, value_name = "N")]
    pub times: Option<u32>,
    /// Stop every fault
    #[arg(long)]
    pub clear: bool,
}

/// What can go wrong on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FaultKind {
    /// Too many calls, in the provider's words
    Throttled,
    /// 503, in the provider's words
    Unavailable,
    /// The connection is cut before anything is done
    Cut,
    /// The call is carried out, and the connection cut before the reply
    ReplyLost,
    /// Not found, as by a copy that has not heard yet of what is there
    NotFound,
    /// Refused, as what is new and roles that were just given are for a while
    Refused,
    /// 404 with a web page of something on the way
    WebPage,
}

/// `tripod sandbox call`
#[derive(Debug, Args)]
pub(crate) struct CallArguments {
    /// Who calls: a login at GitHub, an e-mail address at Jira, a user name at ServiceNow
    #[arg(long = "as", value_name = "NAME")]
    pub who: String,
    /// The HTTP method
    #[arg(value_parser = ["GET", "POST", "PUT", "PATCH", "DELETE"])]
    pub method: String,
    /// The URL at the vendor, https://HOST/PATH
    pub url: String,
    /// A file with the body in JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// A text in the body; @FILE in place of the text takes what stands in the file
    #[arg(short, long, value_name = "NAME=TEXT")]
    pub field: Vec<String>,
    /// Print only what stands at this place of the reply, a JSON pointer, e.g. /0/body
    #[arg(long, value_name = "POINTER")]
    pub print: Vec<String>,
}
