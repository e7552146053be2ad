//! Somebody signs in in a browser.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tripod_google::{GoogleIdentity, SignedIn, revoke, sign_in_with_browser};
use tripod_tenant::{ErrorKind, SignInFor, TenantError, TenantReader};
use url::Url;

use super::{Customer, Kept, customer, kept, refusal, shows};
use crate::support::at;

/// Asks for a page like a browser, without following where it leads; the status line, the header `location`, the body.
async fn page(url: &Url) -> (String, Option<Url>, String) {
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
    let target = &url[url::Position::BeforePath..];
    let request = format!("GET {target} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", url.authority());
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let location = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("location").then(|| value.parse().unwrap())
    });
    (head.lines().next().unwrap().to_owned(), location, body.to_owned())
}

/// Signs in as the browser does that the customer's person sits at; what it was shown at the end.
async fn sign_in(customer: &Customer, purpose: SignInFor) -> (Result<SignedIn, TenantError>, String) {
    let (send, receive) = tokio::sync::oneshot::channel();
    let send = std::sync::Mutex::new(Some(send));
    let show = |url: &str| send.lock().unwrap().take().unwrap().send(Url::parse(url).unwrap()).unwrap();
    let client = customer.client();
    let signing_in = sign_in_with_browser(&client, purpose, &customer.endpoints, &show);
    let browsing = async {
        let (_, back, body) = page(&receive.await.unwrap()).await;
        let back = back.unwrap_or_else(|| panic!("{body}"));
        assert_eq!(back.host_str(), Some("127.0.0.1"));
        // What else a browser asks for, and what a page of somebody else's may try, is turned away.
        let (status, _, _) = page(&back.join("/favicon.ico").unwrap()).await;
        assert!(status.contains("404"), "{status}");
        let mut strange = back.clone();
        strange.set_query(Some("code=stolen&state=guessed"));
        let (status, _, _) = page(&strange).await;
        assert!(status.contains("400"), "{status}");
        page(&back).await.2
    };
    futures::join!(signing_in, browsing)
}

pub(super) async fn signed_in(customer: &Customer, purpose: SignInFor) -> SignedIn {
    sign_in(customer, purpose).await.0.unwrap()
}

pub(super) fn identity(customer: &Customer, kept: &Arc<Kept>) -> GoogleIdentity {
    GoogleIdentity::browser(customer.client(), Arc::clone(kept) as _)
}

#[tokio::test]
async fn an_administrator_signs_in_and_tripod_reads_what_group_inboxes_need() {
    let customer = customer("{}").await;
    let (outcome, page) = sign_in(&customer, SignInFor::Reading).await;
    let signed_in = outcome.unwrap();
    assert!(page.contains("You are signed in"), "{page}");
    assert_eq!(signed_in.left_out, [""; 0]);
    assert!(!shows(&format!("{signed_in:?}"), &[&signed_in.refresh_token]));
    let reader = customer.reader(identity(&customer, &kept(&signed_in.refresh_token)));
    assert_eq!(refusal(&reader).await, None);
}

#[tokio::test]
async fn who_declines_is_not_signed_in_and_is_told_so_in_both_places() {
    let customer = customer("{consents: false}").await;
    let (outcome, page) = sign_in(&customer, SignInFor::Reading).await;
    let error = outcome.unwrap_err();
    assert_eq!(error.kind, ErrorKind::SetUp);
    assert_eq!(error.to_string(), "cannot sign in in the browser: the sign-in was declined in the browser");
    assert!(page.contains("You are not signed in"), "{page}");
}

#[tokio::test]
async fn one_token_serves_all_and_is_asked_for_again_before_it_ends() {
    let customer = customer("{}").await;
    let kept = kept(&signed_in(&customer, SignInFor::Reading).await.refresh_token);
    let reader = customer.reader(identity(&customer, &kept));
    let people = [at("ana"), at("nobody")];
    let all = || join_all((0..20).map(|_| reader.people(&people)));
    all().await;
    assert_eq!(kept.loads.load(Ordering::Relaxed), 1);
    let before = customer.exchanges("admin.googleapis.com");
    customer.pass(3599 - 60).await;
    all().await;
    assert_eq!(kept.loads.load(Ordering::Relaxed), 2);
    // Not a call was made with a token that had ended: it would have been made twice.
    assert_eq!(customer.exchanges("admin.googleapis.com"), 2 * before);
}

#[tokio::test]
async fn a_sign_in_that_has_ended_says_so_and_what_to_do_whatever_ended_it() {
    let ended = "the sign-in has expired or was revoked";
    let old = customer("{refresh-token-seconds: 604800}").await;
    let token = signed_in(&old, SignInFor::Reading).await.refresh_token;
    old.pass(604_800).await;
    let revoked = customer("{refresh-tokens-revoked: true}").await;
    let revoked_token = signed_in(&revoked, SignInFor::Reading).await.refresh_token;
    for (customer, token) in [(&old, token), (&revoked, revoked_token)] {
        let said = refusal(&customer.reader(identity(customer, &kept(&token)))).await.unwrap();
        assert!(said.contains(ended) && said.contains("tripod auth login"), "{said}");
        assert!(!shows(&said, &[&token]), "{said}");
    }
}

#[tokio::test]
async fn signing_out_takes_the_sign_in_back_and_doing_so_twice_is_fine() {
    let customer = customer("{}").await;
    let token = signed_in(&customer, SignInFor::Both).await.refresh_token;
    let reader = customer.reader(identity(&customer, &kept(&token)));
    assert_eq!(refusal(&reader).await, None);
    revoke(&token, &customer.endpoints).await.unwrap();
    revoke(&token, &customer.endpoints).await.unwrap();
    let said = refusal(&customer.reader(identity(&customer, &kept(&token)))).await.unwrap();
    assert!(said.contains("was revoked"), "{said}");
}

#[tokio::test]
async fn where_nobody_has_signed_in_that_is_what_lacks() {
    let customer = customer("{}").await;
    let said = refusal(&customer.reader(identity(&customer, &Arc::new(Kept::default())))).await.unwrap();
    assert!(said.contains("nobody has signed in; run `tripod auth login`"), "{said}");
    // A token that is none is not shown either.
    let rubbish = SecretString::from("1//rubbish");
    let said = refusal(&customer.reader(identity(&customer, &kept(&rubbish)))).await.unwrap();
    assert!(!said.contains(rubbish.expose_secret()), "{said}");
}

/// Whoever sits at the customer's browser, signed in.
pub(super) async fn signed_in_identity(customer: &Customer, purpose: SignInFor) -> GoogleIdentity {
    identity(customer, &kept(&signed_in(customer, purpose).await.refresh_token))
}
