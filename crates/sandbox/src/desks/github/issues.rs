//! Issues and their comments.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::reply::{self, error, invalid, missing, object, page, text};
use super::shown::label;
use super::state::{Comment, Issue, comment_key, issue_key};
use super::{Answer, GitHub};
use crate::wire::{Moment, Reply, Request};

/// The longest body of an issue or a comment, in characters.
const LONGEST: usize = 65_536;

impl GitHub {
    pub(super) fn in_repo(
        &mut self,
        repo: &str,
        request: &Request,
        rest: &[&str],
        login: &str,
        moment: &Moment,
    ) -> Answer {
        let root = moment.root.as_str();
        let number = |text: &str| text.parse::<u64>().map_err(|_| missing());
        match (request.method.as_str(), rest) {
            ("GET", ["issues"]) => Ok(self.list(repo, request, root)),
            ("POST", ["issues"]) => self.open(repo, request, login, moment),
            ("GET", ["issues", "comments", id]) => {
                let comment = self.comments.get(&comment_key(repo, number(id)?)).ok_or_else(missing)?;
                Ok(Reply::json(200, comment.shown(root, repo)))
            }
            (_, ["issues", "comments", id, "reactions", rest @ ..]) => {
                self.reactions(&comment_key(repo, number(id)?), request, rest, login, moment)
            }
            ("DELETE", ["issues", "comments", id]) => {
                let key = comment_key(repo, number(id)?);
                if self.comments.get(&key).ok_or_else(missing)?.user != login {
                    self.must_write(repo, login)?;
                }
                self.comments.remove(&key);
                Ok(Reply::empty(204))
            }
            ("PATCH", ["issues", "comments", id]) => self.edit_comment(repo, number(id)?, request, login, moment),
            ("GET", ["issues", id]) => {
                let issue = self.issues.get(&issue_key(repo, number(id)?)).ok_or_else(missing)?;
                Ok(Reply::json(200, self.shown(issue, root, repo)))
            }
            ("PATCH", ["issues", id]) => self.edit(repo, number(id)?, request, login, moment),
            ("POST", ["issues", id, "labels"]) => {
                self.must_write(repo, login)?;
                let labels = labels(&object(request)?);
                let issue = self.issues.get_mut(&issue_key(repo, number(id)?)).ok_or_else(missing)?;
                issue.labels.extend(labels);
                let shown = issue.labels.iter().map(|name| label(root, repo, name));
                Ok(Reply::json(200, shown.collect()))
            }
            ("GET", ["issues", id, "comments"]) => {
                let issue = number(id)?;
                self.issues.get(&issue_key(repo, issue)).ok_or_else(missing)?;
                let prefix = format!("{repo}#");
                let rows = self.comments_of(&prefix, issue).map(|comment| comment.shown(root, repo));
                Ok(page(request, root, rows.collect()))
            }
            ("POST", ["issues", id, "comments"]) => self.comment(repo, number(id)?, request, login, moment),
            _ => Err(missing()),
        }
    }

    fn comments_of<'a>(&'a self, prefix: &'a str, issue: u64) -> impl Iterator<Item = &'a Comment> {
        let of_repo = self.comments.with_prefix(prefix).map(|(_, comment)| comment);
        of_repo.filter(move |comment| comment.issue == issue)
    }

    fn shown(&self, issue: &Issue, root: &str, repo: &str) -> Value {
        issue.shown(root, repo, self.comments_of(&format!("{repo}#"), issue.number).count())
    }

    fn must_write(&self, repo: &str, login: &str) -> Result<(), Reply> {
        if self.repos.get(repo).is_some_and(|repo| repo.may_write(login)) {
            Ok(())
        } else {
            Err(error(403, "Must have admin rights to Repository."))
        }
    }

    fn list(&self, repo: &str, request: &Request, root: &str) -> Reply {
        let asked = |name: &str, default: &str| request.query_value(name).unwrap_or_else(|| default.to_owned());
        let state = asked("state", "open");
        let wanted = asked("labels", "");
        let wanted: Vec<&str> = wanted.split(',').filter(|label| !label.is_empty()).collect();
        let prefix = format!("{repo}#");
        let mut issues: Vec<&Issue> = self
            .issues
            .with_prefix(&prefix)
            .map(|(_, issue)| issue)
            .filter(|issue| state == "all" || issue.closed.is_some() == (state == "closed"))
            .filter(|issue| wanted.iter().all(|label| issue.labels.contains(*label)))
            .collect();
        if asked("sort", "created") == "updated" {
            issues.sort_by_key(|issue| issue.updated);
        }
        if asked("direction", "desc") == "desc" {
            issues.reverse();
        }
        page(request, root, issues.into_iter().map(|issue| self.shown(issue, root, repo)).collect())
    }

    fn open(&mut self, repo: &str, request: &Request, login: &str, moment: &Moment) -> Answer {
        let body = object(request)?;
        let title = text(&body, "title").filter(|title| !title.is_empty()).ok_or_else(|| invalid("title"))?;
        let content = content(&body, false)?;
        let place = self.repos.get_mut(repo).ok_or_else(missing)?;
        place.issues += 1;
        // Labels are dropped without a word where somebody may not set them.
        let labels = if place.may_write(login) { labels(&body) } else { BTreeSet::new() };
        let issue = Issue {
            number: place.issues,
            title: title.to_owned(),
            body: content,
            user: login.to_owned(),
            labels,
            closed: None,
            reason: None,
            created: moment.now,
            updated: moment.now,
        };
        let shown = issue.shown(&moment.root, repo, 0);
        self.issues.insert(issue_key(repo, issue.number), issue);
        Ok(Reply::json(201, shown))
    }

    fn edit(&mut self, repo: &str, number: u64, request: &Request, login: &str, moment: &Moment) -> Answer {
        let key = issue_key(repo, number);
        let opener = self.issues.get(&key).ok_or_else(missing)?.user.clone();
        if opener != login {
            self.must_write(repo, login)?;
        }
        let body = object(request)?;
        let content = content(&body, false)?;
        let state = match (text(&body, "state"), body.contains_key("state")) {
            (state @ (Some("open" | "closed") | None), named) if state.is_some() || !named => state,
            _ => return Err(invalid("state")),
        };
        let reason = text(&body, "state_reason");
        if reason.is_some_and(|reason| !matches!(reason, "completed" | "not_planned" | "duplicate" | "reopened")) {
            return Err(invalid("state_reason"));
        }
        let issue = self.issues.get_mut(&key).ok_or_else(missing)?;
        if content.is_some() {
            issue.body = content;
        }
        if let Some(title) = text(&body, "title") {
            title.clone_into(&mut issue.title);
        }
        match state {
            Some("closed") => {
                issue.closed = issue.closed.or(Some(moment.now));
                issue.reason = Some(reason.unwrap_or("completed").to_owned());
            }
            Some(_) if issue.closed.take().is_some() => issue.reason = Some("reopened".to_owned()),
            Some(_) | None => {}
        }
        issue.updated = moment.now;
        let issue = issue.clone();
        Ok(Reply::json(200, self.shown(&issue, &moment.root, repo)))
    }

    fn comment(&mut self, repo: &str, issue: u64, request: &Request, login: &str, moment: &Moment) -> Answer {
        self.issues.get(&issue_key(repo, issue)).ok_or_else(missing)?;
        let body = content(&object(request)?, true)?.unwrap_or_default();
        let place = self.repos.get_mut(repo).ok_or_else(missing)?;
        place.comments += 1;
        let id = place.comments;
        let user = login.to_owned();
        let (created, updated) = (moment.now, moment.now);
        let comment = Comment { id, issue, user, body, created, updated, edited: None, reactions: Vec::new() };
        let shown = comment.shown(&moment.root, repo);
        self.comments.insert(comment_key(repo, id), comment);
        Ok(Reply::json(201, shown))
    }

    fn edit_comment(&mut self, repo: &str, id: u64, request: &Request, login: &str, moment: &Moment) -> Answer {
        let key = comment_key(repo, id);
        if self.comments.get(&key).ok_or_else(missing)?.user != login {
            self.must_write(repo, login)?;
        }
        let body = content(&object(request)?, true)?.unwrap_or_default();
        let comment = self.comments.get_mut(&key).ok_or_else(missing)?;
        comment.body = body;
        comment.updated = moment.now;
        comment.edited = Some(moment.now);
        Ok(Reply::json(200, comment.shown(&moment.root, repo)))
    }
}

/// The body of an issue or a comment, which takes a text of bounded length.
fn content(body: &Map<String, Value>, required: bool) -> Result<Option<String>, Reply> {
    match body.get("body") {
        Some(Value::String(text)) if text.chars().count() <= LONGEST && !(required && text.trim().is_empty()) => {
            Ok(Some(text.clone()))
        }
        None | Some(Value::Null) if !required => Ok(None),
        _ => Err(reply::invalid("body")),
    }
}

fn labels(body: &Map<String, Value>) -> BTreeSet<String> {
    let labels = body.get("labels").and_then(Value::as_array).into_iter().flatten();
    labels.filter_map(Value::as_str).map(str::to_owned).collect()
}
