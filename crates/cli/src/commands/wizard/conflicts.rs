//! Answers that have no effect beside the others. They are refused rather than left out: whoever gave them meant
//! something by them.

use tripod_model::Provider;

use super::questions::{Answers, Facts, Question};
use super::ways::{DEVICE_CODE, KEY, KEYLESS, ways};

/// The first answer that does not go with the others, and why not. Where there is a `tripod.yaml`, it says how its
/// tenants are reached, and the same answers can be given again as when it was made.
pub(super) fn misplaced(answers: &Answers, facts: &Facts) -> Option<(Question, String)> {
    if facts.adopting {
        return None;
    }
    answers.given().find_map(|(question, _)| Some((question, why(question, answers, facts)?)))
}

fn why(question: Question, answers: &Answers, facts: &Facts) -> Option<String> {
    let provider = answers.provider(facts);
    if let (Some(of), Some(provider)) = (provider_of(question), provider)
        && of != provider
    {
        return Some(format!("it is for {of}, and the mail is run by {provider}; leave it out"));
    }
    let is_new = facts.tenants.is_empty();
    match question {
        Question::Provider | Question::Tenant => None,
        Question::Proof => {
            let provider = provider?;
            let fits = answers.get(Question::Proof).is_some_and(|way| ways(provider).contains(&way));
            (!fits).then(|| format!("at {provider} it has to be one of: {}", ways(provider).join(", ")))
        }
        _ if is_new && facts.sandbox && question.is_about_the_connection() => {
            Some("stand-in tenants have their own; leave it out with `--sandbox`".to_owned())
        }
        Question::ReadCredential if is_new && answers.get(Question::ReadClientId) == Some("") => {
            Some("there is no reading identity: `read-client-id` is empty".to_owned())
        }
        _ if is_new => {
            let way = answers.way()?;
            let other = match question {
                Question::ServiceAccountKey | Question::ReadServiceAccountKey => way != KEY,
                Question::ServiceAccount | Question::ReadServiceAccount => way != KEYLESS,
                Question::Credential => [KEY, KEYLESS, DEVICE_CODE].contains(&way),
                Question::ReadClientId | Question::ReadCredential => way == DEVICE_CODE,
                _ => false,
            };
            let said = if answers.get(Question::Proof).is_some() { format!("proof: {way}") } else { way.to_owned() };
            other.then(|| format!("it is for another way to sign in than `{said}`; leave one of them out"))
        }
        _ => None,
    }
}

/// At which provider a question is asked, if at one only.
fn provider_of(question: Question) -> Option<Provider> {
    match question {
        Question::Customer
        | Question::Admin
        | Question::MailboxUnit
        | Question::ServiceAccountKey
        | Question::ReadServiceAccountKey
        | Question::ServiceAccount
        | Question::ReadServiceAccount => Some(Provider::GoogleWorkspace),
        Question::TenantId | Question::ClientId | Question::ReadClientId | Question::ReadCredential => {
            Some(Provider::Microsoft365)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::answers_file::understand;
    use super::*;

    fn refused(text: &str, facts: &Facts) -> Option<(&'static str, String)> {
        let answers = understand(text, facts).unwrap();
        misplaced(&answers, facts).map(|(question, why)| (question.key(), why))
    }

    #[test]
    fn an_answer_that_does_not_go_with_the_others_is_refused_with_the_reason() {
        let account = "service-account: tripod@project.iam.gserviceaccount.com";
        let client = "client-id: 7f0c1a2b-0000-0000-0000-000000000000";
        let key = "service-account-key: keys/a.json";
        for (text, key, why) in [
            ("provider: microsoft-365\nadmin: a@juniper.example".to_owned(), "admin", "for Google Workspace"),
            (format!("provider: microsoft-365\n{key}"), "service-account-key", "for Google Workspace"),
            (format!("{client}\nprovider: google-workspace"), "client-id", "for Microsoft 365"),
            ("proof: keyless\nprovider: microsoft-365".to_owned(), "proof", "certificate, client-secret, device-code"),
            (format!("provider: google-workspace\n{key}\n{account}"), "service-account", "than `service-account-key`"),
            (format!("proof: browser\n{key}"), "service-account-key", "than `proof: browser`"),
            ("proof: device-code\ncredential: env:HOME".to_owned(), "credential", "than `proof: device-code`"),
            (format!("{account}\ncredential: a.json"), "credential", "than `keyless`"),
            ("read-client-id: ''\nread-credential: a.pem".to_owned(), "read-credential", "is empty"),
        ] {
            let (misplaced, said) = refused(&text, &Facts::default()).expect(&text);
            assert!(misplaced == key && said.contains(why), "{text}: {misplaced}: {said}");
        }
    }

    #[test]
    fn stand_ins_have_their_own_connection_and_so_has_a_workspace() {
        let mut facts = Facts { sandbox: true, ..Facts::default() };
        for text in
            ["domains: juniper.example", "credential: env:HOME", "provider: google-workspace\ncustomer: C01234567"]
        {
            let (_, why) = refused(text, &facts).expect(text);
            assert!(why.contains("--sandbox"), "{text}: {why}");
        }
        assert_eq!(refused("provider: google-workspace\nproof: keyless", &facts), None);
        // The answers with which a workspace was made do for its next mailbox.
        facts.tenants.push(("juniper".to_owned(), Provider::GoogleWorkspace));
        for sandbox in [true, false] {
            facts.sandbox = sandbox;
            let text = "provider: google-workspace\ncustomer: C01234567\ndomains: juniper.example\nproof: keyless";
            assert_eq!(refused(text, &facts), None);
            let (key, _) = refused("client-id: 7f0c1a2b-0000-0000-0000-000000000000", &facts).unwrap();
            assert_eq!(key, "client-id");
        }
    }
}
