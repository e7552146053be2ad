use super::*;
#[test]
fn p() {
    for (n, s) in [("w", workspace()), ("m", mailboxes()), ("p", policy())] {
        std::fs::write(format!("/tmp/schema-{n}.json"), serde_json::to_string_pretty(&s).unwrap()).unwrap();
    }
}
