//! How Tripod proves who it is at Google.

use super::super::fields::{Echo, Fields};
use super::super::node::{Node, Value};
use super::super::report::Report;
use super::super::scalar;
use super::only_one;
use super::source::source;
use crate::tenant::{ActsAs, GoogleCredentials, GoogleSignIn};

const WAYS: [&str; 3] = ["service-account-key", "keyless", "browser"];

pub(in super::super) fn google(node: &Node, report: &mut Report) -> Option<GoogleCredentials> {
    let keys = [WAYS[0], WAYS[1], WAYS[2], "acts-as"];
    let fields = Fields::open(node, "this identity", &keys, Echo::Nothing, report)?;
    let acts_as = fields.take("acts-as").map(|node| acts_as(node, report));
    let way = only_one(&fields, &WAYS, report);
    let signs_in = way.and_then(|way| {
        let node = fields.take(way)?;
        match way {
            "keyless" => keyless(node, report),
            "browser" => browser(node, report),
            key => source(node, key, report).map(GoogleSignIn::ServiceAccountKey),
        }
    });
    if let (Some("browser"), Some(at)) = (way, fields.key_at("acts-as")) {
        report.say(at, "`acts-as` is only for service accounts; in the browser, a person signs in for themselves");
    }
    fields.close(report);
    Some(GoogleCredentials { signs_in: signs_in?, acts_as: acts_as.unwrap_or(Some(ActsAs::Administrator))? })
}

fn keyless(node: &Node, report: &mut Report) -> Option<GoogleSignIn> {
    let mut fields = Fields::open(node, "`keyless`", &["service-account", "through"], Echo::Nothing, report)?;
    let account = fields.need("service-account").and_then(|node| service_account(node, report));
    let through = fields.take("through").map(|node| source(node, "through", report));
    fields.close(report);
    // A `through` that cannot be read is not replaced by whatever credential the machine has.
    let through = match through {
        None => None,
        Some(through) => Some(through?),
    };
    Some(GoogleSignIn::Keyless { service_account: account?, through })
}

fn browser(node: &Node, report: &mut Report) -> Option<GoogleSignIn> {
    let mut fields = Fields::open(node, "`browser`", &["client"], Echo::Nothing, report)?;
    let client = fields.need("client").and_then(|node| source(node, "client", report));
    fields.close(report);
    Some(GoogleSignIn::Browser { client: client? })
}

/// The address of a service account. It becomes part of a URL, hence it is looked at closely.
fn service_account(node: &Node, report: &mut Report) -> Option<String> {
    let text = scalar::text(node, "service-account", report)?;
    let sound = text.strip_suffix(".gserviceaccount.com").and_then(|rest| rest.split_once('@')).is_some_and(
        |(name, project)| {
            let is_plain = |part: &str| {
                !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            };
            is_plain(name) && project.split('.').all(is_plain) && text.len() <= 254
        },
    );
    if !sound {
        let help = "write its address, such as tripod@project.iam.gserviceaccount.com".to_owned();
        report.say_with(node.at, "`service-account` is not the address of a service account", Some(help));
    }
    sound.then(|| text.to_owned())
}

fn acts_as(node: &Node, report: &mut Report) -> Option<ActsAs> {
    let found = match &node.value {
        Value::Text(text) if text == "administrator" => Some(ActsAs::Administrator),
        Value::Text(text) if text == "itself" => Some(ActsAs::Itself),
        _ => None,
    };
    if found.is_none() {
        let help = "with domain-wide delegation `administrator`, with an admin role of its own `itself`".to_owned();
        report.say_with(node.at, "`acts-as` can be `administrator` or `itself`", Some(help));
    }
    found
}
