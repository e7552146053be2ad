//! Reactions to comments («Reactions»).

use super::reply::{error, invalid, missing, object, page, text};
use super::state::Reaction;
use super::{Answer, GitHub};
use crate::wire::{Moment, Reply, Request};

const ALL: [&str; 8] = ["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"];

impl GitHub {
    pub(super) fn reactions(
        &mut self,
        key: &str,
        request: &Request,
        rest: &[&str],
        login: &str,
        moment: &Moment,
    ) -> Answer {
        let comment = self.comments.get_mut(key).ok_or_else(missing)?;
        let root = moment.root.as_str();
        match (request.method.as_str(), rest) {
            ("GET", []) => {
                Ok(page(request, root, comment.reactions.iter().map(|reaction| reaction.shown(root)).collect()))
            }
            ("POST", []) => {
                let body = object(request)?;
                let content = text(&body, "content").filter(|content| ALL.contains(content));
                let content = content.ok_or_else(|| invalid("content"))?;
                let same = |reaction: &&Reaction| reaction.user == login && reaction.content == content;
                if let Some(there) = comment.reactions.iter().find(same) {
                    return Ok(Reply::json(200, there.shown(root)));
                }
                let id = comment.id * 1_000 + comment.reactions.last().map_or(0, |last| last.id % 1_000) + 1;
                let reaction =
                    Reaction { id, user: login.to_owned(), content: content.to_owned(), created: moment.now };
                let shown = reaction.shown(root);
                comment.reactions.push(reaction);
                Ok(Reply::json(201, shown))
            }
            ("DELETE", [id]) => {
                let id: u64 = id.parse().map_err(|_| missing())?;
                let place = comment.reactions.iter().position(|reaction| reaction.id == id).ok_or_else(missing)?;
                if comment.reactions[place].user != login {
                    return Err(error(403, "Must have admin rights to Repository."));
                }
                comment.reactions.remove(place);
                Ok(Reply::empty(204))
            }
            _ => Err(missing()),
        }
    }
}
