//! What counts as an approval: every line of the tables in docs/reference/desk.md is tried at the stand-in of its desk.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Method;
use serde_json::{Value, json};
use tripod_tickets::desk::{Answers, Desk, FileDesk, Says};

use crate::support::{DIGEST, Stage, id};

/// The cells of a table of the reference, line by line.
fn table(desk: &str) -> Vec<Vec<String>> {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/desk.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, after) = page.split_once(&format!("<!-- approvals: {desk} -->\n")).unwrap();
    let (table, _) = after.split_once("<!-- approvals: end -->").unwrap();
    let cells = |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    let rows: Vec<Vec<String>> = table.lines().skip(2).map(cells).collect();
    assert!(rows.len() >= 30, "{desk} has {} lines", rows.len());
    rows
}

/// The text in a cell, which is JSON in code.
fn value(cell: &str) -> Value {
    serde_json::from_str(&cell.trim_matches('`').replace("DIGEST", DIGEST)).unwrap()
}

/// The lines of a table that do not hold.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    /// Holds what a desk gives against what the table says.
    fn hold(&mut self, answers: &Answers, by: &str, expected: &str, row: &[String]) {
        let told: Vec<String> = answers.passed_over.iter().map(ToString::to_string).collect();
        let is_named = |says: &Says| matches!(says, Says::Names(digest) if digest.as_str() == DIGEST);
        let given: Vec<_> = answers.given.iter().map(|given| (given.by.as_str(), is_named(&given.says))).collect();
        let right = match expected {
            "yes" => given == [(by, true)] && told.is_empty(),
            "yes, for what was shown" => given == [(by, false)] && told.is_empty(),
            "nothing is said" => given.is_empty() && told.is_empty(),
            reason => {
                let is_told = matches!(&told[..], [one] if one.contains(reason) && one.contains("does not count"));
                given.is_empty() && is_told
            }
        };
        if !right {
            self.0.push(format!("{row:?}: {given:?} {told:?}"));
        }
    }

    fn assert_none(self) {
        assert!(self.0.is_empty(), "{}", self.0.join("\n"));
    }
}

#[tokio::test]
async fn what_counts_in_a_folder() {
    let mut wrong = Wrong::default();
    for row in table("file") {
        let [name, text, expected] = &row[..] else { panic!("{row:?}") };
        let folder = tempfile::TempDir::new().unwrap();
        let approvals = folder.path().join("IT-1/approvals");
        fs::create_dir_all(&approvals).unwrap();
        fs::write(approvals.join(name.trim_matches('`')), value(text).as_str().unwrap()).unwrap();
        let answers = FileDesk::new(folder.path()).answers(&id("IT-1")).await.unwrap();
        wrong.hold(&answers, "lee@contoso.com", expected, &row);
    }
    wrong.assert_none();
}

/// Calls to a desk that has to take them.
struct Caller<'a> {
    stage: &'a Stage,
    root: &'a str,
    bearer: bool,
}

impl Caller<'_> {
    async fn call(&self, who: &str, method: Method, target: &str, body: Value) -> Value {
        let authorization = if self.bearer {
            format!("Bearer sandbox-{who}")
        } else {
            format!("Basic {}", STANDARD.encode(format!("{who}:sandbox")))
        };
        let body = (method != Method::GET).then_some(body);
        let target = format!("{}{target}", self.root);
        let (status, reply) = self.stage.call(&authorization, method, &target, body).await;
        assert!(status.is_success(), "{who}, {target}: {status} {reply}");
        reply
    }
}

#[tokio::test]
async fn what_counts_at_github() {
    let stage = Stage::new().await;
    let at = Caller { stage: &stage, root: "api.github.com", bearer: true };
    at.call("it", Method::POST, "/user/repos", json!({"name": "requests"})).await;
    at.call("it", Method::PUT, "/repos/it/requests/collaborators/tripod", json!({})).await;
    let settings = "github: {repository: it/requests, credential: {path: secret}}\npeople: {lee: lee@contoso.com}\n";
    let desk = stage.desk(settings, "sandbox-tripod");
    let mut wrong = Wrong::default();
    for row in table("github") {
        let [text, by, then, expected] = &row[..] else { panic!("{row:?}") };
        let text = value(text);
        let issue = at.call("ana", Method::POST, "/repos/it/requests/issues", json!({"title": "x"})).await;
        let ticket = id(&issue["number"].to_string());
        let comments = format!("/repos/it/requests/issues/{ticket}/comments");
        desk.comment(&ticket, "the plan").await.unwrap();
        if then.starts_with("as a reaction") {
            let list = at.call("it", Method::GET, &comments, Value::Null).await;
            let target = format!("/repos/it/requests/issues/comments/{}/reactions", list[0]["id"]);
            let and = then.strip_prefix("as a reaction, with ").map(Value::from);
            for content in [Some(text), and].into_iter().flatten() {
                at.call(by, Method::POST, &target, json!({"content": content})).await;
            }
        } else {
            let edited = then.starts_with("edited").then(|| json!("I am not sure."));
            let body = json!({"body": edited.as_ref().unwrap_or(&text)});
            let comment = at.call(by, Method::POST, &comments, body).await;
            let target = format!("/repos/it/requests/issues/comments/{}", comment["id"]);
            match then.as_str() {
                "" => {}
                "edited by the author later" => {
                    stage.wait();
                    at.call(by, Method::PATCH, &target, json!({"body": text})).await;
                }
                "edited by another at once" => {
                    let edited = at.call("it", Method::PATCH, &target, json!({"body": text})).await;
                    assert_eq!(edited["created_at"], edited["updated_at"], "it is not at once");
                }
                "deleted" => {
                    at.call(by, Method::DELETE, &target, Value::Null).await;
                }
                "followed by «No, wait.»" => {
                    at.call(by, Method::POST, &comments, json!({"body": "No, wait."})).await;
                }
                other => panic!("{other}"),
            }
        }
        wrong.hold(&desk.answers(&ticket).await.unwrap(), "lee@contoso.com", expected, &row);
    }
    wrong.assert_none();
}

#[tokio::test]
async fn what_counts_at_jira() {
    let stage = Stage::new().await;
    let at = Caller { stage: &stage, root: "juniper.atlassian.net/rest", bearer: false };
    let settings = "jira: {url: 'https://juniper.atlassian.net', project: IT, queue: 1, user: tripod@contoso.com, \
                    credential: {path: secret}}\n";
    let desk = stage.desk(settings, "sandbox");
    let agent = "agent@contoso.com";
    let mut wrong = Wrong::default();
    for row in table("jira") {
        let [text, by, then, expected] = &row[..] else { panic!("{row:?}") };
        let text = value(text);
        let request = json!({"serviceDeskId": "IT", "requestTypeId": "1", "requestFieldValues": {}});
        let request = at.call("ana@contoso.com", Method::POST, "/servicedeskapi/request", request).await;
        let key = request["issueKey"].as_str().unwrap();
        desk.comment(&id(key), "the plan").await.unwrap();
        let account = at.call(by, Method::GET, "/api/3/myself", Value::Null).await["accountId"].clone();
        let invite = json!({"accountIds": [account]});
        at.call(agent, Method::POST, &format!("/servicedeskapi/request/{key}/participant"), invite).await;
        if then == "as the desk's own approval" {
            let fields = json!({"fields": {"customfield_10070": [{"accountId": account}]}});
            at.call(agent, Method::PUT, &format!("/api/3/issue/{key}"), fields).await;
            let way = json!({"transition": {"id": "51"}});
            at.call(agent, Method::POST, &format!("/api/3/issue/{key}/transitions"), way).await;
            let target = format!("/servicedeskapi/request/{key}/approval");
            let list = at.call(agent, Method::GET, &target, Value::Null).await;
            let target = format!("{target}/{}", list["values"][0]["id"].as_str().unwrap());
            at.call(by, Method::POST, &target, json!({"decision": text})).await;
        } else {
            let document = json!({"type": "doc", "version": 1, "content": text});
            let edited = then.starts_with("edited");
            let said = if edited { json!("I am not sure.") } else { text.clone() };
            let comment = if text.is_array() {
                at.call(by, Method::POST, &format!("/api/3/issue/{key}/comment"), json!({"body": document})).await
            } else {
                let target = format!("/servicedeskapi/request/{key}/comment");
                at.call(by, Method::POST, &target, json!({"body": said})).await
            };
            let target = format!("/api/3/issue/{key}/comment/{}", comment["id"].as_str().unwrap());
            let words = json!([{"type": "paragraph", "content": [{"type": "text", "text": text}]}]);
            let words = json!({"body": {"type": "doc", "version": 1, "content": words}});
            match then.as_str() {
                "" => {}
                "edited by the author later" => {
                    stage.wait();
                    at.call(by, Method::PUT, &target, words).await;
                }
                "edited by another at once" => {
                    at.call(agent, Method::PUT, &target, words).await;
                }
                "followed by «No, wait.»" => {
                    let target = format!("/servicedeskapi/request/{key}/comment");
                    at.call(by, Method::POST, &target, json!({"body": "No, wait."})).await;
                }
                other => panic!("{other}"),
            }
        }
        wrong.hold(&desk.answers(&id(key)).await.unwrap(), by, expected, &row);
    }
    wrong.assert_none();
}

#[tokio::test]
async fn what_counts_at_servicenow() {
    let stage = Stage::new().await;
    let at = Caller { stage: &stage, root: "juniper.service-now.com/api", bearer: false };
    let settings = "servicenow: {url: 'https://juniper.service-now.com', item: 0f3a, user: tripod, \
                    credential: {path: secret}}\npeople: {lee: lee@contoso.com, left.lee: left.lee@contoso.com}\n";
    let desk = stage.desk(settings, "sandbox");
    let mut wrong = Wrong::default();
    for row in table("servicenow") {
        let [text, by, then, expected] = &row[..] else { panic!("{row:?}") };
        let text = value(text);
        let order = json!({"sysparm_quantity": "1", "variables": {}});
        let order = at.call("ana", Method::POST, "/sn_sc/servicecatalog/items/0f3a/order_now", order).await;
        let ticket = id(order["result"]["number"].as_str().unwrap());
        desk.comment(&ticket, "the plan").await.unwrap();
        let asked = json!({"sysapproval": order["result"]["sys_id"], "approver": by});
        let asked = at.call("itil", Method::POST, "/now/table/sysapproval_approver", asked).await;
        let target = format!("/now/table/sysapproval_approver/{}", asked["result"]["sys_id"].as_str().unwrap());
        let set = async |who: &str, column: &str, value: &Value| {
            at.call(who, Method::PATCH, &target, json!({column: value})).await;
        };
        let author = if then == "written by another" { "itil" } else { by };
        set(author, "comments", &text).await;
        match then.as_str() {
            "followed by «No, wait.»" => set(by, "comments", &json!("No, wait.")).await,
            "the record is rejected" | "" | "written by another" | "approved by another" => {}
            other => panic!("{other}"),
        }
        let verdict = json!(if then == "the record is rejected" { "rejected" } else { "approved" });
        set(if then == "approved by another" { "admin" } else { by }, "state", &verdict).await;
        wrong.hold(&desk.answers(&ticket).await.unwrap(), "lee@contoso.com", expected, &row);
    }
    wrong.assert_none();
}
