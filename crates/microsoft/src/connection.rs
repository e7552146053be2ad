//! Both APIs of one tenant, as reader and writer share them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use futures::future::join_all;
use tripod_model::Address;
use tripod_tenant::{Clock, Endpoints, ErrorKind, ObservedDelegate, PersonId, Principal, TenantError};

use crate::config::{AppCredentials, Guid, MicrosoftTenant};
use crate::exchange::Exchange;
use crate::exchange::access::Entry;
use crate::exchange::invoke::InvokeCommand;
use crate::graph::Graph;
use crate::graph::group::{self, Group, List, Member};
use crate::graph::user::{self, User};
use crate::principal::Principals;
use crate::sending;
use crate::token::TokenSource;

/// Microsoft Graph and Exchange Online of one tenant, with the tokens of one app.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The tenant.
    pub(crate) tenant: Guid,
    pub(crate) graph: Graph,
    pub(crate) exchange: Exchange,
    /// The tokens of both.
    pub(crate) tokens: Arc<TokenSource>,
}

/// Somebody with access, and by which names or id the access is held.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) delegate: ObservedDelegate,
    /// What the access lists show; both lists of a shared mailbox take it back for a removal.
    pub(crate) shown: Vec<String>,
    /// The Entra id, for members of a group.
    pub(crate) id: Option<Guid>,
}

impl Connection {
    /// Makes the connection ready for what reads or `writes`; nothing is sent yet.
    pub(crate) fn new(
        tenant: MicrosoftTenant,
        credentials: AppCredentials,
        writes: bool,
        endpoints: Endpoints,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, TenantError> {
        let MicrosoftTenant { tenant_id, domains } = tenant;
        let tenant = Guid::read(&tenant_id).ok_or_else(|| {
            let domains = domains.join(", ");
            let message =
                format!("the tenant id of {domains} is not a GUID; copy the directory (tenant) ID from Entra");
            TenantError::new(ErrorKind::SetUp, "connect to Microsoft 365", message)
        })?;
        let http = sending::client(&endpoints);
        let tokens = TokenSource::new(&tenant, credentials, writes, &endpoints, Arc::clone(&clock))?;
        let tokens = Arc::new(tokens);
        let transport = InvokeCommand::new(&tenant, &endpoints, http.clone(), Arc::clone(&tokens));
        let exchange = Exchange::new(Box::new(transport), endpoints.clone(), Arc::clone(&clock));
        let graph = Graph::new(Arc::clone(&tokens), endpoints, http, clock)?;
        Ok(Self { tenant, graph, exchange, tokens })
    }

    /// Who has access to each of these shared mailboxes; everybody on all lists is resolved in as few calls as
    /// possible.
    pub(crate) async fn holders(&self, mailboxes: &[(Guid, String)]) -> Vec<Result<Vec<Holder>, TenantError>> {
        let lists = mailboxes.iter().map(|(id, label)| {
            let operation = format!("read who has access to {label}");
            async move { self.exchange.access(id, &operation).await }
        });
        let lists = join_all(lists).await;
        let mut entries = Vec::new();
        for ((id, _), list) in mailboxes.iter().zip(&lists) {
            for entry in list.iter().flatten() {
                entries.push((id.clone(), entry.clone()));
            }
        }
        let principals = Principals::found(self, entries).await;
        lists.into_iter().map(|list| Ok(merge(list?, &principals))).collect()
    }

    /// Who is in a Microsoft 365 group: members read, owners act.
    pub(crate) async fn group_holders(&self, id: &Guid, label: &str) -> Result<Vec<Holder>, TenantError> {
        let operation = format!("read who is in {label}");
        let (members, owners) = futures::try_join!(
            self.graph.members(id, List::Members, &operation),
            self.graph.members(id, List::Owners, &operation)
        )?;
        let addresses = self.addresses_of(members.iter().chain(&owners), &operation).await?;
        let mut holders: Vec<Holder> = Vec::new();
        for (list, member) in
            members.iter().map(|member| (List::Members, member)).chain(owners.iter().map(|owner| (List::Owners, owner)))
        {
            let id = Guid::parse(&member.id, &operation)?;
            let who = match addresses.get(&id).cloned() {
                _ if !member.is_told() => {
                    let reason = "Microsoft Graph does not tell what sort of member it is".to_owned();
                    Principal::Unclear { shown: id.to_string(), reason }
                }
                _ if member.is_neither() => Principal::Other { what: member.words(), shown: id.to_string() },
                Some(address) if member.is_group() => Principal::Group { address },
                Some(address) => Principal::Account { id: Some(PersonId(id.to_string())), address },
                // Whoever is gone is on no list of members any more.
                None => {
                    let reason = "Microsoft Graph has it on the list and does not find it by its id".to_owned();
                    Principal::Unclear { shown: id.to_string(), reason }
                }
            };
            let holder = Holder { delegate: delegate(who), shown: Vec::new(), id: Some(id) };
            let place = holders.iter().position(|known| known.id == holder.id).unwrap_or_else(|| {
                holders.push(holder);
                holders.len() - 1
            });
            if let Some(holder) = holders.get_mut(place) {
                match list {
                    List::Members => holder.delegate.rights.read = true,
                    List::Owners => holder.delegate.rights.act = true,
                }
            }
        }
        Ok(holders)
    }

    /// The addresses of members. The list of a group is one of directory objects, which have none of their own, so
    /// whoever came without one is asked for by id; who is not there any more stays without.
    async fn addresses_of(
        &self,
        members: impl Iterator<Item = &Member>,
        operation: &str,
    ) -> Result<HashMap<Guid, Address>, TenantError> {
        let mut addresses = HashMap::new();
        let mut open: BTreeMap<Guid, bool> = BTreeMap::new();
        for member in members.filter(|member| !member.is_neither()) {
            let id = Guid::parse(&member.id, operation)?;
            match member.address() {
                Some(address) => drop(addresses.insert(id, address)),
                None => drop(open.insert(id, member.is_group())),
            }
        }
        let call = |(id, is_group): (&Guid, &bool)| {
            if *is_group { group::by_id(id, operation) } else { user::by_id(id, operation) }
        };
        let calls: Vec<_> = open.iter().map(call).collect();
        for ((id, is_group), answer) in open.iter().zip(self.graph.batch(&calls).await) {
            let value = match answer {
                Err(error) if error.kind == ErrorKind::Missing => continue,
                answer => answer?,
            };
            let address = if *is_group {
                Group::read_by_id(value, id, operation)?.address()
            } else {
                User::read_by_id(value, id, operation)?.address()
            };
            let address = address.ok_or_else(|| {
                let message = format!("Microsoft Graph shows no address of {id}");
                TenantError::new(ErrorKind::Denied, operation, message).lacking(user::READ)
            })?;
            addresses.insert(id.clone(), address);
        }
        Ok(addresses)
    }
}

fn delegate(who: Principal) -> ObservedDelegate {
    // Nothing has to be accepted at Microsoft: an entry on the list is in force.
    ObservedDelegate { who, rights: tripod_tenant::Rights::default(), acceptance: tripod_tenant::Acceptance::Accepted }
}

/// The entries of a mailbox by who they are for: one person may stand there under two names.
fn merge(entries: Vec<Entry>, principals: &Principals) -> Vec<Holder> {
    let mut holders: Vec<Holder> = Vec::new();
    for entry in entries {
        let who = match entry.untold {
            Some(what) => Principal::Unclear {
                shown: entry.shown.clone(),
                reason: format!("the access list does not tell {what}"),
            },
            None => principals.of(&entry),
        };
        // Two entries that are unclear may be two accounts, whatever they show.
        let is_unclear = matches!(who, Principal::Unclear { .. });
        let place = holders.iter().position(|holder| !is_unclear && is_same(&holder.delegate.who, &who));
        let place = place.unwrap_or_else(|| {
            holders.push(Holder { delegate: delegate(who), shown: Vec::new(), id: None });
            holders.len() - 1
        });
        if let Some(holder) = holders.get_mut(place) {
            holder.delegate.rights.read |= entry.rights.read;
            holder.delegate.rights.act |= entry.rights.act;
            holder.shown.push(entry.identity().to_owned());
        }
    }
    holders
}

/// Whether two principals are the same: by id where both have one, for addresses change.
pub(crate) fn is_same(one: &Principal, other: &Principal) -> bool {
    match (one, other) {
        (Principal::Account { id: Some(one), .. }, Principal::Account { id: Some(other), .. }) => {
            one.0.eq_ignore_ascii_case(&other.0)
        }
        (Principal::Account { address: one, .. }, Principal::Account { address: other, .. })
        | (Principal::Group { address: one }, Principal::Group { address: other }) => one == other,
        (Principal::Account { .. } | Principal::Group { .. }, _)
        | (_, Principal::Account { .. } | Principal::Group { .. }) => false,
        (one, other) => one.label().eq_ignore_ascii_case(other.label()),
    }
}
