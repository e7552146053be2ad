//! The Directory API: accounts, groups, members, domains and organisational units (facts sheet, Google 3).

use http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tripod_http::Pages;
use tripod_model::Address;
use tripod_tenant::{ErrorKind, TenantError};

use crate::call::{Api, Call, Caller, Nothing, segment};
use crate::member::{MEMBER_FIELDS, Member, Members, Membership, OWNER};
use crate::scope::{DOMAIN_READ, UNIT_READ, USER, USER_SECURITY};
use crate::wire::{AppPasswords, Domains, GROUP_FIELDS, Group, Groups, USER_FIELDS, Unit, Units, User, Users};

/// The most accounts in a page.
const USERS_PER_PAGE: &str = "500";
/// The most groups or members in a page.
const GROUPS_PER_PAGE: &str = "200";

impl Caller {
    fn users_call(&self, method: Method, path: &str, what: String) -> Call {
        let path = format!("/admin/directory/v1/users{path}");
        let scope = if method == Method::GET { self.user_scope() } else { USER };
        Call::new(Api::Directory, self.admin(), scope, method, path, what)
    }

    fn groups_call(&self, method: Method, path: &str, what: String) -> Call {
        let path = format!("/admin/directory/v1/groups{path}");
        Call::new(Api::Directory, self.admin(), self.access.group(), method, path, what)
    }

    fn members_call(&self, method: Method, group: &str, path: &str, what: String) -> Call {
        let path = format!("/admin/directory/v1/groups/{}/members{path}", segment(group));
        Call::new(Api::Directory, self.admin(), self.access.member(), method, path, what)
    }

    /// The account with this id, address or alias; an answer that is about another one is none.
    pub(crate) async fn user(&self, key: &str) -> Result<User, TenantError> {
        let call = self.users_call(Method::GET, &format!("/{}", segment(key)), format!("read {key}"));
        let user: User = self.send(&call.query("projection", "basic").query("fields", USER_FIELDS)).await?;
        if user.is(key) { Ok(user) } else { Err(other_than_asked(key, &user.primary_email)) }
    }

    /// What an audit asks of the account with this id; `fields` names the fields of [`User`].
    pub(crate) async fn user_facts(&self, id: &str, fields: &str, what: String) -> Result<User, TenantError> {
        let call = self.users_call(Method::GET, &format!("/{}", segment(id)), what);
        let user: User = self.send(&call.query("projection", "full").query("fields", fields)).await?;
        if user.is(id) { Ok(user) } else { Err(other_than_asked(id, &user.primary_email)) }
    }

    /// How many application passwords the account with this id has; there are no pages.
    pub(crate) async fn app_passwords(&self, id: &str, what: String) -> Result<usize, TenantError> {
        let path = format!("/admin/directory/v1/users/{}/asps", segment(id));
        let call = Call::new(Api::Directory, self.admin(), USER_SECURITY, Method::GET, path, what);
        self.send::<AppPasswords>(&call.query("fields", "items(codeId)")).await.map(|list| list.items.len())
    }

    /// All accounts, or all that are deleted and can still be restored.
    pub(crate) async fn users(&self, deleted: bool) -> Result<Vec<User>, TenantError> {
        let what = if deleted { "list the deleted accounts" } else { "list the accounts" };
        let mut call = self
            .users_call(Method::GET, "", what.to_owned())
            .query("customer", &self.tenant.customer)
            .query("maxResults", USERS_PER_PAGE)
            .query("projection", "basic")
            .query("fields", format!("users({USER_FIELDS}),nextPageToken"));
        if deleted {
            call = call.query("showDeleted", "true");
        }
        let users = self.pages(call, |page: Users| (page.users, page.next_page_token)).await?;
        if users.is_empty() && !deleted {
            // Every customer has an administrator at least, so that this is no list.
            let message = "Google lists no account at all, which no customer is without";
            return Err(TenantError::new(ErrorKind::Invalid, what, message));
        }
        Ok(users)
    }

    /// Makes an account. Not repeated by itself when the reply was lost.
    pub(crate) async fn insert_user(&self, body: Value, what: String) -> Result<User, TenantError> {
        let call = self.users_call(Method::POST, "", what).body(body).only_if_not_done();
        self.send(&call.query("fields", USER_FIELDS)).await
    }

    /// Changes an account; what the body leaves out stays as it is (PUT has patch semantics, facts sheet, Google 3).
    pub(crate) async fn update_user(&self, id: &str, body: Value, what: String) -> Result<User, TenantError> {
        let call = self.users_call(Method::PUT, &format!("/{}", segment(id)), what).body(body);
        self.send(&call.query("fields", USER_FIELDS)).await
    }

    /// Deletes an account; Google can restore it for 20 days.
    pub(crate) async fn delete_user(&self, id: &str, what: String) -> Result<(), TenantError> {
        let call = self.users_call(Method::DELETE, &format!("/{}", segment(id)), what);
        self.send::<Nothing>(&call).await.map(drop)
    }

    /// Restores a deleted account into a unit.
    pub(crate) async fn undelete_user(&self, id: &str, unit: &str, what: String) -> Result<(), TenantError> {
        let call = self.users_call(Method::POST, &format!("/{}/undelete", segment(id)), what);
        self.send::<Nothing>(&call.body(json!({ "orgUnitPath": unit }))).await.map(drop)
    }

    /// Gives an account one more address.
    pub(crate) async fn insert_alias(&self, id: &str, alias: &Address, what: String) -> Result<(), TenantError> {
        let call = self.users_call(Method::POST, &format!("/{}/aliases", segment(id)), what);
        self.send::<Nothing>(&call.body(json!({ "alias": alias })).only_if_not_done()).await.map(drop)
    }

    /// Takes one of its other addresses from an account.
    pub(crate) async fn delete_alias(&self, id: &str, alias: &Address, what: String) -> Result<(), TenantError> {
        let path = format!("/{}/aliases/{}", segment(id), segment(alias.as_str()));
        self.send::<Nothing>(&self.users_call(Method::DELETE, &path, what)).await.map(drop)
    }

    /// The group with this id, address or alias; an answer that is about another one is none.
    pub(crate) async fn group(&self, key: &str) -> Result<Group, TenantError> {
        let call = self.groups_call(Method::GET, &format!("/{}", segment(key)), format!("read group {key}"));
        let group: Group = self.send(&call.query("fields", GROUP_FIELDS)).await?;
        if group.is(key) { Ok(group) } else { Err(other_than_asked(key, &group.email)) }
    }

    /// All groups.
    pub(crate) async fn groups(&self) -> Result<Vec<Group>, TenantError> {
        let call = self
            .groups_call(Method::GET, "", "list the groups".to_owned())
            .query("customer", &self.tenant.customer)
            .query("maxResults", GROUPS_PER_PAGE)
            .query("fields", format!("groups({GROUP_FIELDS}),nextPageToken"));
        self.pages(call, |page: Groups| (page.groups, page.next_page_token)).await
    }

    /// Makes a group. Not repeated by itself when the reply was lost.
    pub(crate) async fn insert_group(&self, body: Value, what: String) -> Result<Group, TenantError> {
        let call = self.groups_call(Method::POST, "", what).body(body).only_if_not_done();
        self.send(&call.query("fields", GROUP_FIELDS)).await
    }

    /// Changes a group.
    pub(crate) async fn patch_group(&self, id: &str, body: Value, what: String) -> Result<Group, TenantError> {
        let call = self.groups_call(Method::PATCH, &format!("/{}", segment(id)), what).body(body);
        self.send(&call.query("fields", GROUP_FIELDS)).await
    }

    /// Deletes a group, for good.
    pub(crate) async fn delete_group(&self, id: &str, what: String) -> Result<(), TenantError> {
        let call = self.groups_call(Method::DELETE, &format!("/{}", segment(id)), what);
        self.send::<Nothing>(&call).await.map(drop)
    }

    /// Everybody in a group.
    pub(crate) async fn members(&self, group: &str, what: String) -> Result<Vec<Member>, TenantError> {
        let call = self
            .members_call(Method::GET, group, "", what)
            .query("maxResults", GROUPS_PER_PAGE)
            .query("fields", format!("members({MEMBER_FIELDS}),nextPageToken"));
        self.pages(call, |page: Members| (page.members, page.next_page_token)).await
    }

    /// Everybody in a group, and in the groups in it.
    pub(crate) async fn members_of_members(&self, group: &str) -> Result<Vec<Member>, TenantError> {
        let call = self
            .members_call(Method::GET, group, "", format!("list everybody in {group}"))
            .query("includeDerivedMembership", "true")
            .query("maxResults", GROUPS_PER_PAGE)
            .query("fields", format!("members({MEMBER_FIELDS}),nextPageToken"));
        self.pages(call, |page: Members| (page.members, page.next_page_token)).await
    }

    /// The owners of a group.
    pub(crate) async fn owners(&self, group: &str, what: String) -> Result<Vec<Member>, TenantError> {
        let call = self
            .members_call(Method::GET, group, "", what)
            .query("roles", OWNER)
            .query("maxResults", GROUPS_PER_PAGE)
            .query("fields", format!("members({MEMBER_FIELDS}),nextPageToken"));
        self.pages(call, |page: Members| (page.members, page.next_page_token)).await
    }

    /// One member of a group.
    pub(crate) async fn member(&self, group: &str, member: &str, what: String) -> Result<Member, TenantError> {
        let call = self.members_call(Method::GET, group, &format!("/{}", segment(member)), what);
        self.send(&call.query("fields", MEMBER_FIELDS)).await
    }

    /// Whether an account is in a group, directly or through groups.
    pub(crate) async fn is_member(&self, group: &str, id: &str, what: String) -> Result<bool, TenantError> {
        let path = format!("/admin/directory/v1/groups/{}/hasMember/{}", segment(group), segment(id));
        let call = Call::new(Api::Directory, self.admin(), self.access.member(), Method::GET, path, what);
        self.send::<Membership>(&call.query("fields", "isMember")).await.map(|membership| membership.is_member)
    }

    /// Makes somebody an owner of a group. Not repeated by itself when the reply was lost; a second try answers 409.
    pub(crate) async fn insert_owner(&self, group: &str, address: &Address, what: String) -> Result<(), TenantError> {
        let call = self
            .members_call(Method::POST, group, "", what)
            .body(json!({ "email": address, "role": OWNER }))
            .query("fields", MEMBER_FIELDS);
        self.send::<Nothing>(&call).await.map(drop)
    }

    /// Makes a member an owner.
    pub(crate) async fn make_owner(&self, group: &str, member: &str, what: String) -> Result<(), TenantError> {
        let call = self
            .members_call(Method::PATCH, group, &format!("/{}", segment(member)), what)
            .body(json!({ "role": OWNER }))
            .query("fields", MEMBER_FIELDS);
        self.send::<Nothing>(&call).await.map(drop)
    }

    /// Takes somebody out of a group.
    pub(crate) async fn delete_member(&self, group: &str, member: &str, what: String) -> Result<(), TenantError> {
        let call = self.members_call(Method::DELETE, group, &format!("/{}", segment(member)), what);
        self.send::<Nothing>(&call).await.map(drop)
    }

    /// The customer's domains.
    pub(crate) async fn domains(&self) -> Result<Domains, TenantError> {
        let path = format!("/admin/directory/v1/customer/{}/domains", segment(&self.tenant.customer));
        let what = "list the domains".to_owned();
        let call = Call::new(Api::Directory, self.admin(), DOMAIN_READ, Method::GET, path, what);
        self.send(&call.query("fields", "domains(domainName,verified,domainAliases(domainAliasName,verified))")).await
    }

    /// All organisational units, the topmost one included.
    pub(crate) async fn units(&self) -> Result<Vec<Unit>, TenantError> {
        let path = format!("/admin/directory/v1/customer/{}/orgunits", segment(&self.tenant.customer));
        let what = "list the organisational units".to_owned();
        let call = Call::new(Api::Directory, self.admin(), UNIT_READ, Method::GET, path, what)
            .query("type", "allIncludingParent")
            .query("fields", "organizationUnits(orgUnitId,orgUnitPath,parentOrgUnitId)");
        self.send::<Units>(&call).await.map(|units| units.organization_units)
    }

    /// Every page of a list, or an error.
    pub(crate) async fn pages<P: DeserializeOwned + Send, T>(
        &self,
        call: Call,
        content: impl Fn(P) -> (Vec<T>, Option<String>),
    ) -> Result<Vec<T>, TenantError> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        let mut pages = Pages::default();
        loop {
            let page_call = match &token {
                Some(token) => call.clone().query("pageToken", token),
                None => call.clone(),
            };
            let (items, next) = content(self.send(&page_call).await?);
            let count = items.len();
            all.extend(items);
            let Some(next) = next.filter(|next| !next.is_empty()) else { return Ok(all) };
            pages.after(count, &next).map_err(|endless| {
                TenantError::new(ErrorKind::Invalid, &call.what, format!("the list does not end: {endless}"))
            })?;
            token = Some(next);
        }
    }
}

/// An answer about something else than what was asked for says nothing of that.
fn other_than_asked(key: &str, answered: &str) -> TenantError {
    let message = format!("Google's answer is about {answered}, which is not what was asked for");
    TenantError::new(ErrorKind::Invalid, format!("read {key}"), message)
}
