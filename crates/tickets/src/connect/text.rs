//! What stands in comments: the approval of a plan, and the digests that our own comment shows.

use std::collections::BTreeSet;

use tripod_provisioner::Digest;

/// The fewest digits of a digest that an approval may name; as many as people are shown.
const SHORTEST: usize = 12;

/// The digests that a text shows in full.
pub(super) fn digests(text: &str) -> BTreeSet<String> {
    let words = text.split(|character: char| !character.is_ascii_alphanumeric());
    words.filter(|word| word.parse::<Digest>().is_ok()).map(str::to_owned).collect()
}

/// The plan that a comment approves: a line of its own, `/approve` and the digest in full or its first twelve digits
/// or more. `shown` are the digests in our own comment, by which a short one is told; one that fits none or several is
/// no approval. Lines that quote somebody begin otherwise and do not count.
pub(super) fn approved(comment: &str, shown: &BTreeSet<String>) -> Option<Digest> {
    let mut found = comment.lines().filter_map(|line| line.trim_end().strip_prefix("/approve ")).map(str::trim);
    let (Some(word), None) = (found.next(), found.next()) else { return None };
    let word = word.trim_matches('`');
    if let Ok(digest) = word.parse() {
        return Some(digest);
    }
    if word.len() < SHORTEST {
        return None;
    }
    let mut fitting = shown.iter().filter(|digest| digest.starts_with(word));
    match (fitting.next(), fitting.next()) {
        (Some(digest), None) => digest.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    const OTHER: &str = "0123456789abffff0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn an_approval_names_one_plan_on_a_line_of_its_own() {
        let shown = digests(&format!("The plan `{ONE}` …"));
        let digest: Option<Digest> = ONE.parse().ok();
        for text in [format!("/approve {ONE}"), format!("Fine.\r\n/approve `{}`\r\n", &ONE[..12])] {
            assert_eq!(approved(&text, &shown), digest, "{text}");
        }
        let twice = format!("/approve {ONE}\n/approve {OTHER}");
        let quoted = format!("> /approve {ONE}");
        for text in ["/approve", "/approve 0123", "approve 0123456789ab", "/approve fedcba987654", &twice, &quoted] {
            assert_eq!(approved(text, &shown), None, "{text}");
        }
    }

    #[test]
    fn a_short_digest_that_fits_two_plans_is_no_approval() {
        let shown = digests(&format!("{ONE} {OTHER}"));
        assert_eq!(approved("/approve 0123456789ab", &shown), None);
        assert_eq!(approved("/approve 0123456789abc", &shown), ONE.parse().ok());
    }
}
