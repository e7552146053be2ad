//! How Tripod proves who it is at Microsoft.

use super::super::fields::{Echo, Fields};
use super::super::node::{Node, Value};
use super::super::report::Report;
use super::super::scalar;
use super::source::source;
use super::{chosen, only_one};
use crate::tenant::{FederatedToken, MicrosoftCredentials, MicrosoftProof};

const WAYS: [&str; 5] = ["certificate", "client-secret", "federated-token", "device-code", "managed-identity"];

pub(in super::super) fn microsoft(node: &Node, report: &mut Report) -> Option<MicrosoftCredentials> {
    let keys = ["client-id", WAYS[0], WAYS[1], WAYS[2], WAYS[3], WAYS[4]];
    let mut fields = Fields::open(node, "this identity", &keys, Echo::Nothing, report)?;
    let way = only_one(&fields, &WAYS, report);
    // The identity that the platform gives to a machine has no id that one would have to know.
    let client_id = if way == Some("managed-identity") { fields.take("client-id") } else { fields.need("client-id") };
    let client_id = client_id.map(|node| scalar::guid(node, "client-id", report));
    let proof = way.and_then(|way| {
        let node = fields.take(way)?;
        match way {
            "certificate" => source(node, way, report).map(MicrosoftProof::Certificate),
            "client-secret" => source(node, way, report).map(MicrosoftProof::ClientSecret),
            "federated-token" => federated(node, report).map(MicrosoftProof::FederatedToken),
            "device-code" => chosen(node, way, report).then_some(MicrosoftProof::DeviceCode),
            _ => chosen(node, way, report).then_some(MicrosoftProof::ManagedIdentity),
        }
    });
    fields.close(report);
    let client_id = match client_id {
        None if way == Some("managed-identity") => None,
        given => Some(given??),
    };
    Some(MicrosoftCredentials { client_id, proof: proof? })
}

fn federated(node: &Node, report: &mut Report) -> Option<FederatedToken> {
    match &node.value {
        Value::Text(text) if text == "github-actions" => Some(FederatedToken::GithubActions),
        Value::Text(text) if text == "kubernetes" => Some(FederatedToken::Kubernetes),
        Value::Mapping(_) => source(node, "federated-token", report).map(FederatedToken::Source),
        _ => {
            let help = "write `github-actions`, `kubernetes`, `{path: FILE}` or `{env: VARIABLE}`; if it was a token, \
                        take it out";
            let message = "`federated-token` has to say where the token comes from";
            report.say_with(node.at, message, Some(help.to_owned()));
            None
        }
    }
}
