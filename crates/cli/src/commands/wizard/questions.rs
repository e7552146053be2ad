//! What the wizard asks, in which order, and which answers it takes. No terminal, no file, no network.

use std::collections::{BTreeMap, BTreeSet};

use tripod_model::{Address, Provider};
use tripod_report::counted;

use super::accept::accept;
use super::ways::{BROWSER, DEVICE_CODE, KEY, KEYLESS, ways};

/// The longest name of a mailbox, in characters, as the manifest takes it.
pub(super) const LONGEST_NAME: usize = 64;
/// The answer that makes a new mailbox for an app that is moved.
pub(crate) const NEW: &str = "new";

/// A question of the wizard. Each has a key, under which an answers file answers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Question {
    /// Who runs the mail.
    Provider,
    /// Which tenant of a workspace that is there already.
    Tenant,
    /// Google: the customer id.
    Customer,
    /// Google: on whose behalf directory calls are made.
    Admin,
    /// Microsoft: the tenant's GUID.
    TenantId,
    /// The tenant's domains.
    Domains,
    /// Google: the organisational unit of service mailboxes.
    MailboxUnit,
    /// Google: where the key of the identity that writes is.
    ServiceAccountKey,
    /// Google: where the key of the identity that only reads is; may be empty.
    ReadServiceAccountKey,
    /// Google: the service account that writes, where Google signs for it.
    ServiceAccount,
    /// Google: the one that only reads; may be empty.
    ReadServiceAccount,
    /// Microsoft: the client id of the identity that writes.
    ClientId,
    /// How Tripod signs in; one of [`ways`].
    Proof,
    /// Where the certificate, the secret or the OAuth client is.
    Credential,
    /// Microsoft: the client id of the identity that only reads; may be empty.
    ReadClientId,
    /// Microsoft: where that one's certificate or secret is.
    ReadCredential,
    /// The SaaS app that the mailbox is for.
    App,
    /// The mailbox's display name.
    Name,
    /// What it is for, in a sentence.
    Purpose,
    /// Its address.
    Address,
    /// What it is made of.
    Kind,
    /// Who has access.
    Delegates,
    /// Whether the plan is carried out.
    Apply,
    /// `--adopt`: on whose account the app hangs.
    Person,
    /// `--adopt`: which mailbox takes the app over, or `new`.
    Mailbox,
}

impl Question {
    /// Every question, in the order in which they can come.
    pub(crate) const ALL: [Self; 25] = [
        Self::Provider,
        Self::Tenant,
        Self::Customer,
        Self::Admin,
        Self::TenantId,
        Self::Domains,
        Self::MailboxUnit,
        Self::ServiceAccountKey,
        Self::ReadServiceAccountKey,
        Self::ServiceAccount,
        Self::ReadServiceAccount,
        Self::ClientId,
        Self::Proof,
        Self::Credential,
        Self::ReadClientId,
        Self::ReadCredential,
        Self::App,
        Self::Name,
        Self::Purpose,
        Self::Address,
        Self::Kind,
        Self::Delegates,
        Self::Apply,
        Self::Person,
        Self::Mailbox,
    ];

    /// Its key in an answers file.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Tenant => "tenant",
            Self::Customer => "customer",
            Self::Admin => "admin",
            Self::TenantId => "tenant-id",
            Self::Domains => "domains",
            Self::MailboxUnit => "mailbox-unit",
            Self::ServiceAccountKey => "service-account-key",
            Self::ReadServiceAccountKey => "read-service-account-key",
            Self::ServiceAccount => "service-account",
            Self::ReadServiceAccount => "read-service-account",
            Self::ClientId => "client-id",
            Self::Proof => "proof",
            Self::Credential => "credential",
            Self::ReadClientId => "read-client-id",
            Self::ReadCredential => "read-credential",
            Self::App => "app",
            Self::Name => "name",
            Self::Purpose => "purpose",
            Self::Address => "address",
            Self::Kind => "kind",
            Self::Delegates => "delegates",
            Self::Apply => "apply",
            Self::Person => "person",
            Self::Mailbox => "mailbox",
        }
    }

    /// Its flag, without the hyphens.
    pub(crate) fn flag(self) -> &'static str {
        // Each flag names one of them.
        if self == Self::Delegates { "delegate" } else { self.key() }
    }

    /// The question with this key.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|question| question.key() == key)
    }

    /// Whether it is about reaching the tenant, rather than about the mailbox.
    pub(crate) fn is_about_the_connection(self) -> bool {
        self < Self::App
    }

    /// Whether it may be left empty.
    pub(crate) fn may_be_empty(self) -> bool {
        matches!(self, Self::ReadServiceAccountKey | Self::ReadServiceAccount | Self::ReadClientId)
    }

    /// Whether its answer says where a secret is. Such an answer is kept only once the secret was found there.
    pub(crate) fn is_place_of_a_secret(self) -> bool {
        matches!(self, Self::ServiceAccountKey | Self::ReadServiceAccountKey | Self::Credential | Self::ReadCredential)
    }

    /// How it is put to a person.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Provider => "Who runs your mail?",
            Self::Tenant => "Which tenant of tripod.yaml?",
            Self::Customer => "Customer id (Admin console, Account settings)",
            Self::Admin => "Address of the administrator on whose behalf Tripod reads the directory",
            Self::TenantId => "Tenant id (Entra, Overview)",
            Self::Domains => "Domains of this tenant, with commas between them",
            Self::MailboxUnit => "Organisational unit for service mailboxes",
            Self::ServiceAccountKey => "Where is the writing identity's key? A path, or env:NAME",
            Self::ReadServiceAccountKey => "Where is the reading identity's key? Empty: the same one",
            Self::ServiceAccount => "Address of the service account that writes",
            Self::ReadServiceAccount => "Address of the one that only reads; empty: the same one",
            Self::ClientId => "Application (client) id of the writing identity",
            Self::Proof => "How does Tripod sign in?",
            Self::Credential => "Where is that? A path, or env:NAME",
            Self::ReadClientId => "Application (client) id of the reading identity; empty: the same one",
            Self::ReadCredential => "Where is the reading identity's? A path, or env:NAME",
            Self::App => "Which SaaS app is the mailbox for?",
            Self::Name => "Name of the mailbox",
            Self::Purpose => "What is it for?",
            Self::Address => "Address of the mailbox",
            Self::Kind => "What is it made of?",
            Self::Delegates => "Who looks after it?",
            Self::Apply => "Go ahead?",
            Self::Person => "On whose account?",
            Self::Mailbox => "Which mailbox takes it over?",
        }
    }
}

/// What the wizard knows before it asks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// Whether stand-ins answer.
    pub sandbox: bool,
    /// Whether an app is moved away from a person.
    pub adopting: bool,
    /// The tenants of the workspace that is there already; none in a new one.
    pub tenants: Vec<(String, Provider)>,
    /// How many people there have to be.
    pub quorum: usize,
    /// The domains of the chosen tenant, once it is known.
    pub domains: Vec<String>,
    /// Addresses that are known to be taken.
    pub taken: BTreeSet<String>,
}

/// The answers so far. There is no secret among them, only where secrets are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answers {
    given: BTreeMap<Question, String>,
    /// The people picked so far, in the order of picking.
    pub picked: Vec<Address>,
}

impl Answers {
    /// An answer, if it was given.
    pub(crate) fn get(&self, question: Question) -> Option<&str> {
        self.given.get(&question).map(String::as_str)
    }

    /// An answer, or nothing if it was not given or left empty.
    pub(crate) fn filled(&self, question: Question) -> Option<&str> {
        self.get(question).filter(|text| !text.is_empty())
    }

    /// Whether there is no answer at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.given.is_empty() && self.picked.is_empty()
    }

    /// The same answers with these people picked.
    pub(crate) fn with_picked(mut self, picked: Vec<Address>) -> Self {
        self.picked = picked;
        self
    }

    /// Takes an answer back.
    pub(crate) fn forget(&mut self, question: Question) {
        self.given.remove(&question);
    }

    /// Takes every answer about the connection back.
    pub(crate) fn forget_the_connection(&mut self) {
        self.given.retain(|question, _| !question.is_about_the_connection());
    }

    /// Every answer given, in the order of the questions.
    pub(crate) fn given(&self) -> impl Iterator<Item = (Question, &str)> {
        self.given.iter().map(|(question, text)| (*question, text.as_str()))
    }

    /// Takes an answer, or says in a sentence why it cannot be one.
    pub(crate) fn set(&mut self, question: Question, text: &str, facts: &Facts) -> Result<(), String> {
        let text = accept(question, text.trim(), facts)?;
        if let (Question::Proof, Some(provider)) = (question, self.provider(facts))
            && !ways(provider).contains(&text.as_str())
        {
            return Err(format!("at {provider} it has to be one of: {}", ways(provider).join(", ")));
        }
        self.given.insert(question, text);
        Ok(())
    }

    /// The people are settled, if there are enough of them.
    pub(crate) fn settle_people(&mut self, facts: &Facts) -> Result<(), String> {
        let count = self.picked.len();
        if count < facts.quorum {
            return Err(format!(
                "{} named, and at least {} are needed",
                counted(count, "person is", "people are"),
                facts.quorum
            ));
        }
        self.given.insert(Question::Delegates, count.to_string());
        Ok(())
    }

    /// How Tripod signs in, as far as it was said: by that word, or by what was named for it.
    pub(crate) fn way(&self) -> Option<&str> {
        let by = |question, way| self.get(question).map(|_| way);
        self.get(Question::Proof)
            .or_else(|| by(Question::ServiceAccountKey, KEY))
            .or_else(|| by(Question::ServiceAccount, KEYLESS))
    }

    /// Who runs the mail, once it is known.
    pub(crate) fn provider(&self, facts: &Facts) -> Option<Provider> {
        match self.tenant(facts) {
            Some((_, provider)) => Some(*provider),
            None => self.get(Question::Provider).and_then(provider),
        }
    }

    /// The tenant of the workspace that is meant, if there is a workspace and it is clear.
    pub(crate) fn tenant<'f>(&self, facts: &'f Facts) -> Option<&'f (String, Provider)> {
        if let Some(name) = self.get(Question::Tenant) {
            return facts.tenants.iter().find(|(known, _)| known == name);
        }
        let wanted = self.get(Question::Provider).and_then(provider);
        let mut fitting = facts.tenants.iter().filter(|(_, provider)| wanted.is_none_or(|wanted| wanted == *provider));
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// The mailbox's address, once it is known.
    pub(crate) fn address(&self) -> Option<Address> {
        self.get(Question::Address).and_then(|text| text.parse().ok())
    }

    /// Which questions are to be asked, in their order, as far as the answers so far tell.
    pub(crate) fn questions(&self, facts: &Facts) -> Vec<Question> {
        let mut questions = Vec::new();
        if facts.tenants.is_empty() {
            questions.push(Question::Provider);
            if let (false, Some(provider)) = (facts.sandbox, self.provider(facts)) {
                questions.extend(self.about_the_connection(provider));
            }
        } else if self.tenant(facts).is_none() {
            questions.push(Question::Tenant);
        }
        questions.extend([
            Question::App,
            Question::Name,
            Question::Purpose,
            Question::Address,
            Question::Kind,
            Question::Delegates,
            Question::Apply,
        ]);
        questions
    }

    /// What has to be known for reaching a real tenant.
    fn about_the_connection(&self, provider: Provider) -> Vec<Question> {
        let proof = self.get(Question::Proof);
        if provider == Provider::GoogleWorkspace {
            let mut questions = vec![Question::Customer, Question::Admin, Question::Domains, Question::MailboxUnit];
            // What was named says how Tripod signs in.
            if proof.is_some() || self.way().is_none() {
                questions.push(Question::Proof);
            }
            match self.way() {
                Some(BROWSER) => questions.push(Question::Credential),
                Some(KEYLESS) => questions.extend([Question::ServiceAccount, Question::ReadServiceAccount]),
                _ => questions.extend([Question::ServiceAccountKey, Question::ReadServiceAccountKey]),
            }
            return questions;
        }
        let mut questions = vec![Question::TenantId, Question::Domains, Question::ClientId, Question::Proof];
        if proof != Some(DEVICE_CODE) {
            questions.extend([Question::Credential, Question::ReadClientId]);
            if self.get(Question::ReadClientId).is_none_or(|id| !id.is_empty()) {
                questions.push(Question::ReadCredential);
            }
        }
        questions
    }

    /// The next question, or nothing if everything is answered.
    pub(crate) fn next(&self, facts: &Facts) -> Option<Question> {
        self.questions(facts).into_iter().find(|question| self.get(*question).is_none())
    }

    /// What is offered as the answer.
    pub(crate) fn suggestion(&self, question: Question, facts: &Facts) -> Option<String> {
        let app = self.get(Question::App);
        match question {
            Question::Domains => {
                self.get(Question::Admin).and_then(|admin| admin.split_once('@')).map(|(_, domain)| domain.to_owned())
            }
            Question::MailboxUnit => Some("/Service mailboxes".to_owned()),
            Question::ServiceAccountKey => Some("keys/tripod-write.json".to_owned()),
            Question::Credential => Some(match self.get(Question::Proof) {
                Some("client-secret") => "env:TRIPOD_CLIENT_SECRET".to_owned(),
                Some(BROWSER) => "keys/oauth-client.json".to_owned(),
                _ => "keys/tripod-write.pem".to_owned(),
            }),
            Question::ReadServiceAccountKey | Question::ReadServiceAccount | Question::ReadClientId => {
                Some(String::new())
            }
            Question::ReadCredential => Some(match self.get(Question::Proof) {
                Some("client-secret") => "env:TRIPOD_READ_CLIENT_SECRET".to_owned(),
                _ => "keys/tripod-read.pem".to_owned(),
            }),
            Question::Name => app.map(|app| app.chars().take(LONGEST_NAME).collect()),
            Question::Purpose => app.map(|app| format!("Owns our {app} account")),
            Question::Address => {
                let free = |address: &Address| !facts.taken.contains(address.as_str());
                self.candidates(facts).into_iter().find(free).map(|address| address.to_string())
            }
            _ => None,
        }
    }

    /// Addresses that suit the app, the best first.
    pub(crate) fn candidates(&self, facts: &Facts) -> Vec<Address> {
        let (Some(app), Some(domain)) = (self.get(Question::App), facts.domains.first()) else { return Vec::new() };
        let slug = slug(app);
        let names = ["", "-account", "-owner", "-admin", "-2", "-3"].map(|end| format!("{slug}{end}@{domain}"));
        names.into_iter().filter_map(|name| name.parse().ok()).collect()
    }
}

/// A word for an address: lower case letters and digits, everything else a hyphen.
fn slug(text: &str) -> String {
    let plain: String =
        super::people::folded(text).chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let words: Vec<&str> = plain.split('-').filter(|word| !word.is_empty()).collect();
    if words.is_empty() { "service".to_owned() } else { words.join("-") }
}

/// The provider that a word names.
pub(crate) fn provider(word: &str) -> Option<Provider> {
    match word {
        "google-workspace" => Some(Provider::GoogleWorkspace),
        "microsoft-365" => Some(Provider::Microsoft365),
        _ => None,
    }
}

/// The word for a provider.
pub(crate) fn provider_word(provider: Provider) -> &'static str {
    match provider {
        Provider::GoogleWorkspace => "google-workspace",
        Provider::Microsoft365 => "microsoft-365",
    }
}
