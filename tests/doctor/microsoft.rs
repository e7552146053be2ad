//! What the doctor tells apart at Microsoft beside the causes: which permission, which cmdlet, and who is signed in.

use super::{CERTIFICATE, doctor, edit, lacks_nothing, names_only, run, with_line};

#[test]
fn each_permission_of_the_writing_app_that_lacks_is_named_by_itself() {
    for (permission, cause) in [
        ("User.Read.All", "microsoft-permission-missing"),
        ("User.EnableDisableAccount.All", "microsoft-permission-missing"),
        ("Group.ReadWrite.All", "microsoft-permission-missing"),
        ("Exchange.ManageAsApp", "exchange-app-role-missing"),
    ] {
        let folder = with_line("northwind", &format!("missing-permissions: [{permission}]"));
        let seen = names_only(&folder, "northwind", cause);
        let missing = seen.by_outcome("missing");
        assert_eq!(missing.len(), 1, "{}", seen.said);
        assert!(missing[0].1["subject"].as_str().unwrap().ends_with(permission), "{}", seen.said);
    }
}

#[test]
fn a_role_group_that_lets_write_lacks_nothing_and_one_cmdlet_that_lacks_is_named() {
    let folder = with_line("northwind", "exchange-role-group: [Mail Recipients, Mail Recipient Creation]");
    lacks_nothing(&doctor(folder.path(), &["--sandbox"]), "northwind/");
    let folder = with_line("northwind", "exchange-role-group: [Mail Recipients]");
    let seen = names_only(&folder, "northwind", "exchange-role-group-too-small");
    let missing = seen.by_outcome("missing");
    assert_eq!(missing.len(), 1, "{}", seen.said);
    assert!(missing[0].1["sentence"].as_str().unwrap().ends_with("holds New-Mailbox"), "{}", seen.said);
}

#[test]
fn a_try_to_sign_in_that_failed_is_told_until_somebody_signs_in_or_out() {
    let folder = with_line("northwind", "sign-in: {device-code: {outcome: blocked}}");
    edit(&folder, "tripod.yaml", CERTIFICATE, "device-code: true");
    let log = |in_or_out: &str| run(folder.path(), &["auth", in_or_out, "northwind", "--sandbox"]);
    for again in ["logout", "login"] {
        assert_eq!(log("login").status.code(), Some(5));
        let seen = names_only(&folder, "northwind", "microsoft-conditional-access");
        // Once for each of the two identities, which are one person.
        assert_eq!(seen.by_outcome("missing").len(), 2, "{}", seen.said);
        assert!(seen.said.contains("nobody has signed in, and the last try failed"), "{}", seen.said);
        if again == "login" {
            edit(&folder, "sandbox.yaml", "outcome: blocked", "outcome: approved");
            std::fs::remove_file(folder.path().join(".tripod/sandbox.db")).unwrap();
        }
        assert!(log(again).status.success());
        if again == "logout" {
            names_only(&folder, "northwind", "not-signed-in");
        } else {
            lacks_nothing(&doctor(folder.path(), &["--sandbox"]), "northwind/");
        }
    }
}

#[test]
fn a_job_of_github_and_a_machine_with_an_identity_lack_nothing() {
    let issuer =
        "issuer: \"https://token.actions.githubusercontent.com\", subject: \"repo:northwind/it:environment:mail\"";
    let federated = format!("federated: [{{{issuer}, identity: read}}, {{{issuer}, identity: write}}]");
    for (sign_in, more) in [
        (federated.as_str(), "federated-token: github-actions"),
        (
            "managed-identity: read",
            "certificate: {path: keys/northwind-app.pem}\n    read-credentials:\n      managed-identity: true",
        ),
    ] {
        let folder = with_line("northwind", &format!("sign-in: {{{sign_in}}}"));
        edit(&folder, "tripod.yaml", CERTIFICATE, more);
        let seen = doctor(folder.path(), &["--sandbox", "--for", "verify", "--for", "plan"]);
        lacks_nothing(&seen, "northwind/");
    }
}
