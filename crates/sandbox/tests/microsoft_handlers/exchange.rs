//! Exchange.

use secrecy::ExposeSecret;
use serde_json::{Value, json};
use tripod_sandbox::Access;
use tripod_sandbox::wire::Request;

use crate::stage::*;

#[test]
fn a_new_mailbox_appears_after_the_lag_with_sign_in_open() {
    let mut stage = stage();
    let parameters =
        json!({"shared": true, "name": "backups", "ALIAS": "backups", "PrimarySmtpAddress": "backups@nw.example"});
    let made = stage.rows("New-Mailbox", parameters).remove(0);
    assert_eq!(made["ExternalDirectoryObjectId"], json!(""));
    assert_eq!(made["UserPrincipalName"], json!("backups@northwind.example"));
    assert_eq!(made["PrimarySmtpAddress"], json!("backups@nw.example"));
    let by_guid = json!({"Identity": made["Guid"]});
    assert_eq!(exception(&stage.exchange("Get-Mailbox", by_guid.clone())).0, "ManagementObjectNotFoundException");
    assert_eq!(stage.graph("GET", "/users/backups@northwind.example", None).status, 404);
    stage.wait(5);
    let row = stage.rows("Get-Mailbox", by_guid.clone()).remove(0);
    assert_eq!(row["RecipientTypeDetails"], json!("SharedMailbox"));
    let id = row["ExternalDirectoryObjectId"].as_str().unwrap().to_owned();
    let target = format!("/users/{id}?$select=accountEnabled");
    assert_eq!(body(&stage.graph("GET", &target, None))["accountEnabled"], json!(true));
    assert_eq!(stage.graph("PATCH", &format!("/users/{id}"), Some(json!({"accountEnabled": false}))).status, 204);
    assert_eq!(body(&stage.graph("GET", &target, None))["accountEnabled"], json!(false));
    // Another back-end learns of it later.
    stage.anchor = "old@northwind.example".to_owned();
    assert_ne!(stage.exchange("Set-Mailbox", by_guid.clone()).status, 200);
    stage.wait(5);
    assert!(stage.exchange("Set-Mailbox", by_guid).status < 300);
}

#[test]
fn addresses_aliases_and_names_are_there_once() {
    let mut stage = stage();
    let mut refused = |name: &str, alias: &str, address: &str| {
        let parameters = json!({"Shared": true, "Name": name, "Alias": alias, "PrimarySmtpAddress": address});
        exception(&stage.exchange("New-Mailbox", parameters))
    };
    let (kind, text) = refused("x", "x", "a.bo@nw.example");
    assert_eq!(kind, "ProxyAddressExistsException");
    assert!(text.contains("\"SMTP:a.bo@nw.example\""));
    // The same alias in another domain: the text names the other one's address.
    let (kind, text) = refused("y", "ana", "ana@nw.example");
    assert_eq!(kind, "ProxyAddressExistsException");
    assert!(text.contains("\"SMTP:ana@northwind.example\""), "{text}");
    assert_eq!(refused("bob", "z", "z@nw.example").0, "ADObjectAlreadyExistsException");
    assert_eq!(refused("w", "w", "w@elsewhere.example").0, "NotAcceptedDomainException");
    assert!(refused("g", "g", "gone@northwind.example").1.contains("ExternalDirectoryObjectId was not returned"));
    assert_eq!(refused("Zoë", "zoe", "zoe@nw.example").0, "DataValidationException");
}

#[test]
fn rights_are_listed_added_once_and_taken_away() {
    let mut stage = stage();
    let made = stage.shared("backups");
    let on = |more: Value| {
        let mut parameters = json!({"Identity": made["Guid"]});
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        parameters
    };
    let full = on(json!({"User": "ana@northwind.example", "AccessRights": ["FullAccess"], "AutoMapping": false}));
    assert_eq!(stage.rows("Add-MailboxPermission", full.clone())[0]["User"], json!("ana@northwind.example"));
    let reply = stage.exchange("Add-MailboxPermission", full.clone());
    assert!(body(&reply)["@adminapi.warnings"][0].as_str().unwrap().contains("already present"));
    let rows = stage.rows("Get-MailboxPermission", on(json!({})));
    assert_eq!((rows.len(), &rows[0]["User"]), (2, &json!("NT AUTHORITY\\SELF")));
    let send = on(json!({"Trustee": "ana@northwind.example", "AccessRights": ["SendAs"]}));
    let reply = stage.exchange("Add-RecipientPermission", send.clone());
    assert!(exception(&reply).1.contains("prompts"));
    let mut send = send;
    send["Confirm"] = json!(false);
    assert_eq!(stage.rows("Add-RecipientPermission", send.clone()).len(), 1);
    assert_eq!(stage.rows("Get-RecipientPermission", json!({"Trustee": "ana@northwind.example"})).len(), 2);
    assert!(stage.exchange("Remove-RecipientPermission", send).status < 300);
    assert_eq!(stage.rows("Get-RecipientPermission", on(json!({}))).len(), 1);
    let take = on(json!({"User": "ana@northwind.example", "AccessRights": "FullAccess", "Confirm": false}));
    assert!(stage.exchange("Remove-MailboxPermission", take.clone()).status < 300);
    let reply = stage.exchange("Remove-MailboxPermission", take);
    assert!(body(&reply)["@adminapi.warnings"][0].as_str().unwrap().contains("isn't present"));
    for nobody in ["guest@other.example", "plain@northwind.example", "team@northwind.example", "nobody"] {
        let parameters = on(json!({"User": nobody, "AccessRights": ["FullAccess"]}));
        assert!(stage.exchange("Add-MailboxPermission", parameters).status >= 400, "{nobody}");
    }
}

#[test]
fn a_delegate_whose_account_is_gone_is_a_bare_identifier() {
    let mut stage = stage();
    // What nothing stands behind any more is shown only where it is asked for.
    assert_eq!(stage.rows("Get-MailboxPermission", json!({"Identity": "old@northwind.example"})).len(), 2);
    let whole = json!({"Identity": "old@northwind.example", "IncludeUnresolvedPermissions": true,
        "IncludeSoftDeletedUserPermissions": true});
    let rows = stage.rows("Get-MailboxPermission", whole.clone());
    let users: Vec<&str> = rows.iter().map(|row| row["User"].as_str().unwrap()).collect();
    let sid = users.iter().find(|user| user.starts_with("S-1-5-21-")).unwrap();
    assert!(users.contains(&"ana@northwind.example"));
    let take =
        json!({"Identity": "old@northwind.example", "User": sid, "AccessRights": ["FullAccess"], "Confirm": false});
    assert!(stage.exchange("Remove-MailboxPermission", take).status < 300);
    assert_eq!(stage.rows("Get-MailboxPermission", whole).len(), 2);
}

#[test]
fn a_mailbox_is_changed_removed_brought_back_and_purged() {
    let mut stage = stage();
    let made = stage.shared("backups");
    let guid = made["Guid"].clone();
    let hashtable = "#Exchange.GenericHashTable";
    let changes = json!({"Identity": guid, "MessageCopyForSentAsEnabled": true, "HiddenFromAddressListsEnabled": true,
        "EmailAddresses": {"@odata.type": hashtable, "Add": ["smtp:bak@nw.example"]},
        "GrantSendOnBehalfTo": {"@odata.type": hashtable, "add": "bob@northwind.example"}});
    assert!(stage.exchange("Set-Mailbox", changes).status < 300);
    let row = stage.rows("Get-Mailbox", json!({"Identity": "bak@nw.example"})).remove(0);
    assert_eq!(row["MessageCopyForSentAsEnabled"], json!(true));
    assert_eq!(row["GrantSendOnBehalfTo"], json!(["bob@northwind.example"]));
    let no_table = json!({"Identity": guid, "EmailAddresses": {"Add": ["smtp:c@nw.example"]}});
    assert_eq!(exception(&stage.exchange("Set-Mailbox", no_table)).0, "ParameterBindingException");
    let remove = json!({"Identity": guid, "Confirm": false});
    assert_eq!(exception(&stage.exchange("Remove-Mailbox", json!({"Identity": guid}))).0, "HostException");
    assert!(stage.exchange("Remove-Mailbox", remove.clone()).status < 300);
    assert!(stage.rows("Get-Mailbox", json!({"RecipientTypeDetails": "SharedMailbox"})).len() == 1);
    assert_eq!(stage.rows("Get-Mailbox", json!({"Identity": guid, "SoftDeletedMailbox": true})).len(), 1);
    assert_eq!(stage.rows("Undo-SoftDeletedMailbox", json!({"SoftDeletedObject": guid})).len(), 1);
    stage.exchange("Remove-Mailbox", remove);
    let purge = json!({"Identity": guid, "PermanentlyDelete": true, "Confirm": false});
    assert!(stage.exchange("Remove-Mailbox", purge).status < 300);
    assert!(stage.exchange("Get-Mailbox", json!({"Identity": guid, "SoftDeletedMailbox": true})).status >= 400);
    // The freed address is not free at once.
    let again = json!({"Shared": true, "Name": "backups", "Alias": "backups2", "PrimarySmtpAddress": "backups@northwind.example"});
    assert_eq!(exception(&stage.exchange("New-Mailbox", again.clone())).0, "ProxyAddressExistsException");
    stage.wait(3700);
    assert_eq!(stage.rows("New-Mailbox", again).len(), 1);
}

#[test]
fn pages_are_fetched_by_post_while_the_link_is_fresh() {
    let mut stage = stage();
    let mut list = stage.invocation(Access::Read, "Get-Recipient", json!({"ResultSize": "Unlimited"}));
    list.query = "$select=Guid".to_owned();
    list.headers.insert("prefer", "odata.maxpagesize=4".parse().unwrap());
    let reply = stage.send(&list);
    assert_eq!(body(&reply)["value"].as_array().unwrap().len(), 4);
    assert_eq!(body(&reply)["value"][0].as_object().unwrap().keys().collect::<Vec<_>>(), ["Guid"]);
    let link = body(&reply)["@odata.nextLink"].as_str().unwrap().to_owned();
    let target = link.strip_prefix("http://127.0.0.1:4000/outlook.office365.com").unwrap();
    let (path, query) = target.split_once('?').unwrap();
    (list.path, list.query) = (path.to_owned(), query.to_owned());
    assert_eq!(body(&stage.send(&list))["value"].as_array().unwrap().len(), 4);
    let by_get = Request { method: http::Method::GET, ..list.clone() };
    assert_eq!(stage.send(&by_get).status, 405);
    stage.wait(400);
    assert_eq!(stage.send(&list).status, 400);
}

#[test]
fn the_envelope_is_demanded() {
    let mut stage = stage();
    let mut bare = stage.invocation(Access::Write, "Get-Mailbox", json!({}));
    bare.headers.remove("x-anchormailbox");
    assert_eq!(stage.send(&bare).status, 400);
    let mut naked = stage.invocation(Access::Write, "Get-Mailbox", json!({}));
    naked.body = b"{\"CmdletName\":\"Get-Mailbox\"}".to_vec();
    assert_eq!(stage.send(&naked).status, 400);
    assert_eq!(exception(&stage.exchange("Get-Nothing", json!({}))).0, "CommandNotFoundException");
    let (kind, text) = exception(&stage.exchange("Get-Mailbox", json!({"Identiy": "x"})));
    assert!(kind == "ParameterBindingException" && text.contains("'Identiy'"));
    assert!(
        exception(&stage.exchange("Add-MailboxPermission", json!({"Identity": "x"}))).1.contains("User AccessRights")
    );
}

#[test]
fn what_fits_more_than_one_recipient_is_refused() {
    let mut stage = stage();
    for (alias, address) in [("one", "one@nw.example"), ("two", "two@nw.example")] {
        let parameters = json!({"Shared": true, "Name": alias, "DisplayName": "Twins", "Alias": alias, "PrimarySmtpAddress": address});
        stage.rows("New-Mailbox", parameters);
    }
    stage.wait(5);
    let reply = stage.exchange("Get-Recipient", json!({"Identity": "Twins"}));
    assert!(exception(&reply).1.contains("multiple recipients matching identity"));
    assert_eq!(stage.rows("Get-Recipient", json!({"Identity": "one"})).len(), 1);
}

#[test]
fn a_batch_of_cmdlets_is_answered_by_id() {
    let mut stage = stage();
    let single = stage.invocation(Access::Write, "Get-Mailbox", json!({"Identity": "old@northwind.example"}));
    let item = |id: &str, identity: &str| {
        json!({"id": id, "method": "POST", "url": format!("https://outlook.office365.com/adminapi/beta/{TENANT}/InvokeCommand"),
            "headers": {"X-CmdletName": "Get-Mailbox"},
            "body": {"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"Identity": identity}}}})
    };
    let requests = json!({"requests": [item("a", "old@northwind.example"), item("b", "nobody")]});
    let batch =
        Request { path: format!("/adminapi/beta/{TENANT}/$batch"), body: requests.to_string().into_bytes(), ..single };
    let reply = stage.send(&batch);
    let responses = body(&reply)["responses"].as_array().unwrap();
    assert_eq!((&responses[0]["status"], &responses[1]["status"]), (&json!(200), &json!(404)));
}

#[test]
fn a_tenant_without_exchange_has_no_tokens_for_it() {
    let mut told = description();
    told["apis-off"] = json!(["exchange"]);
    let mut stage = stage_of(told, 0);
    let credentials = stage.microsoft.credentials(TENANT, Access::Write).unwrap();
    let reply = stage.sign_in(&[
        ("grant_type", "client_credentials"),
        ("client_id", &credentials.client_id),
        ("client_secret", credentials.client_secret.expose_secret()),
        ("scope", "https://outlook.office365.com/.default"),
    ]);
    assert_eq!(body(&reply)["error_codes"], json!([650_052]));
}

#[test]
fn links_of_a_group_are_added_listed_and_taken_away_in_their_order() {
    let mut stage = stage();
    let content = json!({"displayName": "Desk", "mailEnabled": true, "mailNickname": "desk", "securityEnabled": false,
        "groupTypes": ["Unified"]});
    assert_eq!(stage.graph("POST", "/groups", Some(content)).status, 201);
    stage.wait(60);
    let of = |list: &str, who: &str| json!({"Identity": "desk@northwind.example", "LinkType": list, "Links": who, "Confirm": false});
    let listed = |stage: &mut Stage, list: &str| -> Vec<String> {
        let rows = stage.rows("Get-UnifiedGroupLinks", json!({"Identity": "desk@northwind.example", "LinkType": list}));
        rows.iter().map(|row| row["PrimarySmtpAddress"].as_str().unwrap().to_owned()).collect()
    };
    let (ana, bob) = ("ana@northwind.example", "bob@northwind.example");
    // An owner is a member first.
    assert!(exception(&stage.exchange("Add-UnifiedGroupLinks", of("Owners", ana))).1.contains("Only Members"));
    for who in [ana, bob, ana] {
        assert!(stage.exchange("Add-UnifiedGroupLinks", of("Members", who)).status < 300);
    }
    assert!(stage.exchange("Add-UnifiedGroupLinks", of("Owners", ana)).status < 300);
    assert_eq!((listed(&mut stage, "Members").len(), listed(&mut stage, "Owners")), (2, vec![ana.to_owned()]));
    // And stops being one last; somebody has to be owner.
    assert!(exception(&stage.exchange("Remove-UnifiedGroupLinks", of("Members", ana))).1.contains("Only Members"));
    assert!(exception(&stage.exchange("Remove-UnifiedGroupLinks", of("Owners", ana))).1.contains("last owner"));
    assert!(stage.exchange("Remove-UnifiedGroupLinks", of("Members", bob)).status < 300);
    assert_eq!(listed(&mut stage, "Members"), [ana]);
    assert!(stage.exchange("Add-UnifiedGroupLinks", of("Members", "nobody@northwind.example")).status >= 400);

    let set = json!({"Identity": "desk@northwind.example", "AccessType": "Private", "DisplayName": "Front Desk"});
    assert!(stage.exchange("Set-UnifiedGroup", set).status < 300);
    let reply = stage.graph("GET", "/groups?$filter=mailNickname%20eq%20'desk'", None);
    let group = &body(&reply)["value"][0];
    assert_eq!((&group["displayName"], &group["visibility"]), (&json!("Front Desk"), &json!("Private")));
    let mailbox = json!({"Identity": "ana@northwind.example", "AccessType": "Private"});
    assert!(stage.exchange("Set-UnifiedGroup", mailbox).status >= 400);
}
