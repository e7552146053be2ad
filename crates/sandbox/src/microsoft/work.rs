//! How much work a call makes in a large tenant, counted in rows and not in time.

use std::fmt::Write as _;

use http::{HeaderMap, Method};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;
use crate::wire::Body;

const PEOPLE: u64 = 20_000;

struct Large {
    microsoft: Microsoft,
    random: fastrand::Rng,
}

fn large() -> Large {
    let mut description = crate::seed_at(usize::try_from(PEOPLE).unwrap(), 11, &[Provider::Microsoft365]);
    let (name, tenant) = description.tenants.pop_first().unwrap();
    let microsoft = Microsoft::new(&[(name, tenant)], 5, description.starts);
    Large { microsoft, random: fastrand::Rng::with_seed(1) }
}

impl Large {
    fn scanned(&self) -> u64 {
        self.microsoft.tenants[0].accounts.scanned.get()
    }

    fn send(&mut self, method: Method, host: &str, target: &str, headers: HeaderMap, body: Vec<u8>) -> Value {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (host, path, query) = (host.to_owned(), path.to_owned(), query.to_owned());
        let request = Request { method, host, path, query, headers, body };
        let now = "2026-11-23T08:00:00Z".parse().unwrap();
        let root = "https://x.test".to_owned();
        let mut moment = Moment { now, wall: now, random: &mut self.random, root };
        let reply = self.microsoft.answer(&request, &mut moment);
        assert_eq!(reply.status, 200, "{reply:?}");
        let Body::Json(body) = reply.body else { panic!("no JSON") };
        body
    }

    fn token(&mut self, resource: &str) -> HeaderMap {
        let id = self.microsoft.tenants[0].id.clone();
        let credentials = self.microsoft.credentials(&id, Access::Read).unwrap();
        let mut form = format!("grant_type=client_credentials&scope=https://{resource}/.default");
        let secret = credentials.client_secret.expose_secret();
        write!(form, "&client_id={}&client_secret={secret}", credentials.client_id).unwrap();
        let target = format!("/{id}/oauth2/v2.0/token");
        let reply = self.send(Method::POST, "login.microsoftonline.com", &target, HeaderMap::new(), form.into_bytes());
        let mut headers = HeaderMap::new();
        headers.insert("authorization", format!("Bearer {}", reply["access_token"].as_str().unwrap()).parse().unwrap());
        headers.insert("x-anchormailbox", "APP:x".parse().unwrap());
        headers
    }

    fn graph(&mut self, target: &str) -> Value {
        let headers = self.token("graph.microsoft.com");
        self.send(Method::GET, "graph.microsoft.com", &format!("/v1.0{target}"), headers, Vec::new())
    }

    fn exchange(&mut self, query: &str, cmdlet: &str, parameters: Value) -> Value {
        let headers = self.token("outlook.office365.com");
        let target = format!("/adminapi/beta/{}/InvokeCommand{query}", self.microsoft.tenants[0].id);
        let mut body = json!({"CmdletInput": {"CmdletName": cmdlet}});
        body["CmdletInput"]["Parameters"] = parameters;
        self.send(Method::POST, "outlook.office365.com", &target, headers, body.to_string().into_bytes())
    }
}

#[test]
fn a_large_tenant_is_built_and_asked_without_looking_at_everybody_each_time() {
    let mut large = large();
    // Once to count the licences, and no more.
    assert!(large.scanned() <= 2 * PEOPLE, "building looked at {} accounts", large.scanned());

    let before = large.scanned();
    let page = large.graph("/users?$top=999&$select=id,mail,displayName");
    assert_eq!(page["value"].as_array().unwrap().len(), 999);
    assert!(large.scanned() - before <= 1_100, "one page looked at {} accounts", large.scanned() - before);

    let before = large.scanned();
    let mail = page["value"][500]["mail"].as_str().unwrap_or("nobody@x.test").to_owned();
    for target in [
        format!("/users/{mail}"),
        format!("/users?$filter=proxyAddresses/any(p:p eq 'smtp:{mail}')"),
        format!("/users?$filter=mail eq '{mail}' or userPrincipalName eq '{mail}'"),
    ] {
        large.graph(&target);
    }
    large.exchange("", "Get-Recipient", json!({"Identity": mail}));
    assert_eq!(large.scanned(), before, "an address is looked up, not searched for");
}

#[test]
fn all_pages_together_look_at_everybody_once() {
    let mut large = large();
    let before = large.scanned();
    let mut target = "/users?$top=999&$select=id&$filter=accountEnabled eq true".to_owned();
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let page = large.graph(&target);
        for row in page["value"].as_array().unwrap() {
            assert!(seen.insert(row["id"].as_str().unwrap().to_owned()), "nobody comes twice");
        }
        let Some(link) = page["@odata.nextLink"].as_str() else { break };
        target = link.strip_prefix("https://x.test/v1.0").unwrap().to_owned();
    }
    assert!(seen.len() > 18_000, "{}", seen.len());
    assert!(large.scanned() - before <= PEOPLE + 100, "{}", large.scanned() - before);

    let before = large.scanned();
    let (mut query, mut mailboxes) = (String::new(), 0);
    loop {
        let page = large.exchange(&query, "Get-Mailbox", json!({"ResultSize": "Unlimited"}));
        mailboxes += page["value"].as_array().unwrap().len();
        let Some(link) = page["@odata.nextLink"].as_str() else { break };
        query = format!("?{}", link.split_once('?').unwrap().1);
    }
    assert!(mailboxes > 18_000, "{mailboxes}");
    assert!(large.scanned() - before <= PEOPLE + 100, "{}", large.scanned() - before);
}
