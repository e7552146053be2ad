//! Whatever the bytes are: no evidence by this key, which nobody has signed anything with.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tripod_provisioner::Plan;
use tripod_tickets::evidence::{Envelope, PublicKey, SigningKey, verify};

static KEY: LazyLock<PublicKey> = LazyLock::new(|| SigningKey::generate().expect("random numbers").0.public());

fuzz_target!(|bytes: &[u8]| {
    if let Ok(envelope) = Envelope::from_json(bytes) {
        assert!(verify(&envelope, &KEY).is_err());
        let again = envelope.to_json().expect("an envelope is plain data");
        assert_eq!(Envelope::from_json(again.as_bytes()).expect("what was written is read"), envelope);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = PublicKey::from_pem(text);
        if let Ok(plan) = Plan::from_json(text) {
            assert_eq!(plan, Plan::from_json(&plan.to_json().expect("a plan is plain data")).expect("what was written is read"));
        }
    }
});
