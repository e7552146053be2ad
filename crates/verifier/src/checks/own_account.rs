//! The mailbox's own account: whether somebody signs in to it, and how it is protected.

use tripod_model::SignIn;
use tripod_tenant::MailboxFacts;

use super::{Results, Subject, day, days_between, minute};
use crate::finding::{CheckId, Evidence, Remedy};

pub(super) fn check(subject: &Subject<'_>, facts: &MailboxFacts, results: &mut Results) {
    match subject.wanted.sign_in {
        SignIn::Blocked => blocked(subject, facts, results),
        SignIn::Allowed => allowed(subject, facts, results),
    }
    recovery(subject, facts, results);
    application_passwords(subject, facts, results);
}

fn blocked(subject: &Subject<'_>, facts: &MailboxFacts, results: &mut Results) {
    let (check, mailbox) = (CheckId::SignInUsed, &subject.wanted.address);
    let what = "when the mailbox's own account was last signed in to";
    let Some(Some(last)) = subject.fact(check, what, facts.last_sign_in.clone(), results) else { return };
    if days_between(last, subject.now) > subject.days(check, "used-days") {
        return;
    }
    let mut finding = subject.finding(
        check,
        format!("somebody signed in to {mailbox} itself on {}, though that is to be blocked", day(last)),
        Remedy::say(
            "look into the sign-in log who it was, then run `tripod apply` to block it; an app that needs it wants \
             `sign-in: allowed`",
        )
        .run("tripod apply"),
    );
    finding.evidence.push(Evidence::new("last signed in", minute(last)));
    results.findings.push(finding);
}

fn allowed(subject: &Subject<'_>, facts: &MailboxFacts, results: &mut Results) {
    let mailbox = &subject.wanted.address;
    let (unused, factor) = (CheckId::SignInUnused, CheckId::SignInNoSecondFactor);
    let what = "when the mailbox's own account was last signed in to";
    if subject.fact(unused, what, facts.last_sign_in.clone(), results) == Some(None) {
        let mut finding = subject.finding(
            unused,
            format!("{mailbox} may be signed in to, and nobody ever did"),
            Remedy::say("take `sign-in: allowed` and `credential` out of its entry and run `tripod apply`")
                .run("tripod apply")
                .write("sign-in: blocked"),
        );
        finding.evidence.push(Evidence::new("last signed in", "never"));
        results.findings.push(finding);
    }
    let what = "whether the mailbox's own account has a second factor";
    if subject.fact(factor, what, facts.second_factor.clone(), results) == Some(false) {
        let mut finding = subject.finding(
            factor,
            format!("{mailbox} may be signed in to and has no second factor"),
            Remedy::say("register a second factor that at least two people hold, e.g. two security keys"),
        );
        finding.evidence.push(Evidence::new("second factor registered", "no"));
        results.findings.push(finding);
    }
}

fn recovery(subject: &Subject<'_>, facts: &MailboxFacts, results: &mut Results) {
    let (check, mailbox) = (CheckId::RecoveryOfAPerson, &subject.wanted.address);
    let what = "whether the mailbox's own account has a recovery address or telephone";
    for means in subject.fact(check, what, facts.recovery.clone(), results).unwrap_or_default() {
        let mut finding = subject.finding(
            check,
            format!("{mailbox} can be taken over through its recovery address or telephone"),
            Remedy::say("take it away in the admin console; whoever holds it gets into the account alone"),
        );
        finding.subject = Some(masked(&means));
        finding.evidence.push(Evidence::new("recovery by", masked(&means)));
        results.findings.push(finding);
    }
}

/// A recovery address as it is; of a telephone number only the end, because reports travel further than a person's
/// number should.
fn masked(means: &str) -> String {
    if means.contains('@') {
        return means.to_owned();
    }
    let digits: Vec<char> = means.chars().filter(char::is_ascii_digit).collect();
    let end: String = digits.iter().skip(digits.len().saturating_sub(3)).collect();
    format!("telephone …{end}")
}

fn application_passwords(subject: &Subject<'_>, facts: &MailboxFacts, results: &mut Results) {
    let (check, mailbox) = (CheckId::ApplicationPasswords, &subject.wanted.address);
    let what = "how many application passwords the mailbox's own account has";
    let count = subject.fact(check, what, facts.app_passwords.clone(), results).unwrap_or(0);
    if count == 0 {
        return;
    }
    let words =
        if count == 1 { "an application password".to_owned() } else { format!("{count} application passwords") };
    let mut finding = subject.finding(
        check,
        format!("{mailbox} has {words}; each gets around the second factor"),
        Remedy::say("find out which programs use them, connect these by OAuth, and revoke the passwords"),
    );
    finding.evidence.push(Evidence::new("application passwords", count));
    results.findings.push(finding);
}
