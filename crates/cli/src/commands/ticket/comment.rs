//! What a ticket is told. Nothing that came from somebody else is markup in it.

use std::fmt::Write as _;

use jiff::Timestamp;
use tripod_provisioner::{Plan, Planned};
use tripod_tenant::{Observation, Observed, Person};
use tripod_tickets::approval::ApprovalPolicy;
use tripod_tickets::request::Request;
use tripod_tickets::text::{fenced, markdown, message};

use super::manifest::Change;

/// A plan that is posted.
pub(super) struct Posted<'a> {
    pub request: &'a Request,
    pub planned: &'a Planned,
    /// The plan as it was posted first.
    pub plan: &'a Plan,
    pub observed: &'a Observation,
    pub change: &'a Change,
    pub policy: &'a ApprovalPolicy,
    /// Why approvals do not count.
    pub refusals: &'a [String],
    pub desk: &'a str,
    pub now: Timestamp,
}

/// The comment with the plan, its digest, what was checked, and how to approve it.
pub(super) fn posted(posted: &Posted<'_>) -> String {
    let mut text = tripod_report::plan_markdown(posted.planned);
    checks(&mut text, posted);
    match &posted.change.file {
        Some((file, added)) => {
            let _ = write!(text, "\n### The new entry in {}\n\n{}", markdown(&file.name), fenced("yaml", added));
        }
        None => text.push_str("\nThe manifest has the entry already.\n"),
    }
    text.push_str("\n### Approval\n\n");
    if posted.policy.approvers.is_empty() {
        text.push_str(
            "No policy names anybody who may approve. Somebody has to add `approvals` to a policy file first.\n",
        );
        return text;
    }
    let digest = posted.plan.digest();
    let _ = write!(text, "This plan waits for the approval of its digest:\n\n{}", fenced("", digest.as_str()));
    text.push('\n');
    if posted.desk == "file" {
        text.push_str(
            "To approve it, put a file into the folder `approvals` of this ticket, its name ending in `.json`:\n\n",
        );
        let example =
            format!(r#"{{"by": "YOUR ADDRESS", "digest": "{digest}", "at": "{}"}}"#, posted.now.strftime("%FT%TZ"));
        let _ = writeln!(text, "{}", fenced("json", &example));
    }
    if posted.desk != "file" {
        let _ =
            writeln!(text, "To approve it, answer with this line:\n\n{}", fenced("", &format!("/approve {digest}")));
    }
    let names: Vec<String> = posted.policy.approvers.iter().map(|address| markdown(address.as_str())).collect();
    let _ = writeln!(
        text,
        "It may be approved by {}; not by the requester{}. An approval counts for {} hours, and for this plan only.",
        names.join(", "),
        if posted.policy.delegates_may_approve { "" } else { ", nor by anybody who gets access by it" },
        posted.policy.hours
    );
    if !posted.refusals.is_empty() {
        text.push_str("\n**What was given so far does not count:**\n\n");
        for refusal in posted.refusals {
            let _ = writeln!(text, "- {}", message(refusal));
        }
    }
    text
}

fn checks(text: &mut String, posted: &Posted<'_>) {
    let Posted { request, plan, observed, now, .. } = posted;
    let is_active = |observed: Observed<Person>| observed.present().is_some_and(|person| person.is_active_at(*now));
    let active = request.people.iter().filter(|address| is_active(observed.person(address))).count();
    text.push_str("\n### Checks\n\n");
    let _ = writeln!(text, "- The request of {} is complete", markdown(request.requester.as_str()));
    let _ = writeln!(
        text,
        "- {active} of {} people are in the directory and active; at least {} have to be",
        request.people.len(),
        plan.quorum()
    );
    text.push_str("- The plan breaks no safety rule\n");
    text.push_str("- The manifest has no problem with the new entry, and nothing else in it changes\n");
    if let Some(day) = request.needed_by {
        let _ = writeln!(text, "- It is needed by {day}");
    }
}

/// The comment for a plan that cannot be made.
pub(super) fn held_up(planned: &Planned) -> String {
    format!(
        "This cannot be carried out as it is. Nothing was changed; it will be looked at again.\n\n{}",
        tripod_report::plan_markdown(planned)
    )
}

/// The last word to the requester when everything is done.
pub(super) fn closing(request: &Request) -> String {
    let mut text = format!("The mailbox **{}** is ready.\n\n", markdown(request.mailbox.as_str()));
    let _ = writeln!(text, "It is for: {}\n", markdown(&request.purpose));
    text.push_str("These people can open it, each with their own account:\n\n");
    for person in &request.people {
        let _ = writeln!(text, "- {}", markdown(person.as_str()));
    }
    let _ = writeln!(text, "\nUse the address for {} in place of anybody's own.", markdown(&request.app));
    text
}

/// The last word to the requester when there was nothing to do.
pub(super) fn already_so(request: &Request) -> String {
    format!(
        "Nothing had to be done: **{}** is there already, with the people that you named.\n",
        markdown(request.mailbox.as_str())
    )
}
