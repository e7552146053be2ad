//! The rules by which groups get their members, from the Cloud Identity Groups API («Create and manage dynamic groups»,
//! `groups.search`). Nobody can be added to such a group or taken out of it one by one.

use std::collections::BTreeMap;

use http::Method;
use serde::Deserialize;
use tokio::sync::OnceCell;
use tripod_tenant::TenantError;

use crate::call::{Api, Call, Caller};
use crate::scope::IDENTITY_GROUPS_READ;

/// A group whose members come from a rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DynamicGroup {
    /// `groups/ID`; the id is the Directory's.
    name: String,
    #[serde(default)]
    dynamic_group_metadata: Metadata,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct Metadata {
    #[serde(default)]
    queries: Vec<MemberQuery>,
}

#[derive(Clone, Debug, Deserialize)]
struct MemberQuery {
    query: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    #[serde(default)]
    groups: Vec<DynamicGroup>,
    next_page_token: Option<String>,
}

/// The customer's groups whose members come from a rule. All of them are read once, and only when somebody asks.
#[derive(Default)]
pub(crate) struct MemberRules(OnceCell<Result<BTreeMap<String, String>, TenantError>>);

impl MemberRules {
    /// The rule of the group with this id, if it has one. The scope is optional; a customer may not have given it.
    pub(crate) async fn of(&self, caller: &Caller, group: &str) -> Result<Option<String>, TenantError> {
        let read = || async {
            let groups = caller.dynamic_groups().await?;
            Ok(groups.into_iter().map(|group| (group.id().to_owned(), group.rule())).collect())
        };
        let rules = self.0.get_or_init(read).await.as_ref().map_err(Clone::clone)?;
        Ok(rules.get(group).cloned())
    }
}

impl DynamicGroup {
    fn id(&self) -> &str {
        self.name.strip_prefix("groups/").unwrap_or(&self.name)
    }

    fn rule(&self) -> String {
        let queries = self.dynamic_group_metadata.queries.iter().filter_map(|query| query.query.clone());
        queries.collect::<Vec<_>>().join(" or ")
    }
}

impl Caller {
    async fn dynamic_groups(&self) -> Result<Vec<DynamicGroup>, TenantError> {
        let what = "find the groups whose members come from a rule".to_owned();
        let path = "/v1/groups:search".to_owned();
        let of = &self.tenant.customer;
        let query = format!("parent == 'customers/{of}' && 'cloudidentity.googleapis.com/groups.dynamic' in labels");
        let call = Call::new(Api::CloudIdentity, self.admin(), IDENTITY_GROUPS_READ, Method::GET, path, what)
            .query("query", query)
            .query("view", "FULL")
            .query("pageSize", "500");
        self.pages(call, |page: Page| (page.groups, page.next_page_token)).await
    }
}
