//! The field walk: every field of every reply that the readers ask for is dropped, nulled, emptied and made of another
//! type, everywhere at once and in one place only. None of it leads to a step that the whole reply would not have given,
//! and no finding falls silent without being unknown.
#![allow(clippy::print_stderr, reason = "a run by hand says how far it went")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;
use tripod_sandbox::faulty::field::{self, Spoil};
use tripod_sandbox::faulty::{Exchange, Recorder, identity, parts};
use tripod_sandbox::wire::{Body, Reply, Request};
use tripod_sandbox::{Between, Delivery, World};
use tripod_tenant::Clock as _;

use crate::compared::{Trust, worse};
use crate::faulty_reads::{Whole, whole};
use crate::look::{Asked, look};
use crate::worlds::Side;

/// A field of a route.
pub(crate) type Field = (String, String);

/// Spoils one field wherever it is read, or in one place only.
#[derive(Debug)]
struct Spoiler {
    field: Field,
    how: Spoil,
    /// The request and the pointer of the only place.
    only: Option<(String, String)>,
    hits: AtomicUsize,
}

impl Between for Spoiler {
    fn hand_on(&self, _: &World, request: &Request, reply: Reply) -> Delivery {
        let Body::Json(body) = &reply.body else { return reply.into() };
        let mut spoilt = body.clone();
        let mut hits = 0;
        // From the end, so that what is dropped from a list moves nothing that is still to be spoilt.
        for pointer in pointers(request, &reply, body, &self.field).into_iter().rev() {
            let here = |(of, place): &(String, String)| *place == pointer && *of == identity(request);
            if self.only.as_ref().is_none_or(here) && field::spoil(&mut spoilt, &pointer, self.how) {
                hits += 1;
            }
        }
        self.hits.fetch_add(hits, Ordering::Relaxed);
        Reply { body: Body::Json(spoilt), ..reply }.into()
    }
}

fn pointers(request: &Request, reply: &Reply, body: &Value, (route, path): &Field) -> Vec<String> {
    let mut all = Vec::new();
    for part in parts(request, reply).iter().filter(|part| part.route == *route) {
        let Some(root) = body.pointer(&part.root) else { continue };
        all.extend(field::places(root, path).into_iter().map(|place| format!("{}{place}", part.root)));
    }
    all
}

/// Every field that went over the wire, and the places where it stood.
fn fields(exchanges: &[Exchange]) -> BTreeMap<Field, Vec<(String, String)>> {
    let mut all: BTreeMap<Field, Vec<(String, String)>> = BTreeMap::new();
    for Exchange { request, reply } in exchanges {
        let Body::Json(body) = &reply.body else { continue };
        for part in parts(request, reply) {
            let Some(root) = body.pointer(&part.root) else { continue };
            // The bodies of a batch's items are parts of their own.
            let is_envelope = part.root.is_empty() && request.path.ends_with("/$batch");
            for path in field::fields(root) {
                if is_envelope && path.starts_with("responses[].body.") {
                    continue;
                }
                let places = field::places(root, &path).into_iter();
                let places = places.map(|place| (identity(request), format!("{}{place}", part.root)));
                all.entry((part.route.clone(), path)).or_default().extend(places);
            }
        }
    }
    all
}

/// What leaves a field out where there is nothing to tell, so that nobody can know better; by the end of the route, the
/// path, and the reason.
const SPOKEN_BY_SILENCE: [(&str, &str, &str); 8] = [
    ("/members", "members", "Google leaves the list out of a group without members"),
    ("directory/v1/groups", "groups", "Google leaves the list out of a customer without groups"),
    ("showDeleted=true", "users", "Google leaves the list out where no account is deleted"),
    ("/applications/token", "items", "Google leaves the list out where nothing happened"),
    ("/v1/policies", "policies", "Google leaves the list out where its default holds"),
    ("/settings/delegates", "delegates", "Gmail leaves the list out of a mailbox without delegates"),
    ("graph.microsoft.com", "value", "an empty list is what Graph says of nothing"),
    ("outlook.office365.com", "value", "an empty list is what Exchange says of nothing"),
];

fn trust((route, path): &Field, how: Spoil) -> Trust {
    let known = SPOKEN_BY_SILENCE.iter().any(|(of, at, _)| route.contains(of) && path == at);
    let row = path.ends_with("[]") && how == Spoil::Dropped;
    if (known || row) && how != Spoil::Retyped { Trust::Fewer } else { Trust::None }
}

/// Which part of a look asks for which routes.
async fn asked_by(whole: &Whole, side: Side) -> BTreeMap<String, Asked> {
    let mut all: BTreeMap<String, Asked> = BTreeMap::new();
    for (asked, add) in [
        (Asked::OBSERVATION, (|all| all.observation = true) as fn(&mut Asked)),
        (Asked::AUDIT, |all| all.audit = true),
        (Asked::HOLDINGS, |all| all.holdings = true),
    ] {
        let recorder = Arc::new(Recorder::default());
        whole.switch.to(Arc::clone(&recorder) as _);
        let now = whole.truth.verification.at;
        let seen = look(side, &whole.stage.auditors(), &whole.stage.wanted, now, asked, Some(&whole.truth)).await;
        assert_eq!(worse(&whole.truth, &seen, Trust::None), Vec::<String>::new(), "a whole look is like any other");
        for Exchange { request, reply } in recorder.take() {
            for part in parts(&request, &reply) {
                add(all.entry(part.route).or_insert(Asked::NOTHING));
            }
        }
    }
    all
}

/// Every field of the routes that a look at this side asks for. By `TRIPOD_WALK=every` each place of a field is spoilt
/// by itself; else all of them at once, and one.
async fn walk(side: Side) -> BTreeSet<Field> {
    let every = std::env::var("TRIPOD_WALK").is_ok_and(|what| what == "every");
    let whole = whole(side).await;
    let by_route = asked_by(&whole, side).await;
    let fields = fields(&whole.known);
    let mut failures = Vec::new();
    let mut runs = 0;
    let mut auditors = whole.stage.auditors();
    for (number, (field, places)) in fields.iter().enumerate() {
        let asked = by_route.get(&field.0).copied().unwrap_or(Asked::ALL);
        let is_token = field.0.contains("/token");
        let single: Vec<_> = if every { places.clone() } else { vec![places[number % places.len()].clone()] };
        let only = std::iter::once(None).chain(single.into_iter().filter(|_| places.len() > 1).map(Some));
        for (only, how) in only.flat_map(|only| Spoil::ALL.map(|how| (only.clone(), how))) {
            let spoiler = Arc::new(Spoiler { field: field.clone(), how, only, hits: AtomicUsize::new(0) });
            whole.switch.to(Arc::clone(&spoiler) as _);
            // A provider that was taken to be down is asked again after a minute.
            let clock = whole.stage.sandbox.clock();
            clock.sleep(std::time::Duration::from_mins(2)).await;
            if is_token || clock.now().as_second() % 7 == 0 {
                auditors = whole.stage.auditors();
            }
            let now = whole.truth.verification.at;
            let seen = look(side, &auditors, &whole.stage.wanted, now, asked, Some(&whole.truth)).await;
            runs += 1;
            let hits = spoiler.hits.load(Ordering::Relaxed);
            let worse = worse(&whole.truth, &seen, trust(field, how));
            if !worse.is_empty() {
                let place = spoiler.only.as_ref().map_or_else(String::new, |(of, at)| format!(" only at {at} of {of}"));
                let (route, path) = field;
                let failure = format!("{route}: {path} {how:?} ({hits} times){place}:\n  {}", worse.join("\n  "));
                eprintln!("{failure}");
                failures.push(failure);
            }
        }
    }
    eprintln!("{side:?}: {} fields of {} routes, {runs} runs", fields.len(), by_route.len());
    assert!(failures.is_empty(), "{} of {runs} runs, see above", failures.len());
    fields.into_keys().collect()
}

#[tokio::test]
#[ignore = "not before both readers are mended"]
async fn no_field_of_googles_replies_leads_to_a_step_or_an_all_clear_by_its_absence() {
    walk(Side::Google).await;
}

#[tokio::test]
#[ignore = "not before both readers are mended"]
async fn no_field_of_microsofts_replies_leads_to_a_step_or_an_all_clear_by_its_absence() {
    walk(Side::Microsoft).await;
}
