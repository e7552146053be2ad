//! Answers that are given as flags. They go before those of an answers file, and have to go with them.

use super::answers_file;
use super::arguments::WizardAnswers;
use super::conflicts;
use super::questions::{Answers, Facts, Question};
use crate::exit::{CommandError, Exit};

/// Takes every answer that was given as a flag, if all answers go together then.
pub(super) fn take(answers: &mut Answers, given: &WizardAnswers, facts: &Facts) -> Result<(), CommandError> {
    let wrong = |flag: &str, why: String| CommandError::message(Exit::Usage, format!("`--{flag}`: {why}"));
    for question in Question::ALL {
        if let Some(text) = flag(given, question) {
            answers.set(question, text, facts).map_err(|why| wrong(question.flag(), why))?;
        }
    }
    if !given.delegate.is_empty() {
        let people: Vec<&str> = given.delegate.iter().map(String::as_str).collect();
        answers_file::take_people(answers, &people, facts).map_err(|why| wrong(Question::Delegates.flag(), why))?;
    }
    match conflicts::misplaced(answers, facts) {
        Some((question, why)) if flag(given, question).is_some() => Err(wrong(question.flag(), why)),
        Some((question, why)) => {
            Err(CommandError::message(Exit::File, format!("the answer to `{}`: {why}", question.key())))
        }
        None => Ok(()),
    }
}

/// The flag that answers a question. The people are a list, which is taken by itself.
fn flag(given: &WizardAnswers, question: Question) -> Option<&str> {
    let flag = match question {
        Question::Provider => &given.provider,
        Question::Tenant => &given.tenant,
        Question::Customer => &given.customer,
        Question::Admin => &given.admin,
        Question::TenantId => &given.tenant_id,
        Question::Domains => &given.domains,
        Question::MailboxUnit => &given.mailbox_unit,
        Question::ServiceAccountKey => &given.service_account_key,
        Question::ReadServiceAccountKey => &given.read_service_account_key,
        Question::ServiceAccount => &given.service_account,
        Question::ReadServiceAccount => &given.read_service_account,
        Question::ClientId => &given.client_id,
        Question::Proof => &given.proof,
        Question::Credential => &given.credential,
        Question::ReadClientId => &given.read_client_id,
        Question::ReadCredential => &given.read_credential,
        Question::App => &given.app,
        Question::Name => &given.name,
        Question::Purpose => &given.purpose,
        Question::Address => &given.address,
        Question::Kind => &given.kind,
        Question::Apply => &given.apply,
        Question::Person => &given.person,
        Question::Mailbox => &given.mailbox,
        Question::Delegates => return None,
    };
    flag.as_deref()
}
