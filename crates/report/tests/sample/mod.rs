//! A verification as it could come from an organisation with two tenants, and one in which nothing is wrong.

use jiff::Timestamp;
use jiff::civil::date;
use tripod_model::{Address, CheckId, Kind, Place, TenantName};
use tripod_tenant::{ErrorKind, Inactive};
use tripod_verifier::history::{RunId, TrendPoint};
use tripod_verifier::{
    Accepted, DelegateStanding, Evidence, FINDINGS_VERSION, Finding, MailboxStanding, NotApplicable, Remedy, Severity,
    StandingState, UnknownCheck, Verification,
};

const QUORUM: usize = 3;

fn now() -> Timestamp {
    "2026-11-23T09:00:00.25Z".parse().unwrap()
}

fn address(text: &str) -> Address {
    text.parse().unwrap()
}

fn tenant(mailbox: &str) -> TenantName {
    TenantName(if mailbox.ends_with("contoso.test") { "contoso" } else { "example" }.to_owned())
}

fn place(file: &str, line: usize, column: usize) -> Place {
    Place { file: file.to_owned(), line, column }
}

fn active(name: &str) -> DelegateStanding {
    let who = if name.contains('@') { name.to_owned() } else { format!("{name}@contoso.test") };
    DelegateStanding { who, wanted: true, has_access: true, inactive: None, unknown: false, delegation_off: false }
}

fn mailbox(name: &str, kind: Kind, delegates: Vec<DelegateStanding>) -> MailboxStanding {
    MailboxStanding {
        address: address(name),
        tenant: tenant(name),
        kind,
        purpose: "It owns our account at the provider".to_owned(),
        apps: vec!["Veeam Data Cloud".to_owned()],
        place: place("mailboxes/office.yaml", 3, 3),
        state: StandingState::Present,
        active: delegates.iter().filter(|delegate| delegate.counts()).count(),
        uncertain: delegates.iter().filter(|delegate| delegate.may_count()).count(),
        delegates,
    }
}

fn all(names: &[&str]) -> Vec<DelegateStanding> {
    names.iter().map(|name| active(name)).collect()
}

fn mailboxes() -> Vec<MailboxStanding> {
    use Kind::{GroupInbox, SharedMailbox};
    let backups = vec![
        active("ana.ruiz"),
        active("bo.chen"),
        DelegateStanding { inactive: Some(Inactive::Disabled), ..active("carl.meier") },
    ];
    let status =
        vec![active("ana.ruiz"), active("bo.chen"), DelegateStanding { unknown: true, ..active("dora.weiss") }];
    let social = vec![
        active("ida.novak@example.test"),
        active("jo.park@example.test"),
        active("ana.ruiz@example.test"),
        DelegateStanding { wanted: false, ..active("max.muster@example.test") },
    ];
    vec![
        mailbox("backups@contoso.test", SharedMailbox, backups),
        mailbox("billing@contoso.test", SharedMailbox, all(&["ana.ruiz", "bo.chen", "dora.weiss"])),
        mailbox("certificates@contoso.test", SharedMailbox, all(&["ana.ruiz", "bo.chen", "emil.frey"])),
        mailbox("cloud@contoso.test", SharedMailbox, all(&["ana.ruiz", "emil.frey", "fatima.said", "bo.chen"])),
        mailbox("domains@contoso.test", SharedMailbox, all(&["bo.chen", "emil.frey", "fatima.said"])),
        MailboxStanding { state: StandingState::Missing, ..mailbox("hr-apps@contoso.test", SharedMailbox, Vec::new()) },
        mailbox("status@contoso.test", GroupInbox, status),
        mailbox(
            "ads@example.test",
            GroupInbox,
            all(&["ida.novak@example.test", "jo.park@example.test", "kai.lund@example.test"]),
        ),
        mailbox(
            "shop@example.test",
            SharedMailbox,
            all(&[
                "ida.novak@example.test",
                "jo.park@example.test",
                "kai.lund@example.test",
                "lea.roth@example.test",
                "nils.berg@example.test",
            ]),
        ),
        mailbox("social@example.test", GroupInbox, social),
        MailboxStanding { state: StandingState::Unknown, ..mailbox("video@example.test", SharedMailbox, Vec::new()) },
        mailbox(
            "web@example.test",
            SharedMailbox,
            all(&["lea.roth@example.test", "nils.berg@example.test", "kai.lund@example.test", "jo.park@example.test"]),
        ),
    ]
}

struct Draft {
    check: CheckId,
    mailbox: &'static str,
    subject: Option<&'static str>,
    message: &'static str,
    evidence: Vec<Evidence>,
    remedy: Remedy,
    place: Place,
}

fn finding(draft: Draft) -> Finding {
    Finding {
        check: draft.check,
        rule: None,
        severity: draft.check.severity(),
        tenant: tenant(draft.mailbox),
        mailbox: address(draft.mailbox),
        subject: draft.subject.map(str::to_owned),
        message: draft.message.to_owned(),
        evidence: draft.evidence,
        remedy: draft.remedy,
        place: draft.place,
    }
}

fn findings() -> Vec<Finding> {
    let it = |line, column| place("mailboxes/it operations.yaml", line, column);
    let own = finding(Draft {
        check: CheckId::OwnRule,
        mailbox: "domains@contoso.test",
        subject: None,
        message: "domains@contoso.test: it stands on fewer than four people",
        evidence: vec![Evidence::new("rule", "mailbox.active < 4 && mailbox.kind == 'shared-mailbox'")],
        remedy: Remedy::say("name one more person in the manifest"),
        place: it(34, 3),
    });
    vec![
        finding(Draft {
            check: CheckId::BelowQuorum,
            mailbox: "backups@contoso.test",
            subject: None,
            message: "backups@contoso.test stands on 2 active delegates, needs 3",
            evidence: vec![
                Evidence::new("active", "ana.ruiz@contoso.test"),
                Evidence::new("active", "bo.chen@contoso.test"),
            ],
            remedy: Remedy::say("name an active person in the manifest and run `tripod apply`")
                .run("tripod impact carl.meier@contoso.test --patch")
                .write("delegates:\n  - ana.ruiz@contoso.test\n  - bo.chen@contoso.test\n  - emil.frey@contoso.test\n"),
            place: it(1, 3),
        }),
        finding(Draft {
            check: CheckId::MailboxMissing,
            mailbox: "hr-apps@contoso.test",
            subject: None,
            message: "hr-apps@contoso.test does not exist",
            evidence: Vec::new(),
            remedy: Remedy::say("run `tripod apply` to create it").run("tripod apply"),
            place: it(41, 3),
        }),
        finding(Draft {
            check: CheckId::DelegateInactive,
            mailbox: "backups@contoso.test",
            subject: Some("carl.meier@contoso.test"),
            message: "carl.meier@contoso.test is a delegate of backups@contoso.test but cannot act: account disabled",
            evidence: vec![Evidence::new("account", "disabled")],
            remedy: Remedy::say("name somebody else in the manifest and run `tripod apply`"),
            place: it(7, 17),
        }),
        finding(Draft {
            check: CheckId::OnTheEdge,
            mailbox: "billing@contoso.test",
            subject: Some("dora.weiss@contoso.test"),
            message: "billing@contoso.test stands on exactly 3, and dora.weiss@contoso.test leaves on 2026-12-15",
            evidence: vec![Evidence::new("leaves on", "2026-12-15"), Evidence::new("days left", 22)],
            remedy: Remedy::say("name a successor before that day")
                .run("tripod impact dora.weiss@contoso.test --patch"),
            place: it(15, 45),
        }),
        finding(Draft {
            check: CheckId::SignInOpen,
            mailbox: "cloud@contoso.test",
            subject: Some("sign-in"),
            message: "signing in to cloud@contoso.test is possible",
            evidence: vec![Evidence::new("accountEnabled", "true")],
            remedy: Remedy::say("run `tripod apply`, which blocks it").run("tripod apply"),
            place: it(27, 3),
        }),
        finding(Draft {
            check: CheckId::DelegateExtra,
            mailbox: "social@example.test",
            subject: Some("max.muster@example.test"),
            message: "max.muster@example.test has access to social@example.test and is not in the manifest",
            evidence: vec![Evidence::new("rights", "read and send")],
            remedy: Remedy::say("add the person to the manifest, or run `tripod apply`, which ends the access"),
            place: place("mailboxes/büro.yaml", 3, 3),
        }),
        finding(Draft {
            check: CheckId::NearLimit,
            mailbox: "shop@example.test",
            subject: None,
            message: "shop@example.test holds 46.2 of 50 GB",
            evidence: vec![Evidence::new("size", "46.2 GB"), Evidence::new("limit", "50 GB")],
            remedy: Remedy::say("delete or archive old mail"),
            place: place("mailboxes/büro.yaml", 12, 3),
        }),
        Finding { rule: Some("shared-needs-four".to_owned()), ..own },
        finding(Draft {
            check: CheckId::UnmanagedMailbox,
            mailbox: "old-crm@example.test",
            subject: None,
            message: "old-crm@example.test is a shared mailbox that no manifest names",
            // What a tenant could send to whoever reads its report.
            evidence: vec![Evidence::new(
                "name",
                "CRM\u{1b}[2J<script>alert(1)</script> ]]> \"quoted\" & 'so' @everyone `tick` \u{202e}gnp.exe\u{0}",
            )],
            remedy: Remedy::say("write it into the manifest, so that its people are looked after, or delete it")
                .run("tripod import")
                .write("- address: old-crm@example.test\n  name: \"<img src=x onerror=alert(1)>\"\n  # ```\n"),
            place: place("tripod.yaml", 11, 3),
        }),
    ]
}

fn unknown() -> Vec<UnknownCheck> {
    let unknown = |check, mailbox: Option<&str>, what: &str, reason: &str, kind| UnknownCheck {
        check,
        rule: None,
        tenant: TenantName(
            if mailbox.is_some_and(|name| name.ends_with("contoso.test")) { "contoso" } else { "example" }.to_owned(),
        ),
        mailbox: mailbox.map(address),
        what: what.to_owned(),
        reason: reason.to_owned(),
        kind,
    };
    vec![
        unknown(
            None,
            Some("video@example.test"),
            "whether the mailbox is there",
            "page 4 of the list was throttled for good",
            ErrorKind::Throttled,
        ),
        unknown(
            Some(CheckId::BelowQuorum),
            Some("status@contoso.test"),
            "whether dora.weiss@contoso.test is active",
            "the connection was cut <after 30 s>",
            ErrorKind::Unavailable,
        ),
        unknown(
            Some(CheckId::UnmanagedMailbox),
            None,
            "which service mailboxes the tenant has",
            "the credential lacks a scope",
            ErrorKind::Denied,
        ),
    ]
}

/// 12 mailboxes, 9 findings, 1 accepted, 3 unknown.
pub(crate) fn verification() -> Verification {
    let accepted = finding(Draft {
        check: CheckId::ForwardingOutside,
        mailbox: "ads@example.test",
        subject: Some("agency@partner.test"),
        message: "mail of ads@example.test is forwarded to agency@partner.test",
        evidence: vec![Evidence::new("forwards to", "agency@partner.test")],
        remedy: Remedy::say("ask who set it up, then remove it in the admin console"),
        place: place("mailboxes/büro.yaml", 20, 3),
    });
    Verification {
        version: FINDINGS_VERSION,
        at: now(),
        quorum: QUORUM,
        mailboxes: mailboxes(),
        findings: findings(),
        accepted: vec![Accepted {
            finding: accepted,
            who: "Ida Novak, marketing".to_owned(),
            why: "the agency answers until the campaign ends".to_owned(),
            until: date(2027, 1, 31),
        }],
        unknown: unknown(),
        not_made: vec![CheckId::EdgeIdle, CheckId::DelegateIdle, CheckId::ApplicationPasswords],
        not_applicable: vec![NotApplicable {
            check: CheckId::MailboxSuspended,
            reason: "the provider does not know this state for this kind".to_owned(),
            mailboxes: vec![address("status@contoso.test")],
        }],
    }
}

/// A verification in which every check was made and nothing is wrong.
pub(crate) fn clean() -> Verification {
    let mailboxes: Vec<_> = mailboxes().into_iter().filter(|one| one.active >= QUORUM).collect();
    Verification {
        mailboxes,
        findings: Vec::new(),
        accepted: Vec::new(),
        unknown: Vec::new(),
        not_made: Vec::new(),
        not_applicable: Vec::new(),
        ..verification()
    }
}

/// The findings by severity of a severe verification, without the rest.
pub(crate) fn count(verification: &Verification, severity: Severity) -> i64 {
    i64::try_from(verification.findings.iter().filter(|one| one.severity == severity).count()).unwrap()
}

/// Six runs, a week between them; the last is that of the sample.
pub(crate) fn trend() -> Vec<TrendPoint> {
    let point = |run, at: &str, mailboxes, sound, [low, medium, high, critical]: [i64; 4], unknown| TrendPoint {
        run: RunId(run),
        at: at.to_owned(),
        mailboxes,
        sound,
        low,
        medium,
        high,
        critical,
        unknown,
    };
    let last = verification();
    let numbers = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical].map(|one| count(&last, one));
    vec![
        point(1, "2026-10-19T09:00:00Z", 9, 4, [3, 4, 6, 3], 0),
        point(2, "2026-10-26T09:00:00Z", 9, 6, [3, 3, 4, 2], 1),
        point(3, "2026-11-02T09:00:00Z", 10, 8, [2, 3, 3, 1], 0),
        point(4, "2026-11-09T09:00:00Z", 11, 10, [1, 2, 1, 0], 0),
        point(5, "2026-11-16T09:00:00Z", 12, 10, [1, 2, 2, 1], 0),
        point(6, "2026-11-23T09:00:00Z", 12, 8, numbers, 3),
    ]
}
