//! Whether the administrator lets users delegate their mail, from the Cloud Identity Policy API (facts sheet, 1.2).

use http::Method;
use serde::Deserialize;
use tokio::sync::OnceCell;
use tripod_tenant::{ErrorKind, Observed, TenantError};

use crate::call::{Api, Call, Caller};
use crate::scope::POLICIES_READ;
use crate::wire::{Unit, User};

const FILTER: &str = "setting.type.matches('.*gmail.mail_delegation')";

/// A policy on mail delegation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Policy {
    policy_query: PolicyQuery,
    setting: PolicySetting,
}

/// Whom a policy is for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PolicyQuery {
    org_unit: Option<String>,
    group: Option<String>,
    sort_order: Option<f64>,
}

#[derive(Clone, Debug, Deserialize)]
struct PolicySetting {
    value: DelegationValue,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DelegationValue {
    enable_mail_delegation: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Policies {
    #[serde(default)]
    policies: Vec<Policy>,
    next_page_token: Option<String>,
}

impl Caller {
    /// All policies on mail delegation. The scope is optional; a customer may not have given it.
    pub(crate) async fn delegation_policies(&self) -> Result<Vec<Policy>, TenantError> {
        let what = "read the policies on mail delegation".to_owned();
        let path = "/v1/policies".to_owned();
        let call = Call::new(Api::CloudIdentity, self.admin(), POLICIES_READ, Method::GET, path, what)
            .query("filter", FILTER)
            .query("pageSize", "100");
        self.pages(call, |page: Policies| (page.policies, page.next_page_token)).await
    }
}

/// Where mail delegation is on; the units and policies behind it are read once, and only when somebody asks.
#[derive(Default)]
pub(crate) struct DelegationSwitch(OnceCell<Result<UnitsAndPolicies, TenantError>>);

type UnitsAndPolicies = (Vec<Unit>, Vec<Policy>);

impl DelegationSwitch {
    async fn read(&self, caller: &Caller) -> Result<&UnitsAndPolicies, TenantError> {
        let read = || async {
            let (units, policies) = futures::join!(caller.units(), caller.delegation_policies());
            Ok((units?, policies?))
        };
        self.0.get_or_init(read).await.as_ref().map_err(Clone::clone)
    }

    /// The same for what may be an account.
    pub(crate) async fn allows(&self, caller: &Caller, user: &Result<User, TenantError>) -> Observed<bool> {
        match user {
            Ok(user) => self.of_account(caller, user).await,
            Err(error) => Observed::from_result(Err(error.clone())),
        }
    }

    /// Whether it is on for an account. The scope is optional and in a token of its own. Whoever acts as itself may ask
    /// for no policies, and finds no mailbox with delegates either, so that there is no switch then.
    pub(crate) async fn of_account(&self, caller: &Caller, user: &User) -> Observed<bool> {
        if caller.acts_as_itself {
            return Observed::Absent;
        }
        match self.is_on(caller, user).await {
            Ok(is_on) => Observed::Present(is_on),
            Err(error) => Observed::Unknown(error.into()),
        }
    }

    /// Whether mail delegation is on for an account: by the policy of a group that it is in, or else by that of its
    /// unit. A setting for a group goes before those of units (Admin Help, «Customize service settings with
    /// configuration groups»).
    pub(crate) async fn is_on(&self, caller: &Caller, user: &User) -> Result<bool, TenantError> {
        let what = || format!("find out whether mail delegation is on for {}", user.primary_email);
        let (units, policies) = self.read(caller).await?;
        for (group, policy) in of_groups(policies) {
            if caller.is_member(group, &user.id, what()).await? {
                return policy.value(&what());
            }
        }
        let Some(path) = &user.org_unit_path else {
            let message = "Google does not tell which organisational unit it is in";
            return Err(TenantError::new(ErrorKind::Invalid, what(), message));
        };
        let Some(unit) = units.iter().find(|unit| unit.org_unit_path.eq_ignore_ascii_case(path)) else {
            let message = format!("Google lists no organisational unit {path}");
            return Err(TenantError::new(ErrorKind::Invalid, what(), message));
        };
        is_delegation_on(unit, units, policies)
    }
}

impl Policy {
    /// What the policy says. A value that is not shown is not taken for off.
    fn value(&self, what: &str) -> Result<bool, TenantError> {
        let unsaid = || TenantError::new(ErrorKind::Invalid, what, "Google's policy does not say");
        self.setting.value.enable_mail_delegation.ok_or_else(unsaid)
    }
}

/// The policies for groups with the groups' ids, the one that goes before the others first.
fn of_groups(policies: &[Policy]) -> Vec<(&str, &Policy)> {
    let mut all: Vec<_> = policies
        .iter()
        .filter_map(|policy| {
            let id = policy.policy_query.group.as_deref()?;
            Some((id.strip_prefix("groups/").unwrap_or(id), policy))
        })
        .collect();
    let order = |policy: &Policy| policy.policy_query.sort_order.unwrap_or_default();
    all.sort_by(|a, b| order(b.1).total_cmp(&order(a.1)));
    all
}

/// Whether there are policies for groups, which go before those of units.
pub(crate) fn has_groups(policies: &[Policy]) -> bool {
    !of_groups(policies).is_empty()
}

/// Whether mail delegation is on in a unit: by the unit's own policy or else by that of the nearest unit above.
/// Without any, Google's default holds, which is off.
pub(crate) fn is_delegation_on(unit: &Unit, units: &[Unit], policies: &[Policy]) -> Result<bool, TenantError> {
    let what = format!("find out whether mail delegation is on for {}", unit.org_unit_path);
    let not_told = |message: &str| Err(TenantError::new(ErrorKind::Invalid, &what, message));
    if policies.iter().any(|policy| !policy.is_for_something()) {
        return not_told("a policy on it does not say for which organisational unit it is");
    }
    let mut unit = Some(unit);
    // A unit is above another at most as many times as there are units.
    for _ in 0..=units.len() {
        let Some(here) = unit else { break };
        let own = policies
            .iter()
            .filter(|policy| policy.policy_query.group.is_none())
            .filter(|policy| {
                policy.policy_query.org_unit.as_deref().is_some_and(|id| bare(id) == bare(&here.org_unit_id))
            })
            .collect::<Vec<_>>();
        if own.len() > 1 && own.iter().any(|policy| policy.policy_query.sort_order.is_none()) {
            return not_told("there are several policies on it, and one of them does not say which comes first");
        }
        let order = |policy: &Policy| policy.policy_query.sort_order.unwrap_or_default();
        if let Some(policy) = own.into_iter().max_by(|a, b| order(a).total_cmp(&order(b))) {
            let on = policy.setting.value.enable_mail_delegation;
            return on.map_or_else(|| not_told("the policy on it does not say whether it is on"), Ok);
        }
        let above = match here.parent_org_unit_id.as_deref() {
            None if here.org_unit_path != "/" => return not_told("Google does not say which unit is above it"),
            above => above,
        };
        let parent = above.map(|above| units.iter().find(|unit| bare(&unit.org_unit_id) == bare(above)));
        if parent.is_some_and(|parent| parent.is_none()) {
            return not_told("the unit above it is not in Google's list");
        }
        unit = parent.flatten();
    }
    Ok(false)
}

impl Policy {
    /// Whether it says for whom it is.
    fn is_for_something(&self) -> bool {
        let named = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
        named(&self.policy_query.org_unit) || named(&self.policy_query.group)
    }
}

/// A unit's id without the prefix that either API gives it: `id:03ph8a2z` here, `orgUnits/03ph8a2z` there.
fn bare(id: &str) -> &str {
    id.strip_prefix("id:").or_else(|| id.strip_prefix("orgUnits/")).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn unit(id: &str, parent: Option<&str>) -> Unit {
        let path = if parent.is_none() { "/".to_owned() } else { format!("/{id}") };
        serde_json::from_value(json!({ "orgUnitId": id, "orgUnitPath": path, "parentOrgUnitId": parent })).unwrap()
    }

    fn policy(unit: &str, order: f64, on: bool) -> Policy {
        let value = json!({
            "policyQuery": { "orgUnit": unit, "sortOrder": order },
            "setting": { "type": "settings/gmail.mail_delegation", "value": { "enableMailDelegation": on } },
        });
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn the_nearest_unit_with_a_policy_decides() {
        let units = [unit("id:root", None), unit("id:middle", Some("id:root")), unit("id:low", Some("id:middle"))];
        let is_on = |policies: &[Policy]| is_delegation_on(&units[2], &units, policies).unwrap();
        assert!(!is_on(&[]), "off is Google's default");
        assert!(is_on(&[policy("orgUnits/root", 1.0, true)]));
        assert!(!is_on(&[policy("orgUnits/root", 1.0, true), policy("orgUnits/middle", 1.0, false)]));
        assert!(!is_on(&[policy("orgUnits/elsewhere", 1.0, true)]));
    }

    #[test]
    fn of_two_policies_for_a_unit_the_later_one_holds() {
        let units = [unit("id:root", None)];
        let policies = [policy("orgUnits/root", 2.0, true), policy("orgUnits/root", 1.0, false)];
        assert!(is_delegation_on(&units[0], &units, &policies).unwrap());
    }

    #[test]
    fn units_that_are_above_each_other_do_not_hang() {
        let units = [unit("id:a", Some("id:b")), unit("id:b", Some("id:a"))];
        assert!(!is_delegation_on(&units[0], &units, &[]).unwrap());
    }
}
