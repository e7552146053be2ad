//! Whether there is a licence for each account that is still to be made.

use futures::future::join_all;
use tripod_tenant::{CauseId, Diagnosis, ErrorKind, Purpose, TenantError};

use super::Round;
use super::scopes::short;
use crate::scope::USAGE_READ;
use crate::usage::{Edition, Licences};

const SUBJECT: &str = "free licences";
const WHERE: &str = "look at Admin console › Billing › Subscriptions";

/// What a report says of the licences for new accounts.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    /// Every edition has enough.
    Enough,
    /// All editions together have too few.
    Short,
    /// All editions together have enough, and not each by itself.
    Divided,
    /// It does not say how many were bought.
    Untold,
    /// All editions that it counts together have too few, and so many accounts have licences of others, or none.
    Beside(u64),
}

impl Round<'_> {
    /// The licences for those of the accounts that are not there yet; nothing if all are.
    ///
    /// The scope for it is optional, and is asked for only here and only then. Whatever keeps the licences from being
    /// counted leaves them unknown: no command needs the report.
    pub(super) async fn licences(&self, accounts: &[&str], by: &[Purpose]) -> Option<Diagnosis> {
        let looks = join_all(accounts.iter().map(|address| self.caller.user(address))).await;
        let errors: Vec<_> = looks.into_iter().filter_map(Result::err).collect();
        let new = errors.iter().filter(|error| error.kind == ErrorKind::Missing).count();
        if new < errors.len() {
            return Some(Diagnosis::unknown(SUBJECT, by, "it cannot be read which accounts are there already"));
        }
        let need = match new {
            0 => return None,
            1 => "1 new account needs a licence".to_owned(),
            _ => format!("{new} new accounts need a licence each"),
        };
        Some(match self.caller.licences().await {
            Ok(licences) => self.judged(&licences, new as u64, &need, by).await,
            Err(error) => not_counted(&error, &need, by),
        })
    }

    async fn judged(&self, licences: &Licences, new: u64, need: &str, by: &[Purpose]) -> Diagnosis {
        let day = licences.day;
        let sum = |of: fn(&Edition) -> u64| licences.editions.iter().map(of).sum::<u64>();
        let (bought, used) = (sum(|edition| edition.bought), sum(|edition| edition.used));
        let tally = format!("{bought} bought, {used} in use, by Google's report of {day}");
        let unknown = |why: String| Diagnosis::unknown(SUBJECT, by, format!("{need}, and {why}; {WHERE}"));
        match standing(licences, new) {
            Standing::Enough => Diagnosis::fine(format!("{SUBJECT} ({tally})"), by),
            Standing::Untold => unknown(format!("Google's report of {day} does not tell how many were bought")),
            Standing::Divided => unknown(format!(
                "not every edition has as many ({tally}); which one a new account gets follows from automatic licensing"
            )),
            Standing::Beside(others) => {
                let have = if others == 1 { "1 account has" } else { &format!("{others} accounts have") };
                unknown(format!("{have} one that the report does not count, or none ({tally})"))
            }
            Standing::Short if self.caller.is_fixed(licences).await => {
                let free = match bought.saturating_sub(used) {
                    0 => "none is free".to_owned(),
                    1 => "1 is free".to_owned(),
                    free => format!("{free} are free"),
                };
                let sentence = format!("{need}, and {free} ({tally})");
                Diagnosis::missing(SUBJECT, by, CauseId::GoogleNoFreeLicence, sentence)
            }
            Standing::Short => unknown(format!(
                "none was free ({tally}), which is so every day on the Flexible Plan, where an account brings its own; \
                 on another plan, buy one first"
            )),
        }
    }
}

fn standing(licences: &Licences, new: u64) -> Standing {
    let editions = &licences.editions;
    // More in use than bought: the number is not there, or is of something else.
    if editions.is_empty() || editions.iter().any(|edition| edition.bought < edition.used) {
        return Standing::Untold;
    }
    let free = |edition: &Edition| edition.bought - edition.used;
    if editions.iter().all(|edition| free(edition) >= new) {
        return Standing::Enough;
    }
    if editions.iter().map(free).sum::<u64>() >= new {
        return Standing::Divided;
    }
    match licences.accounts.saturating_sub(editions.iter().map(|edition| edition.used).sum()) {
        0 => Standing::Short,
        others => Standing::Beside(others),
    }
}

fn not_counted(error: &TenantError, need: &str, by: &[Purpose]) -> Diagnosis {
    if error.is_transient() {
        return Diagnosis::from_error(SUBJECT, by, error);
    }
    let scope = short(USAGE_READ);
    let why = if error.cause == Some(CauseId::GoogleScopeNotDelegated) {
        format!(
            "domain-wide delegation lacks the optional scope {scope}, with which Google tells how many are free; \
             add {USAGE_READ} to the client id"
        )
    } else if error.kind == ErrorKind::Denied {
        format!("{error}; it takes the optional scope {scope} and an administrator who may read reports")
    } else {
        error.to_string()
    };
    Diagnosis::unknown(SUBJECT, by, format!("{need}, and {why}; or {WHERE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn licences(editions: &[(&'static str, u64, u64)], accounts: u64) -> Licences {
        let edition = |(name, bought, used): &(&'static str, u64, u64)| Edition::new(name, *bought, *used);
        Licences { day: "2026-11-20".parse().unwrap(), editions: editions.iter().map(edition).collect(), accounts }
    }

    #[test]
    fn only_a_report_that_tells_all_says_that_there_are_too_few() {
        let table = [
            (&[("basic", 12, 10)][..], 10, 2, Standing::Enough),
            (&[("basic", 12, 11)], 11, 2, Standing::Short),
            (&[("basic", 12, 12)], 12, 1, Standing::Short),
            // Fewer than are in use, none at all, or nothing said.
            (&[("basic", 11, 12)], 12, 1, Standing::Untold),
            (&[("basic", 0, 12)], 12, 1, Standing::Untold),
            (&[], 12, 1, Standing::Untold),
            (&[("basic", 12, 10), ("enterprise", 5, 3)], 13, 2, Standing::Enough),
            (&[("basic", 12, 10), ("enterprise", 5, 5)], 15, 2, Standing::Divided),
            (&[("basic", 12, 10), ("enterprise", 5, 5)], 15, 3, Standing::Short),
            (&[("basic", 12, 10), ("enterprise", 0, 5)], 15, 1, Standing::Untold),
            // There is an edition of which the report tells nothing.
            (&[("basic", 12, 12)], 40, 1, Standing::Beside(28)),
        ];
        for (editions, accounts, new, expected) in table {
            assert_eq!(standing(&licences(editions, accounts), new), expected, "{editions:?} {accounts} {new}");
        }
    }
}
