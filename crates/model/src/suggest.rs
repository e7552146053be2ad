//! «Did you mean …?»: the word that somebody probably meant.

/// The candidate that is most like a word, if one is like enough for a slip of the fingers.
///
/// Case does not count, nor does it matter whether words are joined by `-` or `_`. Of two candidates that are as near,
/// the first one is taken, so that the same input always gives the same suggestion.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The measure takes time by the product of the lengths; nobody mistypes a word into something this long.
    if word.len() > 254 {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let word = plain(word);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let compared = plain(candidate);
            let (word, compared) = without_common_domain(&word, &compared);
            let distance = distance(word, compared);
            (distance <= allowance(word, compared)).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Of two addresses in the same domain, what tells them apart: the length of a domain excuses no slip before the @.
fn without_common_domain<'a>(word: &'a str, candidate: &'a str) -> (&'a str, &'a str) {
    match (word.split_once('@'), candidate.split_once('@')) {
        (Some((word, domain)), Some((candidate, other))) if domain == other => (word, candidate),
        _ => (word, candidate),
    }
}

/// How far apart two words are. One that begins with the other is near: «shared» for «shared-mailbox».
fn distance(word: &str, candidate: &str) -> usize {
    let prefix = word.chars().count() >= 4 && (candidate.starts_with(word) || word.starts_with(candidate));
    let edits = strsim::damerau_levenshtein(word, candidate);
    if prefix { edits.min(2) } else { edits }
}

/// How many slips are believable in words of this length.
fn allowance(word: &str, candidate: &str) -> usize {
    (word.chars().count().max(candidate.chars().count()) / 3).clamp(1, 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_fingers_finds_its_word() {
        let keys = ["delegates", "sign-in", "shared-mailbox", "group-inbox", "name"];
        for (word, meant) in [
            ("delegtaes", "delegates"),
            ("Delegate", "delegates"),
            ("sign_in", "sign-in"),
            ("shared", "shared-mailbox"),
            ("nmae", "name"),
        ] {
            assert_eq!(closest(word, keys), Some(meant), "{word}");
        }
    }

    #[test]
    fn a_different_word_suggests_nothing() {
        assert_eq!(closest("colour", ["delegates", "name"]), None);
        assert_eq!(closest("", ["name"]), None);
        assert_eq!(closest(&"a".repeat(100_000), ["name"]), None);
    }

    #[test]
    fn people_are_told_apart_by_what_stands_before_their_domain() {
        let people = ["ana@northwind.example", "astrid.lindqvist@northwind.example"];
        assert_eq!(closest("astrid.lindquist@northwind.example", people), Some(people[1]));
        assert_eq!(closest("ana@nortwind.example", people), Some(people[0]));
        assert_eq!(closest("bob@northwind.example", people), None);
    }

    #[test]
    fn of_two_as_near_the_first_is_taken() {
        assert_eq!(closest("bax", ["bar", "baz"]), Some("bar"));
    }
}
