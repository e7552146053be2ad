//! Ids, times and texts that are made rather than looked up.

use std::cell::RefCell;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// A fresh random GUID out of the sandbox's chance.
pub(super) fn random_guid(random: &mut fastrand::Rng) -> String {
    let bytes = random.u128(..).to_be_bytes();
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

thread_local! {
    /// The name space of the tenant that was asked for last: a large one asks a hundred thousand times in a row.
    static SPACE: RefCell<(String, Uuid)> = RefCell::default();
}

/// The GUID that belongs to a label in a tenant: the same in every run.
pub(super) fn guid_of(tenant_id: &str, label: &str) -> String {
    let space = SPACE.with_borrow_mut(|(known, space)| {
        if known != tenant_id {
            *space = Uuid::new_v5(&Uuid::NAMESPACE_OID, tenant_id.as_bytes());
            tenant_id.clone_into(known);
        }
        *space
    });
    Uuid::new_v5(&space, label.as_bytes()).to_string()
}

/// Whether a text is a GUID in its usual spelling.
pub(super) fn is_guid(text: &str) -> bool {
    text.len() == 36 && Uuid::parse_str(text).is_ok()
}

/// A time some seconds later (or earlier).
pub(super) fn after(time: Timestamp, seconds: i64) -> Timestamp {
    time.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(time)
}

/// A time as Graph writes it: whole seconds, `Z`.
pub(super) fn graph_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The security identifier of an object: as the vendor does for cloud objects, derived from its GUID.
pub(super) fn sid_of(id: &str) -> String {
    let domain = [1_287_628_690, 2_394_828_194, 771_573_367].map(|part: u32| part.to_string()).join("-");
    format!("S-1-5-21-{domain}-{}", number_of(id) % 90_000_000 + 1_000)
}

/// The security identifier that the directory itself shows, which is made of the object's id and is another than
/// Exchange's.
pub(super) fn cloud_sid_of(id: &str) -> String {
    let bytes = Uuid::parse_str(id).unwrap_or_default().into_bytes();
    let part = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    format!("S-1-12-1-{}-{}-{}-{}", part(0), part(4), part(8), part(12))
}

/// A number out of a GUID, for sizes that have to differ from one mailbox to the next.
pub(super) fn number_of(id: &str) -> u64 {
    let bytes = Uuid::parse_str(id).unwrap_or_default().into_bytes();
    u64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}
