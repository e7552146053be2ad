//! What stands in comments: the approval of a plan, and characters that are written in another way.

use tripod_provisioner::Digest;

/// The plan that a comment approves: a line of its own, `/approve` and the digest with all its digits. With fewer, a
/// requester could look for two requests whose plans begin alike, have one approved, and put the other in its place.
/// Lines that quote somebody begin otherwise and do not count; neither do two approvals in one comment.
pub(super) fn approved(comment: &str) -> Option<Digest> {
    let mut found = comment.lines().filter_map(|line| line.trim_end().strip_prefix("/approve ")).map(str::trim);
    let (Some(word), None) = (found.next(), found.next()) else { return None };
    word.trim_matches('`').parse().ok()
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
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const OTHER: &str = "0123456789abffff0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn an_approval_names_one_plan_in_full_on_a_line_of_its_own() {
        let digest: Option<Digest> = ONE.parse().ok();
        for text in [format!("/approve {ONE}"), format!("Fine.\r\n/approve `{ONE}`\r\n")] {
            assert_eq!(approved(&text), digest, "{text}");
        }
        let twice = format!("/approve {ONE}\n/approve {OTHER}");
        let quoted = format!("> /approve {ONE}");
        let short = format!("/approve {}", &ONE[..12]);
        for text in ["/approve", "/approve 0123", "approve 0123456789ab", &short, &twice, &quoted] {
            assert_eq!(approved(text), None, "{text}");
        }
    }
    #[test]
    fn what_would_be_markup_stays_an_entity() {
        assert_eq!(decoded("a&#64;b &#91;code&#93; &# &#x", &['[', ']']), "a@b &#91;code&#93; &# &#x");
    }
}
