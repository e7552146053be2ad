//! A tenant without a socket, and what is sent to it.

use http::HeaderMap;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tripod_sandbox::microsoft::Microsoft;
use tripod_sandbox::wire::{Body, Moment, Reply, Request};
use tripod_sandbox::{Access, TenantDescription, What};

pub(crate) const TENANT: &str = "7f0c2a54-1b7e-4f43-9d1a-0c5f6f1f2a01";
pub(crate) const GRAPH: &str = "graph.microsoft.com";
pub(crate) const EXCHANGE: &str = "outlook.office365.com";
pub(crate) const LOGIN: &str = "login.microsoftonline.com";

pub(crate) struct Stage {
    pub(crate) microsoft: Microsoft,
    pub(crate) now: Timestamp,
    pub(crate) wall: Timestamp,
    pub(crate) random: fastrand::Rng,
    pub(crate) anchor: String,
}

pub(crate) fn description() -> Value {
    json!({
        "provider": "microsoft-365",
        "tenant-id": TENANT,
        "domains": ["northwind.example", "nw.example"],
        "people": [
            {"address": "ana@northwind.example", "name": "Ana Bo", "aliases": ["a.bo@nw.example"], "manager": "cy@northwind.example"},
            {"address": "bob@northwind.example", "name": "Bob Cole"},
            {"address": "cy@northwind.example", "name": "Cy Dahl"},
            {"address": "dis@northwind.example", "name": "Dis Able", "standing": "disabled"},
            {"address": "gone@northwind.example", "name": "Gone Away", "standing": "deleted"},
            {"address": "plain@northwind.example", "name": "Plain User", "standing": "no-mailbox"},
            {"address": "guest@other.example", "name": "Gus Guest", "standing": "guest"},
        ],
        "groups": [
            {"address": "it@northwind.example", "name": "IT", "owners": ["ana@northwind.example"], "members": ["ana@northwind.example", "all@northwind.example"]},
            {"address": "all@northwind.example", "name": "Everybody", "members": ["bob@northwind.example"]},
        ],
        "mailboxes": [
            {"address": "old@northwind.example", "name": "Old box", "kind": "shared-mailbox", "delegates": ["ana@northwind.example", "gone@northwind.example"]},
            {"address": "team@northwind.example", "name": "Team", "kind": "group-inbox", "delegates": ["ana@northwind.example"]},
        ],
    })
}

pub(crate) fn stage_of(description: Value, lag: u32) -> Stage {
    let description: TenantDescription = serde_json::from_value(description).unwrap();
    Stage {
        microsoft: Microsoft::new(
            &[("northwind".to_owned(), description)],
            lag,
            "2026-03-01T08:00:00Z".parse().unwrap(),
        ),
        now: "2026-03-01T08:00:00Z".parse().unwrap(),
        wall: "2026-11-23T12:00:00Z".parse().unwrap(),
        random: fastrand::Rng::with_seed(7),
        anchor: "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@northwind.onmicrosoft.com".to_owned(),
    }
}

pub(crate) fn stage() -> Stage {
    stage_of(description(), 5)
}

pub(crate) fn body(reply: &Reply) -> &Value {
    match &reply.body {
        Body::Json(body) => body,
        other => panic!("not JSON: {other:?}"),
    }
}

pub(crate) fn ids(reply: &Reply) -> Vec<String> {
    body(reply)["value"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

impl Stage {
    pub(crate) fn wait(&mut self, seconds: i64) {
        self.now = self.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap();
    }

    pub(crate) fn send(&mut self, request: &Request) -> Reply {
        self.send_with(request, &mut |_, _| None)
    }

    pub(crate) fn send_with(
        &mut self,
        request: &Request,
        strike: &mut dyn FnMut(&Request, &mut Moment) -> Option<What>,
    ) -> Reply {
        let root = format!("http://127.0.0.1:4000/{}", request.host);
        let mut moment = Moment { now: self.now, wall: self.wall, random: &mut self.random, root };
        self.microsoft.answer_with(request, &mut moment, strike)
    }

    pub(crate) fn sign_in(&mut self, form: &[(&str, &str)]) -> Reply {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let target = format!("/{TENANT}/oauth2/v2.0/token");
        let mut request = request("POST", LOGIN, &target, None);
        request.body = form.into_bytes();
        self.send(&request)
    }

    pub(crate) fn token(&mut self, access: Access, resource: &str) -> String {
        let credentials = self.microsoft.credentials(TENANT, access).unwrap();
        let reply = self.sign_in(&[
            ("grant_type", "client_credentials"),
            ("client_id", &credentials.client_id),
            ("client_secret", credentials.client_secret.expose_secret()),
            ("scope", &format!("https://{resource}/.default")),
            ("claims", "{\"access_token\":{\"xms_cc\":{\"values\":[\"cp1\"]}}}"),
        ]);
        assert_eq!(reply.status, 200, "{reply:?}");
        body(&reply)["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) fn graph_as(&mut self, access: Access, method: &str, target: &str, content: Option<Value>) -> Reply {
        let token = self.token(access, GRAPH);
        let mut request = request(method, GRAPH, &format!("/v1.0{target}"), content);
        request.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        self.send(&request)
    }

    pub(crate) fn graph(&mut self, method: &str, target: &str, content: Option<Value>) -> Reply {
        self.graph_as(Access::Write, method, target, content)
    }

    pub(crate) fn invocation(&mut self, access: Access, cmdlet: &str, parameters: Value) -> Request {
        let token = self.token(access, EXCHANGE);
        let mut content = json!({"CmdletInput": {"CmdletName": cmdlet}});
        content["CmdletInput"]["Parameters"] = parameters;
        let mut request = request("POST", EXCHANGE, &format!("/adminapi/beta/{TENANT}/InvokeCommand"), Some(content));
        request.headers.insert("authorization", format!("Bearer {token}").parse().unwrap());
        request.headers.insert("x-anchormailbox", self.anchor.parse().unwrap());
        request
    }

    pub(crate) fn exchange_as(&mut self, access: Access, cmdlet: &str, parameters: Value) -> Reply {
        let request = self.invocation(access, cmdlet, parameters);
        self.send(&request)
    }

    pub(crate) fn exchange(&mut self, cmdlet: &str, parameters: Value) -> Reply {
        self.exchange_as(Access::Write, cmdlet, parameters)
    }

    pub(crate) fn rows(&mut self, cmdlet: &str, parameters: Value) -> Vec<Value> {
        let reply = self.exchange(cmdlet, parameters);
        assert_eq!(reply.status, 200, "{reply:?}");
        body(&reply)["value"].as_array().unwrap().clone()
    }

    /// Makes a shared mailbox and waits until it is to be seen.
    pub(crate) fn shared(&mut self, alias: &str) -> Value {
        let parameters = json!({"Shared": true, "Name": alias, "Alias": alias, "DisplayName": alias,
            "PrimarySmtpAddress": format!("{alias}@northwind.example")});
        let made = self.rows("New-Mailbox", parameters).remove(0);
        self.wait(10);
        made
    }

    pub(crate) fn id_of(&mut self, principal: &str) -> String {
        let reply = self.graph("GET", &format!("/users/{principal}?$select=id"), None);
        body(&reply)["id"].as_str().unwrap_or_else(|| panic!("{reply:?}")).to_owned()
    }
}

pub(crate) fn request(method: &str, host: &str, target: &str, content: Option<Value>) -> Request {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Request {
        method: method.parse().unwrap(),
        host: host.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: HeaderMap::new(),
        body: content.map(|content| content.to_string().into_bytes()).unwrap_or_default(),
    }
}

pub(crate) fn code(reply: &Reply) -> String {
    body(reply)["error"]["code"].as_str().unwrap_or_default().to_owned()
}

/// What stands between and after the bars of an Exchange error.
pub(crate) fn exception(reply: &Reply) -> (String, String) {
    let details = body(reply)["error"]["details"][0]["message"].as_str().unwrap_or_else(|| panic!("{reply:?}"));
    let parts: Vec<&str> = details.splitn(3, '|').collect();
    (parts[1].rsplit('.').next().unwrap().to_owned(), parts[2].to_owned())
}
