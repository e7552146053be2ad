//! The command line of `tripod wizard`: every question can be answered here.

use std::path::PathBuf;

use clap::Args;

/// `tripod wizard`
#[derive(Debug, Args)]
pub(crate) struct WizardArguments {
    /// Move an app that hangs on a person's own account to a service mailbox
    #[arg(long)]
    pub adopt: bool,
    /// Take answers from this file; only what it leaves open is asked
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// Where an administrator signs in, only print the address to open, and open no browser
    #[arg(long)]
    pub no_browser: bool,
    #[command(flatten)]
    pub given: WizardAnswers,
}

/// Answers to the wizard's questions; each goes before the one in the file. None of them is a secret, only where one is;
/// a key that is pasted in place of its place begins with hyphens, and is refused by us, who do not repeat it.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Answers")]
pub(crate) struct WizardAnswers {
    /// google-workspace or microsoft-365
    #[arg(long, value_name = "PROVIDER")]
    pub provider: Option<String>,
    /// Which tenant of tripod.yaml
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,
    /// Google: the customer id
    #[arg(long, value_name = "ID")]
    pub customer: Option<String>,
    /// Google: the administrator on whose behalf the directory is read
    #[arg(long, value_name = "ADDRESS")]
    pub admin: Option<String>,
    /// Microsoft: the tenant's GUID
    #[arg(long, value_name = "ID")]
    pub tenant_id: Option<String>,
    /// The tenant's domains, with commas between them
    #[arg(long, value_name = "DOMAINS")]
    pub domains: Option<String>,
    /// Google: the organisational unit of service mailboxes
    #[arg(long, value_name = "PATH")]
    pub mailbox_unit: Option<String>,
    /// Google: where the writing identity's key is, a path or env:NAME
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub service_account_key: Option<String>,
    /// Google: where the reading identity's key is; empty for none of its own
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub read_service_account_key: Option<String>,
    /// Google, without a key: the address of the service account that writes
    #[arg(long, value_name = "ADDRESS")]
    pub service_account: Option<String>,
    /// Google, without a key: the one that only reads; empty for none of its own
    #[arg(long, value_name = "ADDRESS")]
    pub read_service_account: Option<String>,
    /// Microsoft: the writing identity's application id
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// How Tripod signs in: service-account-key, keyless or browser; certificate, client-secret or device-code
    #[arg(long, value_name = "WORD")]
    pub proof: Option<String>,
    /// Where the certificate, the secret or the OAuth client is, a path or env:NAME
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub credential: Option<String>,
    /// Microsoft: the reading identity's application id; empty for none of its own
    #[arg(long, value_name = "ID")]
    pub read_client_id: Option<String>,
    /// Microsoft: where the reading identity's certificate or secret is
    #[arg(long, value_name = "PLACE", allow_hyphen_values = true)]
    pub read_credential: Option<String>,
    /// The SaaS app; with --adopt its name or id in `tripod grants`
    #[arg(long, value_name = "APP")]
    pub app: Option<String>,
    /// The mailbox's display name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// What it is for, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub purpose: Option<String>,
    /// The mailbox's address
    #[arg(long, value_name = "ADDRESS")]
    pub address: Option<String>,
    /// shared-mailbox or group-inbox
    #[arg(long, value_name = "KIND")]
    pub kind: Option<String>,
    /// Who looks after it; once for each of them
    #[arg(long, value_name = "ADDRESS")]
    pub delegate: Vec<String>,
    /// true carries the plan out, false only writes the files
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub apply: Option<String>,
    /// With --adopt: on whose account the app hangs
    #[arg(long, value_name = "ADDRESS", requires = "adopt")]
    pub person: Option<String>,
    /// With --adopt: the mailbox of the manifest that takes it over, or new
    #[arg(long, value_name = "ADDRESS", requires = "adopt")]
    pub mailbox: Option<String>,
}
