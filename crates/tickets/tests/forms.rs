//! The generated forms against their golden files, and each form filled in and read back.
//!
//! `TRIPOD_BLESS=1 cargo test -p tripod-tickets --test forms` writes the golden files anew.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;

use serde_json::{Value, json};
use tripod_model::Kind;
use tripod_tickets::form::Form;
use tripod_tickets::request::{FIELDS, FieldKind, Key, Request, Source, read};

fn request() -> Request {
    Request {
        mailbox: "backups@example.com".parse().unwrap(),
        purpose: "Owns «our» account: at the provider # 1 <b>'\"$(x)`".to_owned(),
        app: "Acme Backup".to_owned(),
        kind: Kind::GroupInbox,
        people: ["alice@example.com", "bob@example.com", "o'neil@example.com"]
            .map(|text| text.parse().unwrap())
            .to_vec(),
        requester: "alice@example.com".parse().unwrap(),
        needed_by: Some("2026-12-31".parse().unwrap()),
    }
}

fn value(request: &Request, key: Key) -> String {
    let value = serde_json::to_value(request).unwrap();
    match &value[key.name()] {
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap()).collect::<Vec<_>>().join("\n"),
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

#[test]
fn the_forms_are_what_the_golden_files_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let schema = format!("{:#}\n", tripod_tickets::request::schema());
    let files = Form::ALL.iter().map(|form| (form.file_name(), form.text()));
    for (name, text) in files.chain([("request.schema.json", schema)]) {
        let path = folder.join(name);
        if std::env::var_os("TRIPOD_BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), text, "{name}");
    }
}

#[test]
fn every_form_has_every_field() {
    for form in Form::ALL {
        if form == Form::Actions {
            continue;
        }
        let text = form.text();
        for field in &FIELDS {
            let named = [field.key.name(), field.key.variable(), field.label].iter().any(|name| text.contains(name));
            assert!(named, "{form:?} lacks {:?}", field.key);
        }
    }
}

#[test]
fn the_yaml_forms_are_yaml() {
    for form in [Form::GitHub, Form::Rundeck, Form::Ansible, Form::Actions] {
        let parsed: Result<Value, _> = serde_yaml::from_str(&form.text());
        assert!(parsed.is_ok(), "{form:?}: {parsed:?}");
    }
}

#[test]
fn no_expression_stands_in_a_script_of_the_workflow() {
    let workflow: Value = serde_yaml::from_str(&Form::Actions.text()).unwrap();
    let steps = workflow["jobs"]["check"]["steps"].as_array().unwrap();
    assert!(steps.iter().filter_map(|step| step["run"].as_str()).all(|script| !script.contains("${{")));
    assert_eq!(workflow["permissions"], json!({}));
    for action in steps.iter().filter_map(|step| step["uses"].as_str()) {
        let (_, pin) = action.split_once('@').unwrap();
        assert!(pin.len() == 40 && pin.chars().all(|c| c.is_ascii_hexdigit()), "{action}");
    }
}

#[test]
fn a_filled_github_form_reads_back() {
    let wanted = request();
    let form: Value = serde_yaml::from_str(&Form::GitHub.text()).unwrap();
    // GitHub makes a heading of each label.
    let body: String = form["body"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|field| {
            let label = field["attributes"]["label"].as_str()?;
            let key = Key::find(field["id"].as_str()?).unwrap();
            Some(format!("### {label}\n\n{}\n\n", value(&wanted, key)))
        })
        .collect();
    assert_eq!(read(Source::GitHub, body.as_bytes()), Ok(wanted.clone()));
    let webhook = json!({"action": "opened", "issue": {"number": 7, "body": body}, "sender": {"login": "alice"}});
    assert_eq!(read(Source::GitHub, webhook.to_string().as_bytes()), Ok(wanted.clone()));
    assert_eq!(read(Source::GitHub, webhook["issue"].to_string().as_bytes()), Ok(wanted));
    let empty = body.replace("2026-12-31", "_No response_");
    assert_eq!(read(Source::GitHub, empty.as_bytes()).unwrap().needed_by, None);
}

#[test]
fn a_filled_jira_form_reads_back() {
    let wanted = request();
    let form: Value = serde_json::from_str(&Form::Jira.text()).unwrap();
    let (mut fields, mut names, mut values) = (json!({}), json!({"customfield_1": "Story points"}), Vec::new());
    for (number, field) in (10_100..).zip(form["fields"].as_array().unwrap()) {
        let key = Key::find(field["request-field"].as_str().unwrap()).unwrap();
        let text = value(&wanted, key);
        let paragraph = |text: &str| json!({"type": "paragraph", "content": [{"type": "text", "text": text}]});
        let filled = match key.field().kind {
            FieldKind::Choice => json!({"self": "https://x/1", "value": text, "id": "1"}),
            FieldKind::People => {
                let content: Vec<_> = text.lines().map(paragraph).collect();
                json!({"type": "doc", "version": 1, "content": content})
            }
            _ => json!(text),
        };
        let id = format!("customfield_{number}");
        values.push(json!({"fieldId": id, "label": field["name"], "value": filled}));
        names[id.as_str()] = field["name"].clone();
        fields[id.as_str()] = filled;
    }
    fields["reporter"] = json!({"emailAddress": "Alice@example.com"});
    let issue = json!({"key": "IT-7", "fields": fields, "names": names});
    assert_eq!(read(Source::Jira, issue.to_string().as_bytes()), Ok(wanted.clone()));
    let request = json!({"issueKey": "IT-7", "requestFieldValues": values});
    assert_eq!(read(Source::Jira, request.to_string().as_bytes()), Ok(wanted));
}

#[test]
fn a_filled_servicenow_item_reads_back() {
    let wanted = request();
    let form: Value = serde_json::from_str(&Form::ServiceNow.text()).unwrap();
    let (mut plain, mut both, mut rows) = (json!({}), json!({}), Vec::new());
    for variable in form["item_option_new"].as_array().unwrap() {
        let name = variable["name"].as_str().unwrap();
        let text = value(&wanted, Key::find(name).unwrap());
        plain[name] = json!(text);
        both[name] = json!({"value": text, "display_value": "something else"});
        rows.push(json!({"sc_item_option.item_option_new.name": name, "sc_item_option.value": text}));
    }
    for ticket in [
        plain.clone(),
        json!({"result": {"number": "RITM0010001", "variables": both}}),
        json!({"result": [{"number": "RITM0010001", "variables": plain}]}),
        json!({"result": rows}),
    ] {
        assert_eq!(read(Source::ServiceNow, ticket.to_string().as_bytes()), Ok(wanted.clone()), "{ticket}");
    }
}

#[test]
fn a_filled_template_reads_back() {
    let wanted = request();
    let mut filled = String::new();
    for line in Form::Template.text().lines() {
        match line.split_once(": <").and_then(|(label, _)| Key::find(label)) {
            Some(key) => filled.extend([key.field().label, ": ", &value(&wanted, key), "\r\n"]),
            None => filled.extend([line, "\r\n"]),
        }
    }
    assert_eq!(read(Source::Template, filled.as_bytes()), Ok(wanted.clone()));
    let reply = format!("Hello\n\n{}\n-- \nAlice\nPurpose: of life", filled.replace("\r\n", "\n> "));
    assert_eq!(read(Source::Template, reply.as_bytes()), Ok(wanted));
    let untouched = read(Source::Template, Form::Template.text().as_bytes()).unwrap_err();
    assert_eq!(untouched.len(), 6, "{untouched:?}");
}

#[test]
fn the_schema_in_json_reads_back() {
    let wanted = request();
    assert_eq!(read(Source::Json, &serde_json::to_vec(&wanted).unwrap()), Ok(wanted));
}
