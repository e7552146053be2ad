//! Forms for every desk, all generated from the one schema of a request.

mod actions;
mod ansible;
mod github;
mod jira;
mod rundeck;
mod servicenow;
mod template;
mod yaml;

/// A desk or a tool that takes requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// A GitHub issue form, for `.github/ISSUE_TEMPLATE/service-mailbox.yml`.
    GitHub,
    /// The fields of a Jira Service Management request type, as JSON.
    Jira,
    /// The variables of a ServiceNow catalogue item, as JSON for the table `item_option_new`.
    ServiceNow,
    /// A template for an e-mail or a plain ticket.
    Template,
    /// A Rundeck job.
    Rundeck,
    /// A task file for Ansible.
    Ansible,
    /// A GitHub Actions workflow that checks requests as they come in.
    Actions,
}

impl Form {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::GitHub, Self::Jira, Self::ServiceNow, Self::Template, Self::Rundeck, Self::Ansible, Self::Actions];

    /// The word for it on the command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::Jira => "jira",
            Self::ServiceNow => "servicenow",
            Self::Template => "template",
            Self::Rundeck => "rundeck",
            Self::Ansible => "ansible",
            Self::Actions => "github-actions",
        }
    }

    /// The file name that fits it.
    #[must_use]
    pub fn file_name(self) -> &'static str {
        match self {
            Self::GitHub => "service-mailbox.yml",
            Self::Jira => "jira-fields.json",
            Self::ServiceNow => "servicenow-variables.json",
            Self::Template => "service-mailbox.md",
            Self::Rundeck => "rundeck-job.yaml",
            Self::Ansible => "ansible-tasks.yml",
            Self::Actions => "service-mailbox-request.yml",
        }
    }

    /// The form itself; it ends with a line break.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::GitHub => github::form(),
            Self::Jira => jira::form(),
            Self::ServiceNow => servicenow::form(),
            Self::Template => template::form(),
            Self::Rundeck => rundeck::form(),
            Self::Ansible => ansible::form(),
            Self::Actions => actions::form(),
        }
    }
}

/// The title of every form.
const TITLE: &str = "Service mailbox";
/// What every form says first.
const INTRODUCTION: &str = "A mailbox that the organisation uses towards its apps. At least three people have access, so that it outlives each of them.";

/// What the forms that run this program show where an address is expected: the characters of [`tripod_model::Address`].
const ADDRESS_PATTERN: &str = "^[A-Za-z0-9._+'&-]+@[A-Za-z0-9.-]+$";
