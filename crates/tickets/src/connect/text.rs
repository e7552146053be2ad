//! What stands in comments: the approval of a plan, and characters that are written in another way.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};
use tripod_provisioner::Digest;

use crate::desk::Uncounted;
use crate::text::is_hidden;

/// What a comment says to the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    /// It approves the plan with this digest.
    Approves(Digest),
    /// It is meant as an approval, or shows one, and is none.
    Meant(Uncounted),
    /// Nothing that matters here.
    Nothing,
}

/// Reads a comment in plain text. It approves a plan if it is one line, `/approve` and the digest with all its digits,
/// and nothing else: whoever says no may quote the line, and who signs or greets may say anything beside it. With fewer
/// digits, a requester could look for two requests whose plans begin alike, have one approved, and put the other in its
/// place. Blank lines around the line do not matter; a space before it could make it code.
pub(super) fn reading(comment: &str) -> Reading {
    let body = comment.trim_start_matches(['\r', '\n']).trim_end_matches([' ', '\t', '\r', '\n']);
    if let Some(digest) = line(body) {
        return Reading::Approves(digest);
    }
    if !is_meant(body) {
        return Reading::Nothing;
    }
    let odd = |c: char| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t') || c.is_whitespace() && !c.is_ascii();
    Reading::Meant(if body.lines().any(|each| line(each.trim()).is_some()) {
        if body.lines().count() == 1 { Uncounted::Marked } else { Uncounted::More }
    } else if body.chars().any(odd) {
        Uncounted::Hidden
    } else if line(body.trim_matches(['`', '*', '_', '~', '>', ' ', '\t'])).is_some() {
        Uncounted::Marked
    } else if body.contains("/approve ") && body.split_whitespace().any(|word| word.parse::<Digest>().is_ok()) {
        Uncounted::More
    } else {
        Uncounted::NotTheLine
    })
}

/// The digest of the line that approves.
fn line(text: &str) -> Option<Digest> {
    let digits = text.strip_prefix("/approve")?.strip_prefix([' ', '\t'])?.trim_start_matches([' ', '\t']);
    let plain = digits.len() == 64 && digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    plain.then(|| digits.parse().ok()).flatten()
}

/// What people write when they mean yes, as the whole first line, without marks and in small letters.
const YES: [&str; 26] = [
    "ok",
    "okay",
    "yes",
    "yep",
    "sure",
    "agreed",
    "lgtm",
    "looks good",
    "looks good to me",
    "go ahead",
    "fine by me",
    "fine",
    "+1",
    "👍",
    "✅",
    "ja",
    "genehmigt",
    "einverstanden",
    "freigegeben",
    "oui",
    "daccord",
    "sí",
    "si",
    "aprobado",
    "confirmed",
    "granted",
];

/// Whether a comment is meant as an approval, or shows one.
fn is_meant(text: &str) -> bool {
    let visible: String = text.chars().filter(|character| !is_hidden(*character) || *character == '\n').collect();
    let visible = visible.to_lowercase();
    let digits = |run: &str| run.len() >= 12 && run.bytes().any(|byte| byte.is_ascii_digit());
    if visible.contains("approv") || visible.split(|c: char| !c.is_ascii_hexdigit()).any(digits) {
        return true;
    }
    let first = visible.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let plain: String = first.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '+' | '👍' | '✅')).collect();
    YES.contains(&plain.trim())
}

/// What tells a text from every other; line breaks may come back in another form.
pub(super) fn fingerprint(text: &str) -> String {
    let digest = Sha256::digest(text.replace("\r\n", "\n").trim_end().as_bytes());
    digest.iter().fold(String::new(), |mut found, byte| {
        // Writing to a string cannot fail.
        let _ = write!(found, "{byte:02x}");
        found
    })
}

/// The entities that [`crate::text::markdown`] writes, as the characters that they stand for, but for those to keep.
pub(super) fn decoded(text: &str, keep: &[char]) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("&#") {
        plain.push_str(before);
        let number = after.split_once(';').and_then(|(digits, tail)| Some((digits.parse::<u32>().ok()?, tail)));
        let character = number.and_then(|(code, tail)| Some((char::from_u32(code)?, tail)));
        if let Some((character, tail)) = character.filter(|(character, _)| !keep.contains(character)) {
            plain.push(character);
            rest = tail;
        } else {
            plain.push_str("&#");
            rest = after;
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const OTHER: &str = "0123456789abffff0123456789abcdef0123456789abcdef0123456789abcdef";

    fn plan() -> Digest {
        ONE.parse().unwrap()
    }

    #[test]
    fn an_approval_is_the_line_alone_with_every_digit() {
        for text in [format!("/approve {ONE}"), format!("\r\n/approve  {ONE} \r\n\r\n")] {
            assert_eq!(reading(&text), Reading::Approves(plan()), "{text}");
        }
    }

    #[test]
    fn what_shows_the_line_or_means_it_is_told_why_it_does_not_count() {
        let why = |text: &str| match reading(&text.replace("ONE", ONE)) {
            Reading::Meant(why) => why,
            other => panic!("{text}: {other:?}"),
        };
        let twice = format!("/approve {ONE}\n/approve {OTHER}");
        for text in [&twice, "Fine.\n/approve ONE", "/approve ONE\n-- \nLee", "No: /approve ONE", "/approve ONE please"]
        {
            assert_eq!(why(text), Uncounted::More, "{text}");
        }
        for text in ["> /approve ONE", "`/approve ONE`", "    /approve ONE", "**/approve ONE**", "~~/approve ONE~~"] {
            assert_eq!(why(text), Uncounted::Marked, "{text}");
        }
        for text in ["/approve\u{a0}ONE", "\u{200b}/approve ONE", "/approve ONE\u{feff}"] {
            assert_eq!(why(text), Uncounted::Hidden, "{text}");
        }
        let short = format!("/approve {}", &ONE[..12]);
        for text in ["/approve", &short, "/Approve ONE", "ONE", "LGTM!", "Ja.\n\nLee", "👍", "I approve this"] {
            assert_eq!(why(text), Uncounted::NotTheLine, "{text}");
        }
        for text in ["No.", "Why three people?", "thank you", ""] {
            assert_eq!(reading(text), Reading::Nothing, "{text}");
        }
    }

    #[test]
    fn what_would_be_markup_stays_an_entity() {
        assert_eq!(decoded("a&#64;b &#91;code&#93; &# &#x", &['[', ']']), "a@b &#91;code&#93; &# &#x");
    }
}
