//! A plan as one self-contained page, for somebody who has to approve it.

use askama::Template;
use tripod_provisioner::Planned;

use crate::html::{STYLE, csp_hash};
use crate::verification_html::HtmlError;
use crate::words::{Sign, by_tenant, harmless, step_words, summary_with_rest};

/// A plan as HTML: one page without script and without anything from elsewhere, in which nothing foreign is markup.
/// `title` says what it is about, e.g. the name of the organisation.
pub fn plan_html(planned: &Planned, title: &str) -> Result<String, HtmlError> {
    Page::of(planned, title).render()
}

struct Line {
    sign: &'static str,
    word: &'static str,
    class: &'static str,
    words: String,
}

struct Mailbox {
    address: String,
    word: &'static str,
    class: &'static str,
    title: String,
    steps: Vec<Line>,
}

struct Tenant {
    name: String,
    mailboxes: Vec<Mailbox>,
}

#[derive(Template)]
#[template(path = "plan.html")]
struct Page {
    title: String,
    headline: String,
    short: String,
    digest: String,
    version: &'static str,
    refusals: Vec<String>,
    tenants: Vec<Tenant>,
    warnings: Vec<(String, String)>,
    style: &'static str,
    style_hash: String,
}

impl Page {
    fn of(planned: &Planned, title: &str) -> Self {
        let Planned { plan, report } = planned;
        let tenants = by_tenant(planned).into_iter().map(|(name, mailboxes)| {
            let mailboxes = mailboxes.into_iter().map(|(address, entry)| {
                let sign = entry.sign();
                let steps = entry
                    .steps
                    .iter()
                    .filter_map(|step| step_words(&step.action).map(|words| line(Sign::of(&step.action), &words)));
                let reasons = entry.not_planned.iter().map(|reason| line(Sign::Stopped, &reason.reason.sentence()));
                Mailbox {
                    address: harmless(address.as_str()),
                    word: match sign {
                        Sign::Add => "created",
                        Sign::Remove => "deleted",
                        Sign::Change => "changed",
                        Sign::Stopped => "not planned",
                    },
                    class: class(sign),
                    title: harmless(&entry.title()),
                    steps: steps.chain(reasons).collect(),
                }
            });
            Tenant { name: harmless(&name.to_string()), mailboxes: mailboxes.collect() }
        });
        Self {
            title: harmless(title),
            headline: sentence(&summary_with_rest(planned)),
            short: plan.digest().short().to_string(),
            digest: plan.digest().to_string(),
            version: env!("CARGO_PKG_VERSION"),
            refusals: report.refusals.iter().map(|refusal| harmless(&refusal.to_string())).collect(),
            tenants: tenants.collect(),
            warnings: report
                .warnings
                .iter()
                .map(|warning| (harmless(&warning.message), harmless(&warning.remedy)))
                .collect(),
            style: STYLE,
            style_hash: csp_hash(STYLE),
        }
    }
}

/// The signs of the text, with the word that says the same to who does not see them.
fn line(sign: Sign, words: &str) -> Line {
    let word = match sign {
        Sign::Add => "added",
        Sign::Remove => "removed",
        Sign::Change => "changed",
        Sign::Stopped => "not planned",
    };
    Line { sign: sign.character(), word, class: class(sign), words: harmless(words) }
}

fn class(sign: Sign) -> &'static str {
    match sign {
        Sign::Add => "good",
        Sign::Remove => "bad",
        Sign::Change => "edge",
        Sign::Stopped => "open",
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    harmless(&(first + letters.as_str()))
}
