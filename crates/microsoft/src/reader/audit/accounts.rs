//! What is known of accounts, whoever they belong to: when they signed in, and whether they have a second factor.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use tripod_tenant::{ErrorKind, Observed, TenantError, Unknown};

use crate::config::Guid;
use crate::connection::Connection;
use crate::graph::application::read_all;
use crate::graph::{Call, user};

/// What `signInActivity` takes beside the licence (facts sheet, Microsoft 3).
const READ_ACTIVITY: &str = "AuditLog.Read.All and User.Read.All";
/// What the report on second factors takes.
const READ_REPORT: &str = "AuditLog.Read.All";

/// An account by its id, with the name that messages give it.
pub(super) type Account = (Guid, String);

/// Which accounts have a second factor; the error is why nobody knows.
pub(super) type Factors = Result<HashMap<String, bool>, TenantError>;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::struct_field_names, reason = "the names are Graph's")]
struct Activity {
    last_sign_in_date_time: Option<Timestamp>,
    last_non_interactive_sign_in_date_time: Option<Timestamp>,
    last_successful_sign_in_date_time: Option<Timestamp>,
}

impl Activity {
    /// The last sign-in that succeeded. Microsoft has kept that one only since the end of 2023; before that there are
    /// the last attempts, with a person or without one, of which the later counts.
    fn last(&self) -> Option<Timestamp> {
        // The year 1 stands for «never».
        let real = |time: Option<Timestamp>| time.filter(|time| time.as_second() > 0);
        let attempts = [self.last_sign_in_date_time, self.last_non_interactive_sign_in_date_time];
        real(self.last_successful_sign_in_date_time).or_else(|| attempts.into_iter().filter_map(real).max())
    }
}

/// When each of these accounts last signed in. Asked for by id, because the sign-in name gives 400 here.
pub(super) async fn last_sign_ins(
    connection: &Connection,
    accounts: &[Account],
) -> Vec<Result<Option<Timestamp>, TenantError>> {
    let operation = |label: &str| format!("read when {label} last signed in");
    let call = |(id, label): &Account| {
        Call::get(&["users", id.as_str()], READ_ACTIVITY, operation(label)).query("$select", "id,signInActivity")
    };
    let calls: Vec<Call> = accounts.iter().map(call).collect();
    let answers = connection.graph.batch(&calls).await;
    accounts.iter().zip(answers).map(|((_, label), answer)| last_sign_in(&answer?, &operation(label))).collect()
}

fn last_sign_in(user: &Value, operation: &str) -> Result<Option<Timestamp>, TenantError> {
    // Nothing there is an account that has never signed in: without licence or permission the call fails as a whole.
    let activity = user.get("signInActivity").filter(|activity| !activity.is_null());
    let activity = activity.map(Activity::deserialize).transpose().map_err(|error| {
        TenantError::new(ErrorKind::Invalid, operation, format!("the sign-in activity was not understood ({error})"))
    })?;
    Ok(activity.and_then(|activity| activity.last()))
}

/// The report on second factors, all pages of it or an error.
pub(super) async fn second_factors(connection: &Connection) -> Factors {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Details {
        id: String,
        is_mfa_registered: bool,
    }

    let operation = "list who has a second factor";
    let call = Call::get(&["reports", "authenticationMethods", "userRegistrationDetails"], READ_REPORT, operation);
    let rows = connection.graph.list(&call.of_a_report()).await?;
    let rows: Vec<Details> = read_all(rows, "an entry of the report", operation)?;
    Ok(rows.into_iter().map(|row| (row.id.to_ascii_lowercase(), row.is_mfa_registered)).collect())
}

/// Whether an account has a second factor. One that the report leaves out is unknown: it may leave out accounts that
/// are disabled (facts sheet, Microsoft 3, MFA).
pub(super) fn second_factor(factors: &Factors, (id, label): &Account) -> Observed<bool> {
    match factors.as_ref().map(|factors| factors.get(id.as_str())) {
        Ok(Some(registered)) => Observed::Present(*registered),
        Ok(None) => {
            let operation = format!("read whether {label} has a second factor");
            let message =
                "the report on authentication methods leaves the account out, as it may do with disabled ones";
            unknown(TenantError::new(ErrorKind::Unavailable, operation, message))
        }
        Err(error) => unknown(error.clone()),
    }
}

/// What a read gave; whatever failed is unknown, also what is missing.
pub(super) fn observed<T>(result: Result<T, TenantError>) -> Observed<T> {
    result.map_or_else(unknown, Observed::Present)
}

fn unknown<T>(error: TenantError) -> Observed<T> {
    Observed::Unknown(Unknown::from(error))
}

/// The properties by which a person is named.
pub(super) const NAMES: &str = "id,mail,userPrincipalName";

/// Reads the names of a user.
pub(super) fn names(id: &Guid, operation: &str) -> Call {
    Call::get(&["users", id.as_str()], user::READ, operation).query("$select", NAMES)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn last(activity: &Value) -> Option<String> {
        last_sign_in(&json!({"id": "x", "signInActivity": activity}), "x").unwrap().map(|time| time.to_string())
    }

    #[test]
    fn the_year_one_and_nothing_at_all_are_never() {
        assert_eq!(last(&Value::Null), None);
        assert_eq!(last(&json!({"lastSignInDateTime": "0001-01-01T00:00:00Z"})), None);
        assert_eq!(last(&json!({"lastSuccessfulSignInDateTime": null})), None);
        assert_eq!(last_sign_in(&json!({"id": "x"}), "x").unwrap(), None);
    }

    #[test]
    fn a_sign_in_that_succeeded_counts_before_attempts() {
        let failed_later = json!({"lastSignInDateTime": "2026-03-01T00:00:00Z",
            "lastSuccessfulSignInDateTime": "2026-01-01T00:00:00Z"});
        assert_eq!(last(&failed_later).as_deref(), Some("2026-01-01T00:00:00Z"));
        let attempts = json!({"lastSignInDateTime": "2020-03-01T00:00:00Z",
            "lastNonInteractiveSignInDateTime": "2020-04-01T00:00:00Z", "lastSuccessfulSignInDateTime": "0001-01-01T00:00:00Z"});
        assert_eq!(last(&attempts).as_deref(), Some("2020-04-01T00:00:00Z"));
    }

    #[test]
    fn an_activity_that_cannot_be_read_is_an_error_and_not_never() {
        assert!(last_sign_in(&json!({"signInActivity": {"lastSignInDateTime": "yesterday"}}), "x").is_err());
        assert!(last_sign_in(&json!({"signInActivity": 7}), "x").is_err());
    }

    #[test]
    fn an_account_that_the_report_leaves_out_is_unknown() {
        let account =
            |last: &str| (Guid::read(&format!("11111111-2222-4333-8444-55555555555{last}")).unwrap(), "x".to_owned());
        let factors = Ok(HashMap::from([(account("1").0.to_string(), true), (account("2").0.to_string(), false)]));
        assert_eq!(second_factor(&factors, &account("1")), Observed::Present(true));
        assert_eq!(second_factor(&factors, &account("2")), Observed::Present(false));
        assert!(matches!(second_factor(&factors, &account("3")), Observed::Unknown(_)));
    }
}
