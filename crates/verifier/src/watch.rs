//! What is worth telling after a look, and how a webhook is told.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tripod_model::Severity;

use crate::finding::{Finding, UnknownCheck};
use crate::verification::Verification;

/// How a look differs from what was known before it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct News {
    /// Findings that were not known.
    pub new: Vec<Finding>,
    /// Findings that are gone for certain: the checks were made and are silent.
    pub gone: Vec<Finding>,
    /// Findings that were known and are still there.
    pub still: Vec<Finding>,
    /// Findings that were known and could not be checked this time. They stay known.
    pub unsure: Vec<Finding>,
}

impl News {
    /// Whether there is anything to tell: something new, or something gone.
    #[must_use]
    pub fn is_worth_telling(&self) -> bool {
        !self.new.is_empty() || !self.gone.is_empty()
    }
}

/// Compares what was known with what a look found. A finding whose check could not be made is not gone.
#[must_use]
pub fn news(known: &[Finding], present: &Verification) -> News {
    let prints: std::collections::BTreeSet<String> = present.findings.iter().map(Finding::fingerprint).collect();
    let before: std::collections::BTreeSet<String> = known.iter().map(Finding::fingerprint).collect();
    let mut news = News::default();
    for finding in &present.findings {
        let side = if before.contains(&finding.fingerprint()) { &mut news.still } else { &mut news.new };
        side.push(finding.clone());
    }
    for finding in known.iter().filter(|finding| !prints.contains(&finding.fingerprint())) {
        let hidden = present.unknown.iter().any(|unknown| hides(unknown, finding));
        let side = if hidden { &mut news.unsure } else { &mut news.gone };
        side.push(finding.clone());
    }
    news
}

/// Whether what could not be found out may be what a finding rests on.
fn hides(unknown: &UnknownCheck, finding: &Finding) -> bool {
    let here =
        unknown.tenant == finding.tenant && unknown.mailbox.as_ref().is_none_or(|mailbox| *mailbox == finding.mailbox);
    let same_rule = unknown.rule.is_none() || unknown.rule == finding.rule;
    here && unknown.check.is_none_or(|check| check == finding.check && same_rule)
}

/// The headline of a message, e.g. `2 new findings, 1 gone`.
fn headline(news: &News) -> String {
    let count = |number: usize| match number {
        1 => "1 new finding".to_owned(),
        n => format!("{n} new findings"),
    };
    match (news.new.len(), news.gone.len()) {
        (0, gone) => format!("Tripod: {gone} gone, nothing new"),
        (new, 0) => format!("Tripod: {}", count(new)),
        (new, gone) => format!("Tripod: {}, {gone} gone", count(new)),
    }
}

/// A message for a program of one's own: the findings as in the JSON of `verify`, and an id by which the same message
/// can be recognised if it arrives twice.
#[must_use]
pub fn generic_payload(news: &News, at: Timestamp) -> Value {
    let mut parts: Vec<String> = news.new.iter().map(|finding| format!("+{}", finding.fingerprint())).collect();
    parts.extend(news.gone.iter().map(|finding| format!("-{}", finding.fingerprint())));
    parts.push(at.to_string());
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    json!({
        "version": crate::FINDINGS_VERSION,
        "id": crate::finding::fingerprint(&parts),
        "at": at,
        "headline": headline(news),
        "new": news.new,
        "gone": news.gone,
        "still": news.still.len(),
    })
}

/// No chat shows more than so many findings well; the rest are counted.
const MOST: usize = 15;

/// A message for an incoming webhook of Slack (`text`, and blocks of at most 3000 characters each).
#[must_use]
pub fn slack_payload(news: &News) -> Value {
    let mut blocks = vec![json!({"type": "header", "text": {"type": "plain_text", "text": headline(news)}})];
    let section = |text: String| json!({"type": "section", "text": {"type": "mrkdwn", "text": cut(&text, 2900)}});
    for finding in news.new.iter().take(MOST) {
        blocks.push(section(format!(
            "{} *{}* {}\n_{}_",
            sign(finding.severity),
            finding.severity.word(),
            slack_text(&finding.message),
            slack_text(&finding.remedy.sentence)
        )));
    }
    for finding in news.gone.iter().take(MOST) {
        blocks.push(section(format!("✓ gone: {}", slack_text(&finding.message))));
    }
    blocks.extend(rest(news).map(section));
    json!({"text": headline(news), "blocks": blocks})
}

/// A message for a webhook of Microsoft Teams (Workflows): an adaptive card.
#[must_use]
pub fn teams_payload(news: &News) -> Value {
    let text = |text: String, more: Value| {
        let mut block = json!({"type": "TextBlock", "wrap": true, "text": text});
        if let (Some(block), Some(more)) = (block.as_object_mut(), more.as_object()) {
            block.extend(more.clone());
        }
        block
    };
    let mut body = vec![text(headline(news), json!({"size": "Large", "weight": "Bolder"}))];
    for finding in news.new.iter().take(MOST) {
        let colour = if finding.severity >= Severity::High { "Attention" } else { "Warning" };
        let line = format!("{} {}: {}", sign(finding.severity), finding.severity.word(), teams_text(&finding.message));
        body.push(text(line, json!({"color": colour, "spacing": "Medium"})));
        body.push(text(teams_text(&finding.remedy.sentence), json!({"isSubtle": true, "spacing": "None"})));
    }
    for finding in news.gone.iter().take(MOST) {
        body.push(text(format!("✓ gone: {}", teams_text(&finding.message)), json!({"color": "Good"})));
    }
    body.extend(rest(news).map(|line| text(line, json!({}))));
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": body,
            },
        }],
    })
}

fn sign(severity: Severity) -> &'static str {
    if severity >= Severity::High { "✗" } else { "!" }
}

/// How many findings are left out of a message for people.
fn rest(news: &News) -> Option<String> {
    let left = news.new.len().saturating_sub(MOST) + news.gone.len().saturating_sub(MOST);
    (left > 0).then(|| format!("and {left} more; `tripod verify` shows them all"))
}

fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest).chain(['…']).collect()
}

/// Slack's three special characters as it wants them, so that nothing of a tenant's becomes a link or a mention.
fn slack_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A text that adaptive cards do not take for Markdown.
fn teams_text(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, character| {
        if matches!(character, '\\' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '~' | '<') {
            escaped.push('\\');
        }
        escaped.push(character);
        escaped
    })
}
