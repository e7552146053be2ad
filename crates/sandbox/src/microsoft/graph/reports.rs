//! Reports: who has registered which methods of signing in.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::super::ids::{after, graph_time};
use super::super::state::{Account, Tenant};
use super::errors::{Failure, failure};
use super::permissions::{self as need, READ_SIGN_INS};
use super::query::{Kind, Query};
use super::{Answer, Call, not_there};

/// So many requests for reports are taken from an app in so many seconds (facts sheet, Microsoft 3, «Throttling»).
const REQUESTS: usize = 5;
const SECONDS: i64 = 10;

const REGISTRATION: Kind = Kind::plain(
    "microsoft.graph.userRegistrationDetails",
    "reports/authenticationMethods/userRegistrationDetails",
    &[
        "id",
        "isAdmin",
        "isMfaCapable",
        "isMfaRegistered",
        "isPasswordlessCapable",
        "isSsprCapable",
        "isSsprEnabled",
        "isSsprRegistered",
        "isSystemPreferredAuthenticationMethodEnabled",
        "lastUpdatedDateTime",
        "methodsRegistered",
        "systemPreferredAuthenticationMethods",
        "userDisplayName",
        "userPreferredMethodForSecondaryAuthentication",
        "userPrincipalName",
        "userType",
    ],
);

/// Answers for reports.
pub(super) fn answer(call: &mut Call, rest: &[&str]) -> Answer {
    match (call.request.method.as_str(), rest) {
        ("GET", ["authenticationMethods", "userRegistrationDetails"]) => {
            need::require(call.claims, READ_SIGN_INS)?;
            take_turn(call)?;
            let query = Query::read(call.request, &REGISTRATION)?;
            let now = call.moment.now;
            // Disabled accounts are missing from the report (facts sheet, Microsoft 3, «MFA»).
            let there =
                |account: &&Account| account.enabled && account.deleted.is_none() && account.visible_from <= now;
            let rows = |from: &str| {
                call.tenant.accounts.after(from).filter(there).map(|account| registration(call.tenant, account))
            };
            Ok(query.page_by_id(rows, &REGISTRATION, call.request, call.moment))
        }
        _ => Err(not_there(call, rest)),
    }
}

/// Refuses an app that asks too often.
fn take_turn(call: &mut Call) -> Result<(), Failure> {
    let now = call.moment.now;
    let recent: &mut VecDeque<_> = call.tenant.report_calls.entry(call.claims.appid.clone()).or_default();
    while recent.front().is_some_and(|first| after(*first, SECONDS) <= now) {
        recent.pop_front();
    }
    if let Some(first) = recent.front()
        && recent.len() >= REQUESTS
    {
        let wait = after(*first, SECONDS).as_second() - now.as_second();
        return Err(failure(429, "TooManyRequests", "Please retry again later.")
            .with_inner_code("429")
            .with_wait(wait.max(1)));
    }
    recent.push_back(now);
    Ok(())
}

fn registration(tenant: &Tenant, account: &Account) -> Value {
    let has = account.second_factor;
    json!({
        "id": account.id,
        "isAdmin": false,
        "isMfaCapable": has,
        "isMfaRegistered": has,
        "isPasswordlessCapable": false,
        "isSsprCapable": has,
        "isSsprEnabled": true,
        "isSsprRegistered": has,
        "isSystemPreferredAuthenticationMethodEnabled": true,
        "lastUpdatedDateTime": graph_time(tenant.starts()),
        "methodsRegistered": if has { vec!["microsoftAuthenticatorPush"] } else { Vec::new() },
        "systemPreferredAuthenticationMethods": if has { vec!["PhoneAppNotification"] } else { Vec::new() },
        "userDisplayName": account.display_name,
        "userPreferredMethodForSecondaryAuthentication": if has { "push" } else { "none" },
        "userPrincipalName": account.user_principal_name,
        "userType": if account.guest { "guest" } else { "member" },
    })
}
