//! The shape of a policy file. The doc comments are the descriptions that editors show.

use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::json;

use crate::address::Address;
use crate::policy::{CheckId, Severity};

/// The rules that plans and checks go by. What is left out has the value that its description names.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of it is used")]
pub(super) struct PolicyFile {
    /// The version of the format; 1.
    #[schemars(range(min = 1, max = 1))]
    version: Option<u32>,
    /// The least number of active delegates of every mailbox; 3 if left out, and never less.
    #[schemars(range(min = 3, max = 25))]
    quorum: Option<u32>,
    /// The share of delegates or mailboxes, in percent, that one plan may remove without being told to; 25 if left out,
    /// and never more.
    #[schemars(range(min = 0, max = 25))]
    removal_percent: Option<u32>,
    /// From how many delegates or mailboxes upwards that share counts; 10 if left out, and never more.
    #[schemars(range(min = 1, max = 10))]
    removals_counted_from: Option<u32>,
    /// Which checks are made and how: for each its id with `off`, `on`, a severity, or a set of keys.
    #[schemars(schema_with = "checks")]
    checks: Option<BTreeMap<String, String>>,
    /// Rules of your own.
    rules: Option<Vec<RuleEntry>>,
    /// Findings that somebody accepts for a time.
    deviations: Option<Vec<DeviationEntry>>,
    /// Who may approve plans that come from tickets; nobody if left out.
    approvals: Option<ApprovalsEntry>,
}

/// Who may approve plans that come from tickets.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of it is used")]
struct ApprovalsEntry {
    /// The people who may approve. Of several policies, only those whom each of them names.
    #[schemars(length(min = 1))]
    approvers: Vec<Address>,
    /// Whether a person who is to get access by a plan may approve it; always false.
    #[schemars(extend("const" = false))]
    delegates_may_approve: Option<bool>,
    /// How long an approval counts, in hours or days, e.g. `72h`; `168h` if left out, and never longer.
    #[schemars(regex(pattern = "^[1-9][0-9]*[hd]$"))]
    valid_for: Option<String>,
}

/// A rule of your own.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of it is used")]
struct RuleEntry {
    /// Its id: lower-case letters, digits and `-`.
    #[schemars(regex(pattern = "^[a-z][a-z0-9-]*$"), length(max = 64))]
    id: String,
    /// What it is about, in a few words.
    #[schemars(length(min = 1, max = 120))]
    title: String,
    /// How bad its findings are.
    severity: Severity,
    /// When it speaks: an expression in the Common Expression Language, e.g. `mailbox.active < 4`.
    #[schemars(length(min = 1, max = 4000))]
    when: String,
    /// What is wrong then, as a sentence.
    #[schemars(length(min = 1, max = 500))]
    message: String,
    /// What to do, as a sentence.
    #[schemars(length(min = 1, max = 500))]
    remedy: String,
}

/// A finding that somebody accepts for a time. It is still listed, but does not count.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only the schema of it is used")]
struct DeviationEntry {
    /// The id of a check, or of a rule in the same file.
    check: String,
    /// The mailbox.
    mailbox: Address,
    /// The person that the finding is about; all of the mailbox's findings of this check if left out.
    person: Option<Address>,
    /// Who answers for it.
    #[schemars(length(min = 1, max = 200))]
    who: String,
    /// Why.
    #[schemars(length(min = 1, max = 500))]
    why: String,
    /// The last day on which it is accepted, e.g. `2027-01-31`, in the time zone of the mailbox's tenant.
    #[schemars(extend("format" = "date"), regex(pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))]
    until: String,
}

/// One key for each check, with what it does and its numbers.
fn checks(_: &mut SchemaGenerator) -> Schema {
    let severities: Vec<&str> = Severity::WORDS.iter().map(|(word, _)| *word).collect();
    let mut words = vec!["off", "on"];
    words.extend(&severities);
    let mut properties = serde_json::Map::new();
    for check in CheckId::ALL.iter().filter(|check| **check != CheckId::OwnRule) {
        let mut keys = serde_json::Map::new();
        let severity = format!("How bad its findings are; {} if left out.", check.severity().word());
        keys.insert("severity".to_owned(), json!({"enum": severities, "description": severity}));
        for known in check.parameters() {
            let description = format!("Says {}; {} if left out.", known.meaning, known.default);
            let number =
                json!({"type": "integer", "minimum": known.least, "maximum": known.most, "description": description});
            keys.insert(known.name.to_owned(), number);
        }
        let described = format!("Speaks when {}.", check.meaning());
        let keys = json!({"type": "object", "properties": keys, "additionalProperties": false, "minProperties": 1});
        properties.insert(check.id().to_owned(), json!({"description": described, "anyOf": [{"enum": words}, keys]}));
    }
    let mut schema = Schema::default();
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), json!(properties));
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema.insert(
        "description".to_owned(),
        json!("Which checks are made and how: for each its id with `off`, `on`, a severity, or a set of keys."),
    );
    schema
}
