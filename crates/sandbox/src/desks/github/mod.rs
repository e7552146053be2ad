//! GitHub's REST API as far as issues go (GitHub Docs, REST API 2022-11-28: «Issues», «Issue comments», «Users»,
//! «Repositories», «Rate limits for the REST API», «Using pagination in the REST API»).

mod issues;
mod reactions;
mod reply;
mod shown;
mod state;

use serde_json::json;

pub(super) use reply::{throttled, unavailable};

use crate::table::{Rows, Table};
use crate::wire::{Moment, Reply, Request};
use state::{Comment, Issue, Repo};

/// What a handler gives: an answer, or a refusal.
type Answer = Result<Reply, Reply>;

/// GitHub.
#[derive(Debug, Default)]
pub(super) struct GitHub {
    repos: Table<Repo>,
    issues: Table<Issue>,
    comments: Table<Comment>,
}

impl GitHub {
    pub(super) fn tables(&mut self) -> Vec<(String, &mut dyn Rows)> {
        vec![
            ("github/repos".to_owned(), &mut self.repos),
            ("github/issues".to_owned(), &mut self.issues),
            ("github/comments".to_owned(), &mut self.comments),
        ]
    }

    pub(super) fn answer(&mut self, request: &Request, moment: &mut Moment) -> Reply {
        let reset = moment.now.as_second() + 3_600;
        let reply = self.route(request, moment).unwrap_or_else(|refusal| refusal);
        reply
            .header("x-ratelimit-limit", "5000")
            .header("x-ratelimit-remaining", "4999")
            .header("x-ratelimit-reset", reset.to_string())
    }

    fn route(&mut self, request: &Request, moment: &Moment) -> Answer {
        // GitHub refuses whoever does not say what program they are.
        if request.header("user-agent").is_none_or(str::is_empty) {
            return Err(reply::error(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
            ));
        }
        // Its older programs write «token» where the newer ones write «Bearer»; both are taken («Authenticating to the
        // REST API»).
        let token = request.bearer().or_else(|| request.header("authorization")?.strip_prefix("token "));
        let login = token.and_then(|token| token.strip_prefix("sandbox-")).filter(|login| state::is_account(login));
        let Some(login) = login.map(str::to_owned) else { return Err(reply::error(401, "Bad credentials")) };
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("GET", ["user"]) => Ok(Reply::json(200, shown::whole_user(&moment.root, &login))),
            ("POST", ["graphql"]) => self.graphql(request),
            ("POST", ["user", "repos"]) => self.create_repo(request, &moment.root, &login),
            ("PUT", ["repos", owner, name, "collaborators", who]) => {
                let repo = self.repo_mut(owner, name)?;
                if !repo.may_write(&login) {
                    return Err(reply::error(403, "Must have admin rights to Repository."));
                }
                // Within an organisation nobody needs to be invited, and the answer is 204.
                repo.collaborators.insert(who.to_lowercase());
                Ok(Reply::empty(204))
            }
            (_, ["repos", owner, name, rest @ ..]) => {
                let key = self.repo_mut(owner, name)?.key();
                self.in_repo(&key, request, rest, &login, moment)
            }
            _ => Err(reply::missing()),
        }
    }

    /// The GraphQL API as far as one comment is asked for by its node id («GraphQL API: IssueComment»).
    fn graphql(&self, request: &Request) -> Answer {
        let body = reply::object(request)?;
        let asks = reply::text(&body, "query").is_some_and(|query| query.contains("on IssueComment"));
        let id = body.get("variables").and_then(|variables| variables.get("id")).and_then(serde_json::Value::as_str);
        let (true, Some(id)) = (asks, id) else {
            let message = "the stand-in takes a query of one node that is an IssueComment, with its id as `id`";
            return Ok(Reply::json(200, json!({"errors": [{"message": message}]})));
        };
        let found = self
            .comments
            .iter()
            .find(|(key, comment)| key.rsplit_once('#').is_some_and(|(repo, _)| comment.node_id(repo) == id));
        Ok(Reply::json(
            200,
            match found {
                Some((_, comment)) => json!({"data": {"node": comment.node()}}),
                None => json!({
                    "data": {"node": null},
                    "errors": [{"type": "NOT_FOUND", "path": ["node"],
                                "message": format!("Could not resolve to a node with the global id of '{id}'.")}],
                }),
            },
        ))
    }

    fn create_repo(&mut self, request: &Request, root: &str, login: &str) -> Answer {
        let body = reply::object(request)?;
        let name =
            reply::text(&body, "name").filter(|name| state::is_login(name)).ok_or_else(|| reply::invalid("name"))?;
        let repo = Repo::new(login, name);
        let key = repo.key();
        if self.repos.get(&key).is_some() {
            return Err(reply::invalid("name"));
        }
        let shown = json!({"name": name, "full_name": format!("{login}/{name}"), "owner": shown::user(root, login)});
        self.repos.insert(key, repo);
        Ok(Reply::json(201, shown))
    }

    fn repo_mut(&mut self, owner: &str, name: &str) -> Result<&mut Repo, Reply> {
        self.repos.get_mut(&state::repo_key(owner, name)).ok_or_else(reply::missing)
    }
}
