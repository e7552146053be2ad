//! How much mailboxes hold.

use tripod_tenant::{ErrorKind, TenantError};

use super::{Cmdlet, Exchange, not_understood};
use crate::config::Guid;

impl Exchange {
    /// How much a mailbox holds, in bytes. No row is no statistics, never an empty mailbox.
    pub(crate) async fn size(&self, id: &Guid, operation: &str) -> Result<u64, TenantError> {
        let cmdlet = Cmdlet::new("Get-MailboxStatistics", operation).with("Identity", id.as_str());
        let row = self.find(&cmdlet).await?.ok_or_else(|| {
            TenantError::new(ErrorKind::Unavailable, operation, "Exchange Online has no statistics of it")
        })?;
        let shown = row.text("TotalItemSize").and_then(bytes);
        shown.ok_or_else(|| not_understood(&cmdlet, "TotalItemSize holds no number of bytes"))
    }
}

/// The bytes in `2 GB (2,147,483,648 bytes)`; the number before them is rounded (facts sheet, Microsoft 5, gotcha 2).
pub(crate) fn bytes(shown: &str) -> Option<u64> {
    let (_, exact) = shown.split_once('(')?;
    let (number, unit) = exact.split_once(')')?.0.trim().split_once(' ')?;
    let digits: String = number.chars().filter(|c| *c != ',').collect();
    digits.parse().ok().filter(|_| unit.trim().eq_ignore_ascii_case("bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_the_number_in_brackets_and_nothing_else() {
        assert_eq!(bytes("2 GB (2,147,483,648 bytes)"), Some(2_147_483_648));
        assert_eq!(bytes("0 B (0 bytes)"), Some(0));
        for text in ["Unlimited", "2 GB", "2 GB (2,147,483,648)", "2 GB (2.1 bytes)", "(1 GB)", ""] {
            assert_eq!(bytes(text), None, "{text}");
        }
    }
}
