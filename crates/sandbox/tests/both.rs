//! Both providers' stand-ins behind one address and in one file.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use reqwest::Client;
use secrecy::ExposeSecret;
use serde_json::Value;
use tripod_model::Provider;
use tripod_sandbox::{Access, Description, Options, Sandbox, World, seed, seed_at};

async fn microsoft_users(sandbox: &Sandbox, http: &Client, tenant: &str) -> usize {
    let theirs = sandbox.microsoft_credentials(tenant, Access::Read).unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", theirs.client_id.as_str()),
        ("client_secret", theirs.client_secret.expose_secret()),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let url = format!("{}login.microsoftonline.com/{tenant}/oauth2/v2.0/token", sandbox.url());
    let token: Value = http.post(url).form(&form).send().await.unwrap().json().await.unwrap();
    let url = format!("{}graph.microsoft.com/v1.0/users?$top=999", sandbox.url());
    let reply = http.get(url).bearer_auth(token["access_token"].as_str().unwrap()).send().await.unwrap();
    let list: Value = reply.json().await.unwrap();
    list["value"].as_array().unwrap_or_else(|| panic!("{list}")).len()
}

#[tokio::test]
async fn both_providers_answer_at_one_address_and_live_on_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let description = seed(60, 5);
    let world = World::open(&state, Some(&description)).unwrap();
    let tenant = world.tenants().find(|(_, tenant)| tenant.provider == Provider::Microsoft365).unwrap().1;
    let tenant = tenant.tenant_id.clone().unwrap();
    let people = world.people();
    assert_eq!(people.iter().filter(|one| one.provider == Provider::GoogleWorkspace).count(), 30);
    assert_eq!(people.len(), 60);
    let sandbox = Sandbox::start(world, Options::default()).await.unwrap();
    let http = Client::new();
    let before = microsoft_users(&sandbox, &http, &tenant).await;
    assert!(before >= 30, "{before}");
    assert!(sandbox.google_key("juniper.example", Access::Read).is_some());
    let google =
        http.get(format!("{}admin.googleapis.com/admin/directory/v1/users/x", sandbox.url())).send().await.unwrap();
    assert_eq!(google.status(), 401);
    sandbox.stop().await.unwrap();

    let world = World::open(&state, None).unwrap();
    assert_eq!(world.people(), people);
    let sandbox = Sandbox::start(world, Options::default()).await.unwrap();
    assert_eq!(microsoft_users(&sandbox, &http, &tenant).await, before);
    sandbox.stop().await.unwrap();
}

#[test]
fn an_organisation_of_fifty_thousand_is_made_and_found_again() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("sandbox.db");
    let description = seed_at(50_000, 1, &[Provider::GoogleWorkspace]);
    drop(World::open(&state, Some(&description)).unwrap());
    let world = World::open(&state, None).unwrap();
    assert_eq!(world.people().len(), 50_000);
}

#[test]
fn the_example_has_somebody_whose_leaving_takes_six_things_along() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/two-tenants");
    let description = Description::read("sandbox.yaml", &std::fs::read(folder.join("sandbox.yaml")).unwrap()).unwrap();
    World::new(&description).unwrap();
    let grace: tripod_model::Address = "grace.odhiambo@northwind.example".parse().unwrap();
    let apps = &description.tenants["northwind"].apps;
    let alone = apps.iter().filter(|app| app.owners == [grace.clone()]).count();
    let grants = apps.iter().flat_map(|app| &app.grants).filter(|grant| grant.person == grace).count();
    let manifest = std::fs::read_to_string(folder.join("mailboxes/northwind.yaml")).unwrap();
    let mailboxes = manifest.matches("- grace.odhiambo@northwind.example").count();
    assert_eq!((mailboxes, alone, grants), (3, 1, 2));
}
