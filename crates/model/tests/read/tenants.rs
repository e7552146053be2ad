//! `tripod.yaml`.

use std::path::Path;

use tripod_model::{
    ActsAs, FederatedToken, GoogleCredentials, GoogleSignIn, MicrosoftProof, Provider, ProviderConfig, SecretSource,
    Settings, TenantName, read,
};

use crate::{WORKSPACE, file, lines, workspace};

#[track_caller]
fn check_settings(text: &str, expected: &[&str]) -> Option<Settings> {
    let (settings, problems) = read::settings(&file("t.yaml", text));
    assert_eq!(lines(&problems), expected);
    settings
}

#[test]
fn everything_that_the_workspace_says_is_read() {
    let text = WORKSPACE.replace("    admin:", "    mailbox-unit: /Service mailboxes\n    admin:")
        + "    read-credentials: {client-id: 0a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3, certificate: {path: read.pem}}\n\
           policies: [policies/baseline.yaml]\nmailboxes: boxes/\n";
    let settings = check_settings(&text, &[]).expect("settings");
    assert_eq!(settings.mailboxes, Path::new("boxes/"));
    assert_eq!(settings.policies.len(), 1);
    assert_eq!(settings.policies[0].1.to_string(), "t.yaml:16:12");
    let google = &settings.tenants[&TenantName("google".to_owned())];
    assert_eq!((google.provider(), google.place.to_string().as_str()), (Provider::GoogleWorkspace, "t.yaml:3:3"));
    let ProviderConfig::GoogleWorkspace(config) = &google.provider else { panic!("{google:?}") };
    assert_eq!(config.mailbox_unit, "/Service mailboxes");
    assert_eq!(config.credentials.signs_in, GoogleSignIn::ServiceAccountKey(SecretSource::Path("key.json".into())));
    let microsoft = &settings.tenants[&TenantName("microsoft".to_owned())];
    let ProviderConfig::Microsoft365(config) = &microsoft.provider else { panic!("{microsoft:?}") };
    assert_eq!(config.credentials.proof, MicrosoftProof::ClientSecret(SecretSource::Env("SECRET".to_owned())));
    let read = config.read_credentials.as_ref().expect("the identity that only reads");
    assert_eq!(read.proof, MicrosoftProof::Certificate(SecretSource::Path("read.pem".into())));
}

#[test]
fn a_tenant_has_days_of_its_own() {
    let zoned = |name: &str| WORKSPACE.replace("    admin:", &format!("    time-zone: {name}\n    admin:"));
    let settings = check_settings(&zoned("Pacific/Auckland"), &[]).expect("settings");
    let google = &settings.tenants[&TenantName("google".to_owned())];
    assert_eq!(google.zone.iana_name(), Some("Pacific/Auckland"));
    assert_eq!(settings.zone_of(&"x@g.test".parse().expect("an address")), google.zone);
    assert_eq!(settings.zone_of(&"x@m.test".parse().expect("an address")), jiff::tz::TimeZone::UTC);
    check_settings(
        &zoned("Europe/Olso"),
        &[
            "t.yaml:7:16: `Europe/Olso` is not a time zone (write a name of the IANA database, such as `Europe/Oslo` or `UTC`)",
        ],
    );
}

#[test]
fn what_the_workspace_leaves_out_has_a_default() {
    let settings = workspace();
    assert_eq!(settings.mailboxes, Path::new("mailboxes/"));
    assert!(settings.policies.is_empty() && settings.unread_domains.is_empty());
    let google = &settings.tenants[&TenantName("google".to_owned())];
    let ProviderConfig::GoogleWorkspace(config) = &google.provider else { panic!("{google:?}") };
    assert_eq!((config.mailbox_unit.as_str(), &config.read_credentials), ("/", &None));
}

#[test]
fn each_slip_is_reported_where_it_is() {
    for (from, to, expected) in [
        ("version: 1", "version: 2", "t.yaml:1:10: `version` is 2, and has to be 1"),
        ("version: 1\n", "\n", "t.yaml:2:1: the workspace needs the key `version`"),
        ("google-workspace", "google", "t.yaml:4:15: `provider` cannot be `google` (did you mean `google-workspace`?)"),
        (
            "C01234567",
            "my_customer",
            "t.yaml:5:15: `my_customer` is not a customer id (it looks like C01234567 and stands in the Admin console under Account, Account settings)",
        ),
        (
            "[g.test]",
            "[g.test, g_h]",
            "t.yaml:6:23: `g_h` is not a domain (write it as example.com; letters with accents as their xn-- form)",
        ),
        (
            "[m.test]",
            "[m.test, G.test]",
            "t.yaml:12:23: the domain `g.test` is there twice; the first is at t.yaml:6:15",
        ),
        (
            "admin@g.test",
            "admin@m.test",
            "t.yaml:7:12: the administrator `admin@m.test` is in none of the tenant's domains",
        ),
        ("admin@g.test", "admin", "t.yaml:7:12: `admin` is not an e-mail address; write it as name@example.com"),
        ("    admin: admin@g.test\n", "", "t.yaml:4:5: the tenant `google` needs the key `admin`"),
        (
            "    admin: admin@g.test\n",
            "    admin: admin@g.test\n    mailbox-unit: Service\n",
            "t.yaml:8:19: `Service` is not the path of an organisational unit (write it from the top, such as `/Service mailboxes`, without a slash at the end)",
        ),
        (
            "tenant-id: 5d0f6b1e",
            "tenant-id: 5d0f6b1",
            "t.yaml:11:16: `tenant-id` is not a GUID (a GUID is 32 hexadecimal digits in five groups, 01234567-89ab-cdef-0123-456789abcdef)",
        ),
        (
            "    tenant-id:",
            "    customer: C01234567\n    tenant-id:",
            "t.yaml:11:5: `customer` is only for tenants of Google Workspace",
        ),
        (
            "  microsoft:",
            "  mic rosoft:",
            "t.yaml:9:3: `mic rosoft` cannot be the name of a tenant (use up to 64 letters without accents, digits, `-`, `_` and `.`, and begin with a letter or digit)",
        ),
        (
            "  microsoft:",
            "  google:",
            "t.yaml:9:3: the tenant `google` is there twice; the first is in line 3 (remove one of them or give it another name)",
        ),
    ] {
        check_settings(&WORKSPACE.replacen(from, to, 1), &[expected]);
    }
}

#[test]
fn a_tenant_with_a_problem_leaves_its_domains_known() {
    let settings = check_settings(&WORKSPACE.replace("C01234567", "'1'"), &[
        "t.yaml:5:15: `1` is not a customer id (it looks like C01234567 and stands in the Admin console under Account, Account settings)",
    ])
    .expect("settings");
    assert_eq!(settings.unread_domains, ["g.test"]);
    assert_eq!(settings.tenants.len(), 1);
}

#[test]
fn credentials_say_where_one_secret_is() {
    let how =
        "write `client-secret: {path: FILE}`, `client-secret: {env: VARIABLE}` or `client-secret: {keychain: NAME}`";
    let ways = "one of `certificate`, `client-secret`, `federated-token`, `device-code`, `managed-identity`";
    for (credentials, expected) in [
        ("{client-secret: {env: X}}", "t.yaml:13:18: this identity needs the key `client-id`".to_owned()),
        ("{client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3}", format!("t.yaml:13:18: this identity needs {ways}")),
        (
            "{client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3, client-secret: {}}",
            format!("t.yaml:13:83: `client-secret` does not say where the secret is kept ({how})"),
        ),
        (
            "{client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3, client-secret: {env: A, path: b}}",
            format!("t.yaml:13:83: `client-secret` names more than one place ({how})"),
        ),
        (
            "{client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3, client-secret: {env: A}, certificate: {path: b}}",
            "t.yaml:13:68: this identity has `certificate`, `client-secret`, and needs only one of them".to_owned(),
        ),
        (
            "{client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3, certificat: {path: b}}",
            "t.yaml:13:68: this identity has a key that is not known (did you mean `certificate`?)".to_owned(),
        ),
    ] {
        let start = WORKSPACE.find("{client-id").expect("the credentials");
        let text = format!("{}{credentials}\n", &WORKSPACE[..start]);
        check_settings(&text, &[&expected]);
    }
}

#[test]
fn every_way_to_sign_in_is_read() {
    let google = |credentials: &str| {
        let text = WORKSPACE.replace("{service-account-key: {path: key.json}}", credentials);
        let settings = check_settings(&text, &[]).expect("settings");
        let ProviderConfig::GoogleWorkspace(config) = &settings.tenants[&TenantName("google".to_owned())].provider
        else {
            panic!("{settings:?}")
        };
        config.credentials.clone()
    };
    let entry = || SecretSource::Keychain("tripod/write".to_owned());
    assert_eq!(
        google("{service-account-key: {keychain: tripod/write}, acts-as: itself}"),
        GoogleCredentials { signs_in: GoogleSignIn::ServiceAccountKey(entry()), acts_as: ActsAs::Itself }
    );
    let service_account = "tripod@p-1.iam.gserviceaccount.com".to_owned();
    assert_eq!(
        google("{keyless: {service-account: tripod@p-1.iam.gserviceaccount.com}}"),
        GoogleCredentials {
            signs_in: GoogleSignIn::Keyless { service_account: service_account.clone(), through: None },
            acts_as: ActsAs::Administrator,
        }
    );
    let through = Some(SecretSource::Path("wif.json".into()));
    let keyless = google("{keyless: {service-account: tripod@p-1.iam.gserviceaccount.com, through: {path: wif.json}}}");
    assert_eq!(keyless.signs_in, GoogleSignIn::Keyless { service_account, through });
    let browser = google("{browser: {client: {keychain: tripod/write}}}");
    assert_eq!(browser.signs_in, GoogleSignIn::Browser { client: entry() });

    let microsoft = |credentials: &str| {
        let start = WORKSPACE.find("{client-id").expect("the credentials");
        let settings = check_settings(&format!("{}{credentials}\n", &WORKSPACE[..start]), &[]).expect("settings");
        let ProviderConfig::Microsoft365(config) = &settings.tenants[&TenantName("microsoft".to_owned())].provider
        else {
            panic!("{settings:?}")
        };
        (config.credentials.client_id.is_some(), config.credentials.proof.clone())
    };
    let id = "client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3";
    for (proof, expected) in [
        ("federated-token: github-actions", MicrosoftProof::FederatedToken(FederatedToken::GithubActions)),
        ("federated-token: kubernetes", MicrosoftProof::FederatedToken(FederatedToken::Kubernetes)),
        (
            "federated-token: {env: T}",
            MicrosoftProof::FederatedToken(FederatedToken::Source(SecretSource::Env("T".to_owned()))),
        ),
        ("device-code: true", MicrosoftProof::DeviceCode),
        ("managed-identity: true", MicrosoftProof::ManagedIdentity),
    ] {
        assert_eq!(microsoft(&format!("{{{id}, {proof}}}")), (true, expected));
    }
    assert_eq!(microsoft("{managed-identity: true}"), (false, MicrosoftProof::ManagedIdentity));
}

#[test]
fn a_way_to_sign_in_with_a_slip_is_reported_where_it_is() {
    for (credentials, expected) in [
        (
            "{keyless: {service-account: x/../y@p.iam.gserviceaccount.com}}",
            "t.yaml:8:46: `service-account` is not the address of a service account (write its address, such as tripod@project.iam.gserviceaccount.com)",
        ),
        (
            "{keyless: {service-account: a@p.iam.gserviceaccount.com, through: adc}}",
            "t.yaml:8:84: `through` has to say where the secret is kept; a secret must not stand in this file (write `through: {path: FILE}`, `through: {env: VARIABLE}` or `through: {keychain: NAME}`; if it was a secret, replace it)",
        ),
        (
            "{browser: {client: {path: c.json}}, acts-as: itself}",
            "t.yaml:8:54: `acts-as` is only for service accounts; in the browser, a person signs in for themselves",
        ),
        (
            "{service-account-key: {path: k.json}, acts-as: myself}",
            "t.yaml:8:65: `acts-as` can be `administrator` or `itself` (with domain-wide delegation `administrator`, with an admin role of its own `itself`)",
        ),
    ] {
        let text = WORKSPACE.replace("{service-account-key: {path: key.json}}", credentials);
        check_settings(&text, &[expected]);
    }
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    for secret in [
        "federated-token: hunter2",
        "device-code: hunter2",
        "client-secret: {keychain: 'hunter2 ~'}",
        "client-secret: hunter2",
        "client-secret: 'hunter2~'",
        "client-secret: {hunter2}",
        "client-secret: {hunter2: 1}",
        "client-secret: {env: hunter2~}",
        "client-secret: {env: [hunter2]}",
        "client-secret: [hunter2]",
        "hunter2: {env: A}",
        "client-secret: {path: \"-----BEGIN PRIVATE KEY-----\\nhunter2\"}",
        "certificate: '{\"private_key\": \"hunter2\"}'",
        "certificate: {path: '{\"private_key\": \"hunter2\"}'}",
    ] {
        for text in [
            WORKSPACE.replace("client-secret: {env: SECRET}", secret),
            WORKSPACE.replace("client-id: 9a4c7f20-61be-4d3f-8e75-0c2b9d18f6a3", "client-id: hunter2"),
            WORKSPACE.replace("{service-account-key: {path: key.json}}", "{service-account-key: hunter2}"),
            WORKSPACE.replace("{service-account-key: {path: key.json}}", "hunter2"),
            WORKSPACE.replace("client-secret: {env: SECRET}", &format!("{secret}, {secret}")),
        ] {
            let (_, problems) = read::settings(&file("t.yaml", &text));
            assert!(!problems.is_empty(), "{text}");
            assert!(!lines(&problems).concat().contains("hunter2"), "{problems:?}");
        }
    }
}

#[test]
fn a_reading_identity_that_cannot_be_read_is_not_replaced_by_the_writing_one() {
    let text = format!("{WORKSPACE}    read-credentials: {{}}\n");
    let settings = check_settings(
        &text,
        &[
            "t.yaml:14:23: this identity needs one of `certificate`, `client-secret`, `federated-token`, `device-code`, `managed-identity`",
            "t.yaml:14:23: this identity needs the key `client-id`",
        ],
    )
    .expect("settings");
    assert!(!settings.tenants.contains_key(&TenantName("microsoft".to_owned())));
}
