//! A token is asked for anew before it ends, once however many callers wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use serde_json::json;
use tripod_microsoft::{ClientProof, ManagedIdentity};
use tripod_tenant::{Clock, TenantReader};

use super::person::Kept;
use crate::odd_server::{self, Asked, ok};

#[tokio::test]
async fn every_way_to_sign_in_asks_once_for_many_and_again_before_the_end() {
    for way in ["secret", "federated", "person", "machine"] {
        let given = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&given);
        let root = odd_server::serving(move |asked: &Asked| {
            if asked.bearer.is_empty() {
                count.fetch_add(1, Ordering::Relaxed);
                let ends = Timestamp::now().as_second() + 3600;
                return ok(json!({"access_token": "t0ken-s3cret", "expires_in": 3600, "expires_on": ends.to_string()}));
            }
            let rows = if asked.path.contains("outlook") { json!([]) } else { json!([odd_server::user()]) };
            ok(json!({"value": rows}))
        })
        .await;
        let proof = match way {
            "secret" => ClientProof::Secret("app-s3cret".to_owned().into()),
            "federated" => {
                let folder = tempfile::tempdir().unwrap().keep();
                std::fs::write(folder.join("token"), "a.s3cret.c").unwrap();
                super::federation::kubernetes(&folder.join("token"))
            }
            "person" => ClientProof::DeviceCode(Arc::new(Kept::with("refresh-s3cret"))),
            _ => ClientProof::ManagedIdentity(ManagedIdentity::of_virtual_machine()),
        };
        let clock = odd_server::clock();
        let reader = odd_server::reader_at(&root, proof, Arc::clone(&clock));
        let look = || async {
            let people = join_all((0..20).map(|_| reader.directory())).await;
            assert!(people.iter().all(Result::is_ok), "{way}: {people:?}");
        };
        let after = |minutes: u64| clock.now().saturating_add(Duration::from_mins(minutes)).unwrap();
        look().await;
        let first = given.load(Ordering::Relaxed);
        assert!((1..=2).contains(&first), "{way}: one for each resource, and {first} were asked for");
        clock.advance_to(after(50));
        look().await;
        assert_eq!(given.load(Ordering::Relaxed), first, "{way}: it is good for an hour");
        clock.advance_to(after(6));
        look().await;
        assert_eq!(given.load(Ordering::Relaxed), 2 * first, "{way}: it ends in less than five minutes");
        assert!(!format!("{reader:?}").contains("s3cret"), "{way}: {reader:?}");
    }
}
