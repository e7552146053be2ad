//! A verification as one self-contained page, for somebody who does not use Tripod.

use askama::Template;
use jiff::tz::TimeZone;
use tripod_verifier::Severity;

use crate::html::bars::{Bars, bars};
use crate::html::exposure::{Exposed, exposure};
use crate::html::rows::{self, AcceptedRow, FindingRow, MailboxRow, NotApplicableRow, UnknownRow};
use crate::html::trend::{Trend, trend};
use crate::html::{STYLE, csp_hash};
use crate::reported::{Position, Reported, counted, headline, number, position};
use crate::words::harmless;

/// Why a page could not be written.
pub type HtmlError = askama::Error;

const SCRIPT: &str = include_str!("../templates/filter.js");

/// A verification as HTML: one page without anything from elsewhere, which works without its script, on a small
/// screen, for a screen reader, in the dark and on paper. It names no more people than the text does.
pub fn verification_html(reported: &Reported<'_>) -> Result<String, HtmlError> {
    Page::of(reported).render()
}

/// A number that stands at the top.
struct Fact {
    number: String,
    words: &'static str,
    class: &'static str,
}

#[derive(Template)]
#[template(path = "verification.html")]
struct Page {
    title: String,
    headline: String,
    is_clean: bool,
    at: String,
    machine_at: String,
    quorum: String,
    version: &'static str,
    facts: Vec<Fact>,
    bars: Bars,
    trend: Option<Trend>,
    findings: Vec<FindingRow>,
    /// Severity and number, the worst first.
    severities: Vec<(&'static str, usize)>,
    groups: Vec<&'static str>,
    unknown: Vec<UnknownRow>,
    accepted: Vec<AcceptedRow>,
    people: Vec<Exposed>,
    mailboxes: Vec<MailboxRow>,
    not_made: Vec<(&'static str, &'static str)>,
    not_applicable: Vec<NotApplicableRow>,
    findings_words: String,
    style: &'static str,
    script: &'static str,
    style_hash: String,
    script_hash: String,
}

impl Page {
    fn of(reported: &Reported<'_>) -> Self {
        let Reported { verification, trend: points, title } = *reported;
        let at = TimeZone::UTC.to_datetime(verification.at);
        let findings: Vec<FindingRow> = verification.findings.iter().map(rows::finding).collect();
        let of_severity =
            |severity: Severity| verification.findings.iter().filter(|one| one.severity == severity).count();
        let severities: Vec<_> =
            Severity::WORDS.iter().rev().map(|(word, severity)| (*word, of_severity(*severity))).collect();
        let groups = rows::GROUPS
            .iter()
            .map(|group| rows::group(*group))
            .filter(|group| findings.iter().any(|finding| finding.group == *group))
            .collect();
        Self {
            title: harmless(title),
            headline: headline(verification),
            is_clean: verification.is_clean(),
            at: at.strftime("%-d %B %Y, %H:%M UTC").to_string(),
            machine_at: verification.at.to_string(),
            quorum: number(verification.quorum),
            version: env!("CARGO_PKG_VERSION"),
            facts: facts(reported),
            bars: bars(verification),
            trend: trend(points),
            findings_words: counted(findings.len(), "finding", "findings"),
            findings,
            severities,
            groups,
            unknown: verification.unknown.iter().map(rows::unknown).collect(),
            accepted: verification.accepted.iter().map(rows::accepted).collect(),
            people: exposure(verification),
            mailboxes: verification.mailboxes.iter().map(|mailbox| rows::mailbox(verification, mailbox)).collect(),
            not_made: verification.not_made.iter().map(|check| (check.id(), check.meaning())).collect(),
            not_applicable: verification.not_applicable.iter().map(rows::not_applicable).collect(),
            style: STYLE,
            script: SCRIPT,
            style_hash: csp_hash(STYLE),
            script_hash: csp_hash(SCRIPT),
        }
    }
}

fn facts(reported: &Reported<'_>) -> Vec<Fact> {
    let verification = reported.verification;
    let count = |wanted: Position| {
        verification.mailboxes.iter().filter(|mailbox| position(verification, mailbox) == wanted).count()
    };
    let (sound, too_few, open) = (count(Position::Sound), count(Position::TooFew), count(Position::Open));
    let on_edge = verification.mailboxes.iter().filter(|mailbox| mailbox.active == verification.quorum).count();
    let urgent = verification.at_least(Severity::High).count();
    let unknown = verification.unknown.len();
    let warn = |count: usize, class: &'static str| if count > 0 { class } else { "good" };
    vec![
        Fact {
            number: format!("{sound} of {}", sound + too_few + open),
            words: "mailboxes stand on enough active people",
            class: if too_few > 0 { "bad" } else { warn(open, "open") },
        },
        Fact {
            number: on_edge.to_string(),
            words: "of them have exactly as many as they need: one departure away from too few",
            class: warn(on_edge, "edge"),
        },
        Fact { number: urgent.to_string(), words: "critical or high findings", class: warn(urgent, "bad") },
        Fact { number: unknown.to_string(), words: "could not be checked", class: warn(unknown, "open") },
    ]
}
