//! Get-InboxRule.

use serde_json::{Value, json};

use super::super::state::Account;
use super::errors::{Failure, missing};
use super::recipient::mailbox;
use super::{Call, Output};
use crate::exchange_description::{RuleAction, RuleDescription};

/// The rules of a mailbox's inbox; those that Outlook does not show only where they are asked for.
pub(super) fn get(call: &mut Call) -> Result<Output, Failure> {
    let identity = call.parameters.required("Mailbox")?;
    let hidden = call.parameters.on("IncludeHidden")?;
    let account = mailbox(call, &identity)?.ok_or_else(|| missing(&identity, false))?;
    let rules = account.exchange.rules.iter().flatten().filter(|rule| hidden || !rule.hidden);
    Ok(Output::rows(rules.enumerate().map(|(number, rule)| row(account, number + 1, rule)).collect()))
}

fn row(account: &Account, number: usize, rule: &RuleDescription) -> Value {
    // A name and the address behind it, as Outlook keeps a recipient of a rule.
    let to: Vec<String> = rule.to.iter().map(|to| format!("\"{to}\" [SMTP:{to}]")).collect();
    let by = |action: RuleAction| if rule.by == action && !to.is_empty() { json!(to) } else { Value::Null };
    json!({
        "Identity": format!("{}\\{number}", account.name),
        "RuleIdentity": number,
        "MailboxOwnerId": account.name,
        "Name": rule.name,
        "Enabled": !rule.off,
        "Priority": number,
        "ForwardTo": by(RuleAction::Forward),
        "ForwardAsAttachmentTo": by(RuleAction::Attach),
        "RedirectTo": by(RuleAction::Redirect),
        "DeleteMessage": false,
        "StopProcessingRules": false,
        "InError": false,
        "IsValid": true,
    })
}
