//! Single facts of an account.

use jiff::Timestamp;
use tripod_model::Address;
use tripod_tenant::{ErrorKind, Observed, TenantError, Unknown};

use crate::wire::User;

/// A fact of an account that was asked for: absent with the account, and unknown if it could not be read.
pub(super) fn fact<T>(user: &Result<User, TenantError>, of: impl Fn(&User) -> Observed<T>) -> Observed<T> {
    match user {
        Ok(user) => of(user),
        Err(error) => Observed::from_result(Err(error.clone())),
    }
}

/// When it last signed in. A time that lacks is no proof that nobody ever did; for that, Google gives 1970.
pub(super) fn last_sign_in(user: &User) -> Observed<Option<Timestamp>> {
    match user.last_login_time.as_deref().map(str::parse::<Timestamp>) {
        Some(Ok(_)) => Observed::Present(user.last_sign_in()),
        Some(Err(_)) => not_told(user, "when it last signed in, in a form that can be read"),
        None => not_told(user, "when it last signed in"),
    }
}

/// Whether a second factor is registered.
pub(super) fn second_factor(user: &User) -> Observed<bool> {
    match user.has_second_factor {
        Some(enrolled) => Observed::Present(enrolled),
        None => not_told(user, "whether it has a second factor"),
    }
}

/// The manager, unless what stands there is no address.
pub(super) fn manager(user: &User) -> Observed<Option<Address>> {
    match (user.manager_as_written(), user.manager()) {
        (Some(_), None) => not_told(user, "who its manager is by address, only by some other text"),
        (_, manager) => Observed::Present(manager),
    }
}

/// The recovery address and telephone number.
pub(super) fn recovery(user: &User) -> Observed<Vec<String>> {
    let means = [&user.recovery_email, &user.recovery_phone];
    Observed::Present(means.into_iter().flatten().filter(|text| !text.is_empty()).cloned().collect())
}

fn not_told<T>(user: &User, what: &str) -> Observed<T> {
    let reason = format!("Google does not tell of {} {what}", user.primary_email);
    Observed::Unknown(Unknown { kind: ErrorKind::Invalid, reason })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn user(more: &Value) -> User {
        let mut body = json!({ "id": "1", "primaryEmail": "ana@example.com" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn nineteen_seventy_is_never_and_no_time_at_all_is_unknown() {
        let never = user(&json!({ "lastLoginTime": "1970-01-01T00:00:00.000Z" }));
        assert_eq!(last_sign_in(&never), Observed::Present(None));
        let once = user(&json!({ "lastLoginTime": "2026-11-01T08:00:00.000Z" }));
        assert_eq!(last_sign_in(&once), Observed::Present(Some("2026-11-01T08:00:00Z".parse().unwrap())));
        for unclear in [json!({}), json!({ "lastLoginTime": "yesterday" })] {
            assert!(matches!(last_sign_in(&user(&unclear)), Observed::Unknown(_)), "{unclear}");
        }
    }

    #[test]
    fn a_second_factor_that_is_not_mentioned_is_not_taken_as_none() {
        assert_eq!(second_factor(&user(&json!({ "isEnrolledIn2Sv": false }))), Observed::Present(false));
        assert_eq!(second_factor(&user(&json!({ "isEnrolledIn2Sv": true }))), Observed::Present(true));
        assert!(matches!(second_factor(&user(&json!({}))), Observed::Unknown(_)));
    }

    #[test]
    fn only_the_relation_of_type_manager_is_the_manager() {
        let with =
            |kind: &str, value: &str| manager(&user(&json!({ "relations": [{ "type": kind, "value": value }] })));
        assert_eq!(with("manager", "ben@example.com"), Observed::Present(Some("ben@example.com".parse().unwrap())));
        assert_eq!(with("assistant", "ben@example.com"), Observed::Present(None));
        assert!(matches!(with("manager", "Ben Ito"), Observed::Unknown(_)));
        assert_eq!(manager(&user(&json!({}))), Observed::Present(None));
    }

    #[test]
    fn recovery_by_address_and_by_telephone_both_count() {
        let both = user(&json!({ "recoveryEmail": "ana@home.example", "recoveryPhone": "+4930123456" }));
        assert_eq!(recovery(&both), Observed::Present(vec!["ana@home.example".to_owned(), "+4930123456".to_owned()]));
        assert_eq!(recovery(&user(&json!({ "recoveryEmail": "" }))), Observed::Present(Vec::new()));
    }

    #[test]
    fn an_account_that_could_not_be_read_is_unknown_and_one_that_is_gone_has_no_facts() {
        let failed = |kind| fact(&Err(TenantError::new(kind, "read ana", "no")), second_factor);
        assert!(matches!(failed(ErrorKind::Unavailable), Observed::Unknown(_)));
        assert_eq!(failed(ErrorKind::Missing), Observed::Absent);
    }
}
