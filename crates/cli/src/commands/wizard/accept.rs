//! Which answers the wizard's questions take.

use tripod_model::address::is_domain;
use tripod_model::{Address, suggest};

use super::questions::{Facts, LONGEST_NAME, NEW, Question};
use super::secrets;
use super::ways::{BROWSER, DEVICE_CODE, KEY, KEYLESS};

/// The longest name of an app, in characters, as the manifest takes it.
const LONGEST_APP: usize = 100;
/// The longest purpose, in characters, as the manifest takes it.
const LONGEST_PURPOSE: usize = 500;

/// The words that a question takes, if it takes only some.
fn words_of(question: Question, facts: &Facts) -> Option<Vec<String>> {
    let words: &[&str] = match question {
        Question::Provider => &["google-workspace", "microsoft-365"],
        Question::Proof => &[KEY, KEYLESS, BROWSER, "certificate", "client-secret", DEVICE_CODE],
        Question::Kind => &["shared-mailbox", "group-inbox"],
        Question::Apply => &["true", "false"],
        Question::Tenant => return Some(facts.tenants.iter().map(|(name, _)| name.clone()).collect()),
        _ => return None,
    };
    Some(words.iter().map(|word| (*word).to_owned()).collect())
}

/// Whether an answer looks like a secret, or like a part of one, that was pasted in its place.
pub(super) fn is_secret(question: Question, text: &str) -> bool {
    let text = text.trim();
    secrets::is_known(text) || question.is_place_of_a_secret() && secrets::is_pasted(text)
}

/// The answer in the form in which it is kept, or why it is none.
pub(super) fn accept(question: Question, text: &str, facts: &Facts) -> Result<String, String> {
    if text.is_empty() {
        return if question.may_be_empty() { Ok(String::new()) } else { Err("this cannot be left empty".to_owned()) };
    }
    if text.chars().any(char::is_control) {
        return Err("there is an invisible character in it".to_owned());
    }
    if is_secret(question, text) {
        let why = if question.is_place_of_a_secret() { secrets::REFUSED } else { secrets::NO_ANSWER };
        return Err(why.to_owned());
    }
    if question == Question::Tenant && facts.tenants.is_empty() {
        if facts.adopting {
            // Which tenants there are is read later.
            return Ok(text.to_owned());
        }
        return Err("it is for a folder that has a tripod.yaml; here `provider` says who runs the mail".to_owned());
    }
    if let Some(words) = words_of(question, facts) {
        return if words.iter().any(|word| word == text) {
            Ok(text.to_owned())
        } else {
            let close = suggest::closest(text, words.iter().map(String::as_str));
            let close = close.map(|close| format!("; did you mean `{close}`?")).unwrap_or_default();
            Err(format!("it has to be one of: {}{close}", words.join(", ")))
        };
    }
    let shorter = |longest: usize| {
        if text.chars().count() > longest { Err(format!("it can have {longest} characters at most")) } else { Ok(()) }
    };
    match question {
        Question::App => shorter(LONGEST_APP)?,
        Question::Person | Question::Mailbox if !facts.adopting => return Err("it is for `--adopt` only".to_owned()),
        Question::Mailbox if text == NEW => {}
        Question::Name => shorter(LONGEST_NAME)?,
        Question::Purpose => shorter(LONGEST_PURPOSE)?,
        Question::Admin | Question::Person | Question::Mailbox => {
            return text.parse::<Address>().map(|it| it.to_string()).map_err(|error| error.to_string());
        }
        Question::Address => {
            let address: Address = text.parse().map_err(|error: tripod_model::AddressError| error.to_string())?;
            if !facts.domains.is_empty() && !facts.domains.iter().any(|domain| domain == address.domain()) {
                return Err(format!("its domain has to be one of: {}", facts.domains.join(", ")));
            }
            return Ok(address.to_string());
        }
        Question::Domains => {
            let domains: Vec<String> = text.split(',').map(|domain| domain.trim().to_lowercase()).collect();
            if let Some(wrong) = domains.iter().find(|domain| !is_domain(domain)) {
                return Err(format!("`{wrong}` is not a domain; write it as example.com"));
            }
            return Ok(domains.join(", "));
        }
        Question::Customer
            if !text.starts_with('C') || text.len() > 40 || !text.chars().all(|c| c.is_ascii_alphanumeric()) =>
        {
            return Err("a customer id begins with C and has only letters and digits, as C01234567".to_owned());
        }
        Question::TenantId | Question::ClientId | Question::ReadClientId => {
            let lengths: Vec<usize> = text.split('-').map(str::len).collect();
            if lengths != [8, 4, 4, 4, 12] || !text.chars().all(|c| c == '-' || c.is_ascii_hexdigit()) {
                return Err("it has the form 7f0c1a2b-0000-0000-0000-000000000000".to_owned());
            }
            return Ok(text.to_lowercase());
        }
        Question::ServiceAccount | Question::ReadServiceAccount => {
            let address = text.parse::<Address>().ok();
            let plain = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let address = address
                .filter(|address| plain(address.local_part()) && address.domain().ends_with(".gserviceaccount.com"));
            let form = "it is a service account's address, as tripod@project.iam.gserviceaccount.com";
            return address.map(|address| address.to_string()).ok_or_else(|| form.to_owned());
        }
        Question::MailboxUnit if !text.starts_with('/') => {
            return Err("the path of a unit begins with /".to_owned());
        }
        _ => {}
    }
    Ok(text.to_owned())
}
