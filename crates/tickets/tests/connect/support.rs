//! A sandbox with desks in it, and the people who call there.

use std::sync::Arc;

use jiff::Timestamp;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tripod_sandbox::{Fault, Options, Sandbox, World, seed};
use tripod_tenant::Clock;
use tripod_tickets::connect::{DeskSettings, open, settings};
use tripod_tickets::desk::{Desk, TicketId};

pub(crate) const DIGEST: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: Client,
    folder: TempDir,
}

impl Stage {
    pub(crate) async fn new() -> Self {
        let world = World::new(&seed(12, 3)).unwrap();
        let sandbox = Sandbox::start(world, Options::default()).await.unwrap();
        let http = Client::builder().user_agent("a requester").build().unwrap();
        Self { sandbox, http, folder: TempDir::new().unwrap() }
    }

    /// The settings of a desk; `secret` becomes the file `secret`.
    pub(crate) fn settings(&self, text: &str, secret: &str) -> DeskSettings {
        std::fs::write(self.folder.path().join("secret"), format!("{secret}\n")).unwrap();
        let text = format!("version: 1\nstand-in: {}\n{text}", self.sandbox.url());
        settings(text.as_bytes(), self.folder.path()).unwrap()
    }

    pub(crate) fn desk(&self, text: &str, secret: &str) -> Box<dyn Desk> {
        open(&self.settings(text, secret), self.sandbox.clock() as Arc<dyn Clock>).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.sandbox.clock().now()
    }

    /// Lets a minute of the sandbox's time pass.
    pub(crate) fn wait(&self) {
        self.sandbox.clock().advance_to(self.now() + jiff::SignedDuration::from_mins(1));
    }

    pub(crate) fn fault(&self, json: &str) {
        let fault: Fault = serde_json::from_str(json).unwrap();
        self.sandbox.with_world(|world| world.add_fault(fault)).unwrap();
    }

    /// A call to a desk as anybody may make it.
    pub(crate) async fn call(
        &self,
        authorization: &str,
        method: Method,
        target: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let url = format!("{}{target}", self.sandbox.url());
        let mut request = self.http.request(method, url).header("authorization", authorization);
        if let Some(body) = body {
            request = request.json(&body);
        }
        answer(request.send().await.unwrap()).await
    }
}

pub(crate) async fn answer(response: Response) -> (StatusCode, Value) {
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

pub(crate) fn id(text: &str) -> TicketId {
    text.parse().unwrap()
}
