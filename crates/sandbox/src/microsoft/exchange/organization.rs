//! Get-AcceptedDomain and Get-MailboxStatistics.

use serde_json::{Value, json};

use super::super::ids::{after, guid_of};
use super::errors::{Failure, missing};
use super::recipient::{Recipient, mailbox, pick};
use super::{Call, Output, time};

/// The domains that the organisation takes mail for.
pub(super) fn accepted_domains(call: &mut Call) -> Result<Output, Failure> {
    let domains = call.tenant.domains();
    let row = |(number, domain): (usize, &String)| -> Value {
        json!({
            "DomainName": domain, "Name": domain, "Identity": domain,
            "DomainType": "Authoritative", "Default": number == 0, "InitialDomain": number + 1 == domains.len(),
            "Guid": guid_of(&call.tenant.id, &format!("domain {domain}")), "AuthenticationType": "Managed",
            "MatchSubDomains": false, "AddressBookEnabled": true, "IsValid": true,
        })
    };
    let mut rows: Vec<Value> =
        domains.iter().enumerate().filter(|(_, domain)| call.tenant.has_mail(domain)).map(row).collect();
    if let Some(identity) = call.parameters.text("Identity")? {
        rows.retain(|row| row["DomainName"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(&identity)));
        if rows.is_empty() {
            return Err(missing(&identity, false));
        }
    }
    Ok(Output::rows(rows))
}

/// How full a mailbox is.
pub(super) fn statistics(call: &mut Call) -> Result<Output, Failure> {
    let identity = call.parameters.required("Identity")?;
    let now = call.moment.now;
    let mut account = mailbox(call, &identity)?;
    if account.is_none() && call.parameters.on("IncludeSoftDeletedRecipients")? {
        let deleted = call.tenant.restorable_named(&identity, now).map(Recipient::Account);
        if let Some(Recipient::Account(found)) = pick(deleted, &identity)? {
            account = Some(found);
        }
    }
    let account = account.ok_or_else(|| missing(&identity, false))?;
    let Some(mailbox) = &account.mailbox else { return Err(missing(&identity, false)) };
    let used = mailbox.items > 0;
    Ok(Output::rows(vec![json!({
        "DisplayName": account.display_name,
        "MailboxGuid": mailbox.exchange_guid,
        "ItemCount": mailbox.items,
        "TotalItemSize": size(mailbox.size_bytes),
        "DeletedItemCount": 0,
        "TotalDeletedItemSize": size(0),
        "LastLogonTime": used.then(|| time(after(now, -3600))),
        "MailboxTypeDetail": mailbox.kind.details(),
        "IsArchiveMailbox": false,
    })]))
}

/// A size as Exchange writes it: `2 GB (2,147,483,648 bytes)`.
fn size(bytes: u64) -> String {
    let digits = bytes.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let (mut whole, mut unit, mut tenths) = (bytes, "B", 0);
    for next in ["KB", "MB", "GB", "TB"] {
        if whole < 1024 {
            break;
        }
        (tenths, whole, unit) = (whole % 1024 * 10 / 1024, whole / 1024, next);
    }
    let number = if tenths > 0 { format!("{whole}.{tenths}") } else { whole.to_string() };
    format!("{number} {unit} ({grouped} bytes)")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_size_is_written_with_its_bytes_in_groups_of_three() {
        assert_eq!(super::size(0), "0 B (0 bytes)");
        assert_eq!(super::size(2_147_483_648), "2 GB (2,147,483,648 bytes)");
        assert_eq!(super::size(1_610_612_736), "1.5 GB (1,610,612,736 bytes)");
    }
}
