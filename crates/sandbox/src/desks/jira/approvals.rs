//! Service Management's own approvals (Atlassian, «Jira Service Management Cloud REST API», group «Request», resources
//! `approval`). Everybody who is asked has to approve; one who declines ends it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Answer, account_id, error, missing, time, user};
use crate::wire::{Moment, Reply};

/// That some people are asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Approval {
    id: u64,
    created: Timestamp,
    completed: Option<Timestamp>,
    /// By account; who they are is known when they have answered.
    approvers: BTreeMap<String, Option<Decision>>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Decision {
    by: String,
    approves: bool,
}

fn word(approves: Option<bool>) -> &'static str {
    match approves {
        Some(true) => "approved",
        Some(false) => "declined",
        None => "pending",
    }
}

fn date(at: Timestamp) -> Value {
    json!({"iso8601": time(at), "epochMillis": at.as_millisecond()})
}

impl Approval {
    /// Asks the accounts in the field of a request.
    pub(super) fn asked(id: u64, field: Option<&Value>, moment: &Moment) -> Self {
        let accounts = field.and_then(Value::as_array).into_iter().flatten();
        let accounts = accounts.filter_map(|account| account.get("accountId").and_then(Value::as_str));
        let approvers = accounts.map(|account| (account.to_owned(), None)).collect();
        Self { id, created: moment.now, completed: None, approvers }
    }

    /// Whether an account is asked.
    pub(super) fn asks(&self, account: &str) -> bool {
        self.approvers.contains_key(account)
    }

    fn outcome(&self) -> Option<bool> {
        let mut decisions = self.approvers.values().map(|decision| decision.as_ref().map(|one| one.approves));
        if decisions.clone().any(|decision| decision == Some(false)) {
            Some(false)
        } else {
            (!self.approvers.is_empty() && decisions.all(|decision| decision == Some(true))).then_some(true)
        }
    }

    fn shown(&self) -> Value {
        let approver = |(account, decision): (&String, &Option<Decision>)| {
            let who = match decision {
                Some(decision) => user(&decision.by),
                None => json!({"accountId": account, "active": true}),
            };
            json!({"approver": who, "approverDecision": word(decision.as_ref().map(|one| one.approves))})
        };
        let mut shown = json!({
            "id": self.id.to_string(),
            "name": "Approval",
            "finalDecision": word(self.outcome()),
            "canAnswerApproval": self.completed.is_none(),
            "approvers": self.approvers.iter().map(approver).collect::<Vec<_>>(),
            "createdDate": date(self.created),
        });
        if let Some(completed) = self.completed {
            shown["completedDate"] = date(completed);
        }
        shown
    }
}

/// «Get approvals».
pub(super) fn page(approvals: &[Approval], start: usize, limit: usize) -> Reply {
    let values: Vec<Value> = approvals.iter().skip(start).take(limit).map(Approval::shown).collect();
    let last = start + limit >= approvals.len();
    Reply::json(
        200,
        json!({"size": values.len(), "start": start, "limit": limit, "isLastPage": last, "values": values}),
    )
}

/// «Answer approval».
pub(super) fn decide(approvals: &mut [Approval], id: &str, body: &Value, who: &str, moment: &Moment) -> Answer {
    let approves = match body.get("decision").and_then(Value::as_str) {
        Some("approve") => true,
        Some("decline") => false,
        _ => return Err(error(400, "The decision is approve or decline.")),
    };
    let approval = approvals.iter_mut().find(|approval| approval.id.to_string() == id).ok_or_else(missing)?;
    let account = account_id(who);
    if approval.completed.is_some() || !approval.asks(&account) {
        return Err(error(403, "You do not have permission to answer this approval."));
    }
    approval.approvers.insert(account, Some(Decision { by: who.to_owned(), approves }));
    approval.completed = approval.outcome().map(|_| moment.now);
    Ok(Reply::json(200, approval.shown()))
}
