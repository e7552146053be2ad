//! What the published descriptions that the log is held against do not name, though the vendor's reference does.

use serde_json::Value;

/// Cmdlets of which no description is published in that form.
const CMDLETS: [&str; 2] = ["Get-InboxRule", "Set-UnifiedGroup"];
/// Properties of mailboxes, and parameters that change them.
const PROPERTIES: [&str; 7] = [
    "RequireSenderAuthenticationEnabled",
    "AcceptMessagesOnlyFromSendersOrMembers",
    "ModerationEnabled",
    "InPlaceHolds",
    "ComplianceTagHoldApplied",
    "DelayHoldApplied",
    "IsExchangeCloudManaged",
];

/// Leaves it out of an exchange. False where the whole exchange is of that kind.
pub(super) fn leave_out(exchange: &mut Value) -> bool {
    let cmdlet = exchange.pointer("/request/body/CmdletInput/CmdletName").and_then(Value::as_str).map(str::to_owned);
    let Some(cmdlet) = cmdlet else { return true };
    if CMDLETS.iter().any(|name| name.eq_ignore_ascii_case(&cmdlet)) {
        return false;
    }
    let rows = exchange.pointer_mut("/response/body/value").and_then(Value::as_array_mut);
    for row in rows.into_iter().flatten().filter_map(Value::as_object_mut) {
        row.retain(|name, _| !PROPERTIES.contains(&name.as_str()));
    }
    let parameters = exchange.pointer_mut("/request/body/CmdletInput/Parameters").and_then(Value::as_object_mut);
    if let Some(parameters) = parameters {
        parameters.retain(|name, _| !PROPERTIES[1..].contains(&name.as_str()));
    }
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_no_description_names_is_left_out() {
        let of = |cmdlet: &str| {
            json!({"request": {"body": {"CmdletInput": {"CmdletName": cmdlet,
            "Parameters": {"Identity": "x", "ModerationEnabled": false, "RequireSenderAuthenticationEnabled": false}}}},
            "response": {"body": {"value": [{"Guid": "g", "ModerationEnabled": false, "Oddity": 1}]}}})
        };
        let mut logged = of("Set-Mailbox");
        assert!(leave_out(&mut logged));
        assert_eq!(logged.pointer("/response/body/value/0"), Some(&json!({"Guid": "g", "Oddity": 1})));
        let parameters = json!({"Identity": "x", "RequireSenderAuthenticationEnabled": false});
        assert_eq!(logged.pointer("/request/body/CmdletInput/Parameters"), Some(&parameters));
        assert!(!leave_out(&mut of("get-inboxrule")));
    }
}
