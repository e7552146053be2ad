//! A request as far as a ticket could be read, so that everything that is wrong with it is told at once.

use jiff::civil::Date;
use tripod_model::{Address, Kind};

use super::field::FIELDS;
use super::{Request, RequestProblem};

/// A request as far as it could be read, with everything that is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The address of the service mailbox.
    pub mailbox: Option<Address>,
    /// What it is for.
    pub purpose: Option<String>,
    /// The app that it is used for.
    pub app: Option<String>,
    /// What it is made of.
    pub kind: Option<Kind>,
    /// Those of the people whose addresses could be read.
    pub people: Vec<Address>,
    /// How many more are named.
    pub unreadable_people: usize,
    /// Who asks for it.
    pub requester: Option<Address>,
    /// The day by which it is needed.
    pub needed_by: Option<Date>,
    /// What is wrong.
    pub problems: Vec<RequestProblem>,
}

impl Draft {
    /// A ticket of which nothing can be read.
    pub(super) fn unreadable(message: String) -> Self {
        Self { problems: vec![RequestProblem::ticket(message)], ..Self::default() }
    }

    /// Adds to what is wrong, once.
    pub fn say(&mut self, problems: impl IntoIterator<Item = RequestProblem>) {
        for problem in problems {
            if !self.problems.contains(&problem) {
                self.problems.push(problem);
            }
        }
    }

    /// Whether something is wrong with a field already.
    pub(super) fn is_wrong(&self, label: &str) -> bool {
        self.problems.iter().any(|problem| problem.field == Some(label))
    }

    /// What is wrong, in the order of the fields.
    #[must_use]
    pub fn into_problems(mut self) -> Vec<RequestProblem> {
        let order = |problem: &RequestProblem| FIELDS.iter().position(|field| Some(field.label) == problem.field);
        self.problems.sort_by_key(order);
        self.problems
    }

    /// The request, or all problems in the order of the fields.
    pub fn complete(self) -> Result<Request, Vec<RequestProblem>> {
        if !self.problems.is_empty() {
            return Err(self.into_problems());
        }
        let Self { people, needed_by, .. } = self;
        match (self.mailbox, self.purpose, self.app, self.kind, self.requester) {
            (Some(mailbox), Some(purpose), Some(app), Some(kind), Some(requester)) => {
                Ok(Request { mailbox, purpose, app, kind, people, requester, needed_by })
            }
            // Whatever gives nothing has said why.
            _ => Err(vec![RequestProblem::ticket("the ticket is not complete")]),
        }
    }
}

impl From<Request> for Draft {
    fn from(request: Request) -> Self {
        let Request { mailbox, purpose, app, kind, people, requester, needed_by } = request;
        Self {
            mailbox: Some(mailbox),
            purpose: Some(purpose),
            app: Some(app),
            kind: Some(kind),
            people,
            unreadable_people: 0,
            requester: Some(requester),
            needed_by,
            problems: Vec::new(),
        }
    }
}
