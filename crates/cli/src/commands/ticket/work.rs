//! The way of a ticket. Every step can be done again after a run that died: what is kept says where it stands.

use std::collections::{BTreeMap, BTreeSet};

use tripod_model::Address;
use tripod_provisioner::plan::PlanOptions;
use tripod_provisioner::{Digest, Origin, Outcome, Plan, Planned};
use tripod_tenant::{Observation, Observed, Person, observe};
use tripod_tickets::approval::{Approval, ApprovalPolicy};
use tripod_tickets::desk::{Answers, Desk, DeskError, Ticket, TicketId};
use tripod_tickets::evidence::SigningKey;
use tripod_tickets::request::{self, Draft, Key, Request, RequestProblem, problems_markdown};
use tripod_tickets::ticket::{StoreError, TicketEvent, TicketState, TicketStore};

use super::answers::{self, Against};
use super::case::Case;
use super::comment::{self, Posted};
use super::manifest::{self, Change};
use super::people;
use super::record::{self, Carried};
use super::worked::Worked;
use crate::commands::{Context, apply, plan};
use crate::exit::{CommandError, Exit};
use crate::progress;
use crate::session::Session;
use crate::workspace::Workspace;

/// What work on one ticket needs.
pub(super) struct Bench<'a> {
    pub context: &'a Context,
    pub desk: &'a dyn Desk,
    pub store: &'a TicketStore,
    pub session: &'a Session,
    pub key: &'a SigningKey,
}

/// A plan for one ticket with everything that it was made from.
struct Drafted {
    /// The workspace with the mailbox of this ticket only.
    limited: Workspace,
    change: Change,
    planned: Planned,
    observed: Observation,
    people: BTreeMap<Address, Observed<Person>>,
}

impl Bench<'_> {
    /// Works on a ticket as far as it goes.
    pub(super) async fn work(&self, id: &TicketId) -> Result<Worked, CommandError> {
        let known = self.store.ticket(self.desk.name(), id).map_err(store_error)?;
        let state = known.map(|known| known.state).unwrap_or_default();
        let case = Case::of(&self.session.records(&self.context.common.directory), self.desk.name(), id);
        match state {
            TicketState::Closed { .. } => Ok(Worked::new(id, state, Exit::Done, "it is closed; nothing is left to do")),
            TicketState::Applied { .. } => self.close(id, &case, Vec::new()).await,
            TicketState::Applying { digest, by } => self.carry_on(id, &case, &digest, &by).await,
            TicketState::Received
            | TicketState::Incomplete { .. }
            | TicketState::Planned { .. }
            | TicketState::Approved { .. }
            | TicketState::Failed { .. } => self.begin(id, &case).await,
        }
    }

    fn happened(&self, id: &TicketId, event: &TicketEvent) -> Result<TicketState, CommandError> {
        let now = self.session.clock.now();
        self.store.happened(self.desk.name(), id, event, now).map_err(store_error)
    }

    fn workspace(&self) -> Result<Workspace, CommandError> {
        Workspace::read(&self.context.common.directory)?.sound(self.context.screen)
    }

    /// From the ticket's text to a posted plan, and further if that one is approved.
    async fn begin(&self, id: &TicketId, case: &Case) -> Result<Worked, CommandError> {
        // First the manifest: while it has problems, nothing is promised to anybody.
        let workspace = self.workspace()?;
        let ticket = self.desk.read(id).await.map_err(desk_error)?;
        if !ticket.open {
            let state = self.happened(id, &TicketEvent::Withdrawn)?;
            return Ok(Worked::new(id, state, Exit::Done, "it was closed at its desk before anything was done"));
        }
        let answers = self.desk.answers(id).await.map_err(desk_error)?;
        let mut draft = request::draft(ticket.source, &ticket.bytes);
        draft.validate(&workspace.settings, jiff::tz::TimeZone::UTC.to_datetime(self.session.clock.now()).date());
        let (request, change) = match self.wanted(&workspace, draft).await? {
            Ok(wanted) => wanted,
            Err(problems) => return self.incomplete(id, case, &problems, &answers).await,
        };
        let drafted = match self.draft(workspace, &request, change, &answers).await? {
            Ok(drafted) => drafted,
            Err(problems) => return self.incomplete(id, case, &problems, &answers).await,
        };
        if let Some(exit) = plan::obstacle(&drafted.planned.report) {
            return self.held_up(id, case, &drafted.planned, exit, &answers).await;
        }
        if drafted.planned.plan.is_empty() && drafted.change.file.is_none() {
            let closing = comment::already_so(&request);
            self.desk.close(id, &closing).await.map_err(desk_error)?;
            let state = self.happened(id, &TicketEvent::Withdrawn)?;
            return Ok(Worked::new(id, state, Exit::Done, "everything is as it was asked for already"));
        }
        self.decide(&ticket, case, &request, &drafted, &answers).await
    }

    /// The request with the change that it makes, or everything that is wrong with it.
    async fn wanted(
        &self,
        workspace: &Workspace,
        mut draft: Draft,
    ) -> Result<Result<(Request, Change), Vec<RequestProblem>>, CommandError> {
        if let Ok(request) = draft.clone().complete() {
            match manifest::propose(workspace, &request)? {
                Ok(change) => return Ok(Ok((request, change))),
                Err(problems) => draft.say(problems),
            }
        }
        let strangers = people::strangers(&draft, &self.session.readers(workspace), &workspace.settings).await;
        draft.say(strangers);
        Ok(Err(draft.into_problems()))
    }

    /// Tells the requester what is wrong. Approvals that were given so far were for something else than what will
    /// come of it.
    async fn incomplete(
        &self,
        id: &TicketId,
        case: &Case,
        problems: &[RequestProblem],
        answers: &Answers,
    ) -> Result<Worked, CommandError> {
        case.spend(answers::named(answers))?;
        self.desk.comment(id, &problems_markdown(problems)).await.map_err(desk_error)?;
        let state = self.happened(id, &TicketEvent::Refused { problems: problems.len() })?;
        let message = match problems.len() {
            1 => "the request has 1 problem; the requester was told".to_owned(),
            n => format!("the request has {n} problems; the requester was told"),
        };
        Ok(Worked::new(id, state, Exit::File, message).with(problems.iter().map(ToString::to_string)))
    }

    /// The plan cannot be made, or not all of it. What only needs another try is not told at the desk.
    async fn held_up(
        &self,
        id: &TicketId,
        case: &Case,
        planned: &Planned,
        exit: Exit,
        answers: &Answers,
    ) -> Result<Worked, CommandError> {
        if exit != Exit::Unavailable {
            case.spend(answers::named(answers))?;
            self.desk.comment(id, &comment::held_up(planned)).await.map_err(desk_error)?;
        }
        let known = self.store.ticket(self.desk.name(), id).map_err(store_error)?;
        let state = match known.map(|known| known.state) {
            // A plan that was posted says no longer what would be done.
            Some(TicketState::Planned { .. } | TicketState::Approved { .. }) if exit != Exit::Unavailable => {
                self.happened(id, &TicketEvent::Outdated)?
            }
            Some(state) => state,
            None => TicketState::default(),
        };
        let report = &planned.report;
        let reasons = report.blocking().map(|entry| format!("{}: {}", entry.mailbox, entry.reason.sentence()));
        let refusals = report.refusals.iter().map(ToString::to_string);
        Ok(Worked::new(id, state, exit, "it cannot be planned now").with(reasons.chain(refusals)))
    }

    /// Reads the tenants and plans for the mailbox of the request alone.
    async fn draft(
        &self,
        workspace: Workspace,
        request: &Request,
        change: Change,
        answers: &Answers,
    ) -> Result<Result<Drafted, Vec<RequestProblem>>, CommandError> {
        let limited = Workspace { mailboxes: vec![change.wanted.clone()], ..workspace };
        let readers = self.session.readers(&limited);
        let ids = plan::known_ids(self.session, &limited)?;
        let reading = progress::reading(self.context.screen, 1);
        let observed = observe(&readers, &limited.mailboxes, &ids).await;
        let asked = asked(request, answers.given.iter().map(|given| &given.by));
        let people = people::look_up(asked, &readers, &limited.settings).await;
        let options = PlanOptions::for_tenants(limited.settings.tenants.values());
        let now = self.session.clock.now();
        let planned = tripod_provisioner::plan(&limited.mailboxes, &observed, &limited.policy, now, &options);
        let found = plan::people_problems(&planned.report, planned.report.problems(), &readers, &limited).await;
        reading.finish();

        let told = |problem: tripod_model::Problem| RequestProblem {
            field: Some(Key::People.field().label),
            message: problem.message,
            help: problem.help,
        };
        let mut problems: Vec<RequestProblem> = found.into_iter().map(told).collect();
        if people.get(&request.requester) == Some(&Observed::Absent) {
            problems.push(people::not_in_directory(&request.requester));
        }
        if problems.is_empty() {
            Ok(Ok(Drafted { limited, change, planned, observed, people }))
        } else {
            Ok(Err(problems))
        }
    }

    /// Posts the plan, and carries it out if somebody who may has approved it.
    async fn decide(
        &self,
        ticket: &Ticket,
        case: &Case,
        request: &Request,
        drafted: &Drafted,
        answers: &Answers,
    ) -> Result<Worked, CommandError> {
        let id = &ticket.id;
        // The same plan keeps the time at which it was made first, so that what approved it since then counts.
        let posted =
            case.posted()?.filter(|(posted, of)| posted.digest() == drafted.planned.plan.digest() && of == request);
        let plan = if let Some((posted, _)) = posted {
            posted
        } else {
            case.post(&drafted.planned.plan, request)?;
            drafted.planned.plan.clone()
        };
        case.spend(answers::named(answers).into_iter().filter(|approval| approval.digest != *plan.digest()))?;
        let mut state = self.happened(id, &TicketEvent::Planned { digest: plan.digest().clone() })?;

        let policy = policy_of(&drafted.limited);
        let against = Against {
            request,
            plan: &plan,
            policy: &policy,
            people: &drafted.people,
            opener: ticket.opener.as_deref(),
            now: self.session.clock.now(),
        };
        // What the comment shows counts if it is as we left it: else somebody changed it, and may have shown another plan.
        let on_show = case
            .on_show()?
            .filter(|on_show| on_show.digest == *plan.digest() && answers.shown.as_ref() == Some(&on_show.last));
        let counted = answers::counted(answers, &against, on_show.as_ref(), &case.spent()?);
        let approval = match counted {
            Ok(approval) => approval,
            Err(refusals) => {
                let posted = Posted {
                    request,
                    planned: &drafted.planned,
                    plan: &plan,
                    observed: &drafted.observed,
                    change: &drafted.change,
                    policy: &policy,
                    refusals: &refusals,
                    desk: self.desk.name(),
                    now: self.session.clock.now(),
                };
                let shown = self.desk.comment(id, &comment::posted(&posted)).await.map_err(desk_error)?;
                case.shows(plan.digest(), answers.shown.as_ref(), shown)?;
                let summary = tripod_report::summary_line(&plan.summary());
                let (exit, message) = if refusals.is_empty() {
                    (Exit::Done, format!("{summary}; it waits for an approval"))
                } else {
                    (Exit::Refused, format!("{summary}; no approval counts"))
                };
                return Ok(Worked::new(id, state, exit, message).with(refusals));
            }
        };
        if !matches!(state, TicketState::Approved { .. }) {
            let event = TicketEvent::Approved { digest: plan.digest().clone(), by: approval.by.clone() };
            state = self.happened(id, &event)?;
        }
        if let TicketState::Approved { by, .. } = &state
            && *by != approval.by
        {
            // The one who approved first counts no longer; the plan goes by whoever does.
            self.happened(id, &TicketEvent::Outdated)?;
            self.happened(id, &TicketEvent::Planned { digest: plan.digest().clone() })?;
            let event = TicketEvent::Approved { digest: plan.digest().clone(), by: approval.by.clone() };
            self.happened(id, &event)?;
        }
        case.approved(&approval)?;
        self.happened(id, &TicketEvent::Begun { digest: plan.digest().clone() })?;
        let carried = Carried { request, approval: &approval, plan: &plan, limited: &drafted.limited };
        self.carry_out(id, case, &carried, &drafted.change, &drafted.observed).await
    }

    /// Goes on with a plan that a run before has begun to carry out, as long as the approval that it had still counts.
    async fn carry_on(
        &self,
        id: &TicketId,
        case: &Case,
        digest: &Digest,
        by: &Address,
    ) -> Result<Worked, CommandError> {
        let workspace = self.workspace()?;
        let begun = case.posted()?.zip(case.approval()?).filter(|((plan, _), approval)| {
            plan.digest() == digest && approval.digest == *digest && approval.by == *by
        });
        let Some(((plan, request), approval)) = begun else {
            self.happened(id, &TicketEvent::Outdated)?;
            return Box::pin(self.work(id)).await;
        };
        let change = manifest::propose(&workspace, &request)?.map_err(|problems| {
            let message = format!(
                "{id} is being carried out, and the manifest was changed meanwhile: {}",
                problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            );
            CommandError::message(Exit::Refused, message)
        })?;
        let limited = Workspace { mailboxes: vec![change.wanted.clone()], ..workspace };
        let objections = self.objections(id, &limited, &plan, &request, &approval).await?;
        if !objections.is_empty() {
            case.spend([approval])?;
            self.happened(id, &TicketEvent::Outdated)?;
            let worked = Box::pin(self.work(id)).await?;
            return Ok(worked.with(objections));
        }
        let ids = plan::known_ids(self.session, &limited)?;
        let observed = observe(&self.session.readers(&limited), &plan.wanted(), &ids).await;
        let carried = Carried { request: &request, approval: &approval, plan: &plan, limited: &limited };
        self.carry_out(id, case, &carried, &change, &observed).await
    }

    /// Why the approval, under which a plan was begun, counts no longer.
    async fn objections(
        &self,
        id: &TicketId,
        limited: &Workspace,
        plan: &Plan,
        request: &Request,
        approval: &Approval,
    ) -> Result<Vec<String>, CommandError> {
        let ticket = self.desk.read(id).await.map_err(desk_error)?;
        let answers = self.desk.answers(id).await.map_err(desk_error)?;
        let readers = self.session.readers(limited);
        let people = people::look_up(asked(request, [&approval.by]), &readers, &limited.settings).await;
        let against = Against {
            request,
            plan,
            policy: &policy_of(limited),
            people: &people,
            opener: ticket.opener.as_deref(),
            now: self.session.clock.now(),
        };
        Ok(answers::no_longer(approval, &answers, &against))
    }

    async fn carry_out(
        &self,
        id: &TicketId,
        case: &Case,
        carried: &Carried<'_>,
        change: &Change,
        observed: &Observation,
    ) -> Result<Worked, CommandError> {
        change.write(carried.limited)?;
        let order = apply::Order { origin: Origin::Document, allow_removals: carried.plan.options().allow_removals };
        let done = apply::carry_out(self.context, self.session, carried.limited, carried.plan, observed, order).await;
        let report = match done {
            Ok(report) => report,
            // The tenants are no longer as the plan has them: what was approved is not what would be done.
            Err(error) if error.kind == Exit::Refused => {
                self.context.screen.error(&error);
                case.spend([carried.approval.clone()])?;
                self.happened(id, &TicketEvent::Outdated)?;
                return Box::pin(self.work(id)).await;
            }
            Err(error) => return Err(error),
        };
        let exit = apply::exit(report.outcome);
        let recorded = record::write(self, id, carried, &report).await?;
        let file = recorded.file.strip_prefix(&carried.limited.root).unwrap_or(&recorded.file);
        let details = vec![format!("evidence in {}", file.display())];
        match report.outcome {
            Outcome::Done => {
                case.keep_last_words(&recorded.comment, &comment::closing(carried.request))?;
                self.happened(id, &TicketEvent::Done)?;
                self.close(id, case, details).await
            }
            Outcome::Unconfirmed | Outcome::Unavailable => {
                self.desk.comment(id, &recorded.comment).await.map_err(desk_error)?;
                let known = self.store.ticket(self.desk.name(), id).map_err(store_error)?;
                let state = known.map(|known| known.state).unwrap_or_default();
                let message = "not all of it is done and confirmed yet; run it again later";
                Ok(Worked::new(id, state, exit, message).with(details))
            }
            Outcome::BelowQuorum | Outcome::HeldBack | Outcome::SetUp | Outcome::Failed => {
                case.spend([carried.approval.clone()])?;
                self.desk.comment(id, &recorded.comment).await.map_err(desk_error)?;
                let state = self.happened(id, &TicketEvent::Failed)?;
                let failures = report.failures().map(|(mailbox, step, failure)| {
                    format!("{}, {}: {}", mailbox.mailbox, step.action.words(), failure.message)
                });
                let held = report.held_back().map(|(mailbox, step, reason)| {
                    format!("{}, {}: held back: {reason}", mailbox.mailbox, step.action.words())
                });
                let failures = failures.chain(held);
                let message = "some of it failed; the rest needs a new plan and a new approval";
                Ok(Worked::new(id, state, exit, message).with(details.into_iter().chain(failures)))
            }
        }
    }

    /// Writes the evidence back and closes the ticket.
    async fn close(&self, id: &TicketId, case: &Case, details: Vec<String>) -> Result<Worked, CommandError> {
        let (comment, closing) = case.last_words()?.ok_or_else(|| {
            CommandError::message(Exit::Unexpected, format!("what ticket {id} was to be told is no longer there"))
        })?;
        self.desk.comment(id, &comment).await.map_err(desk_error)?;
        self.desk.close(id, &closing).await.map_err(desk_error)?;
        let state = self.happened(id, &TicketEvent::Closed)?;
        Ok(Worked::new(id, state, Exit::Done, "everything is done and confirmed").with(details))
    }
}

/// Everybody of whom the directories have to be asked before a plan is approved.
fn asked<'a>(request: &'a Request, approvers: impl IntoIterator<Item = &'a Address>) -> BTreeSet<Address> {
    approvers.into_iter().chain([&request.requester]).chain(&request.people).cloned().collect()
}

/// Who may approve, by the policy files.
fn policy_of(workspace: &Workspace) -> ApprovalPolicy {
    let Some(approvals) = &workspace.policy.approvals else { return ApprovalPolicy::default() };
    ApprovalPolicy {
        approvers: approvals.approvers.clone(),
        groups: BTreeMap::new(),
        delegates_may_approve: approvals.delegates_may_approve,
        hours: approvals.valid_for_hours,
    }
}

pub(super) fn desk_error(error: DeskError) -> CommandError {
    let kind = match &error {
        DeskError::Missing(_) => Exit::Usage,
        DeskError::Refused { .. } => Exit::SetUp,
        DeskError::Unavailable { .. } => Exit::Unavailable,
        DeskError::Invalid { .. } => Exit::File,
    };
    CommandError::new(kind, error)
}

pub(super) fn store_error(error: StoreError) -> CommandError {
    CommandError::new(Exit::Unexpected, error)
}
