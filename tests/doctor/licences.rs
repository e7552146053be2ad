//! Whether there is a licence for each account that is still to be made. The example wants two new ones at Google, where
//! as many licences are in use as `USED` says.

use tempfile::TempDir;

use super::{GOOGLE, doctor, names_only, run, two_tenants, with_line};

/// Everybody of Juniper's.
const USED: usize = 18;
const SCOPE: &str = "https://www.googleapis.com/auth/admin.reports.usage.readonly";

/// The example with that many licences.
fn with_seats(seats: usize) -> TempDir {
    with_line(GOOGLE, &format!("seats: {seats}"))
}

/// Why it is not known how many are free. That alone is not known, and nothing lacks.
fn why(folder: &TempDir) -> String {
    let seen = doctor(folder.path(), &["--sandbox"]);
    let unknown = seen.by_outcome("unknown");
    let subjects: Vec<_> =
        unknown.iter().map(|(place, row)| (place.as_str(), row["subject"].as_str().unwrap())).collect();
    assert_eq!((subjects, seen.status), (vec![("juniper/reads", "free licences")], 0), "{}", seen.said);
    assert!(seen.causes().is_empty(), "{}", seen.said);
    unknown[0].1["why"].as_str().unwrap().to_owned()
}

#[test]
fn fewer_free_ones_than_new_accounts_are_named() {
    for (seats, free) in [(USED, "none is free (18 bought, 18 in use"), (USED + 1, "1 is free (19 bought, 18 in use")] {
        let seen = names_only(&with_seats(seats), "juniper", "google-no-free-licence");
        let missing = seen.by_outcome("missing");
        let sentence = missing[0].1["sentence"].as_str().unwrap();
        let expected = format!("2 new accounts need a licence each, and {free}, by Google's report of 2026-11-20)");
        assert_eq!((missing.len(), sentence), (1, expected.as_str()), "{}", seen.said);
    }
}

#[test]
fn enough_free_ones_are_fine_and_of_what_day_the_report_is_stands_beside() {
    let seen = doctor(with_seats(USED + 2).path(), &["--sandbox"]);
    assert!(seen.rows.iter().all(|(_, row)| row["outcome"] == "fine"), "{}", seen.said);
    let subject = "free licences (20 bought, 18 in use, by Google's report of 2026-11-20)";
    assert!(
        seen.rows.iter().any(|(place, row)| place == "juniper/reads" && row["subject"] == subject),
        "{}",
        seen.said
    );
}

#[test]
fn without_the_optional_scope_it_is_not_known_and_the_scope_is_named() {
    let why = why(&with_line(GOOGLE, &format!("seats: {USED}\n    missing-permissions: [\"{SCOPE}\"]")));
    assert!(why.contains("optional") && why.contains(&format!("add {SCOPE} to the client id")), "{why}");
}

#[test]
fn without_a_number_of_licences_it_is_not_known() {
    let why = why(&two_tenants());
    assert!(why.contains("does not tell how many were bought"), "{why}");
}

#[test]
fn an_account_that_is_refused_for_want_of_a_licence_says_so_in_plain_words() {
    let folder = with_seats(USED + 1);
    let applied = run(folder.path(), &["apply", "--yes", "--sandbox"]);
    let said = String::from_utf8_lossy(&applied.stdout).into_owned() + &String::from_utf8_lossy(&applied.stderr);
    assert_eq!(applied.status.code(), Some(5), "{said}");
    for part in ["no licence is free for one more account", "Domain user limit reached", "Billing › Subscriptions"] {
        assert!(said.contains(part), "{said}");
    }
}
