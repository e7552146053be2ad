//! The rules of an inbox that send mail on.

use tripod_tenant::TenantError;

use super::{Cmdlet, Exchange, Row, not_understood};
use crate::config::Guid;

/// The actions of a rule that send mail on.
const ACTIONS: [&str; 3] = ["ForwardTo", "ForwardAsAttachmentTo", "RedirectTo"];

impl Exchange {
    /// Where rules of a mailbox's inbox send mail on, rules that Outlook does not show among them; one that is off sends
    /// nothing. Each target once.
    pub(crate) async fn rules_that_send_on(&self, id: &Guid, operation: &str) -> Result<Vec<String>, TenantError> {
        let cmdlet = Cmdlet::new("Get-InboxRule", operation).with("Mailbox", id.as_str()).with("IncludeHidden", true);
        let rows = self.rows(&cmdlet).await?;
        let mut owners = rows.iter().filter_map(|row| row.text("MailboxOwnerId"));
        if let Some(first) = owners.next()
            && owners.any(|other| !other.eq_ignore_ascii_case(first))
        {
            return Err(not_understood(&cmdlet, "it has rules of several mailboxes"));
        }
        let mut targets: Vec<String> =
            rows.iter().filter(|row| row.switch("Enabled") != Some(false)).flat_map(sent_to).collect();
        targets.sort();
        targets.dedup();
        Ok(targets)
    }
}

fn sent_to(rule: &Row) -> Vec<String> {
    ACTIONS.iter().flat_map(|action| rule.items(action)).map(|shown| address_in(&shown)).collect()
}

/// The address in `"Ana" [SMTP:ana@a.test]`; what is written in another way stays as it is shown.
fn address_in(shown: &str) -> String {
    let inner = shown.rsplit_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(inner, _)| inner.trim());
    let address =
        inner.and_then(|inner| inner.split_once(':')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("smtp"));
    address.map_or(shown, |(_, address)| address).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_action_that_sends_on_counts_and_a_comma_in_a_name_parts_nothing() {
        let rule = json!({"Name": "x", "ForwardTo": ["\"Berg, Ana\" [SMTP:ana@a.test]"], "RedirectTo": "bo@a.test",
            "ForwardAsAttachmentTo": ["\"Cato\" [EX:/o=x/cn=cato]"]});
        let targets = sent_to(&Row::read(rule).unwrap());
        assert_eq!(targets, ["ana@a.test", "\"Cato\" [EX:/o=x/cn=cato]", "bo@a.test"]);
        assert!(sent_to(&Row::read(json!({"ForwardTo": null, "RedirectTo": []})).unwrap()).is_empty());
    }
}
