//! What stands in the way of new mailboxes.

use std::collections::BTreeMap;

use futures::future::join_all;
use serde::Deserialize;
use tripod_model::{Address, Kind};
use tripod_tenant::{ErrorKind, MailboxQuery, Obstacle, TenantError};

use crate::connection::Connection;
use crate::graph::Call;

/// The least privilege for reading domains (facts sheet, Microsoft 3).
const READ: &str = "Domain.Read.All";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Domain {
    id: String,
    #[serde(default)]
    is_verified: bool,
    #[serde(default)]
    is_default: bool,
    #[serde(default)]
    supported_services: Vec<String>,
}

/// Every obstacle, in the order of the domains.
pub(super) async fn obstacles(connection: &Connection, wanted: &[MailboxQuery]) -> Vec<Obstacle> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let mut obstacles = match domains(connection).await {
        Ok(domains) => of_domains(&domains, wanted),
        Err(error) => vec![not_found_out(wanted.iter().map(|query| query.address.clone()).collect(), &error)],
    };
    let groups = wanted.iter().filter(|query| query.kind == Kind::GroupInbox);
    obstacles.extend(join_all(groups.map(|query| of_alias(connection, query))).await.into_iter().flatten());
    obstacles
}

async fn domains(connection: &Connection) -> Result<Vec<Domain>, TenantError> {
    let operation = "read the domains of the tenant";
    let call = Call::get(&["domains"], READ, operation).query("$select", "id,isVerified,isDefault,supportedServices");
    let rows = connection.graph.list(&call).await?;
    let read = |row| {
        serde_json::from_value(row).map_err(|error| {
            TenantError::new(ErrorKind::Invalid, operation, format!("a domain was not understood ({error})"))
        })
    };
    rows.into_iter().map(read).collect()
}

fn of_domains(domains: &[Domain], wanted: &[MailboxQuery]) -> Vec<Obstacle> {
    let mut by_domain: BTreeMap<&str, Vec<&MailboxQuery>> = BTreeMap::new();
    for query in wanted {
        by_domain.entry(query.address.domain()).or_default().push(query);
    }
    let mut obstacles = Vec::new();
    for (name, queries) in by_domain {
        let mut add = |queries: &[&MailboxQuery], message: String, remedy: &str| {
            let mailboxes = queries.iter().map(|query| query.address.clone()).collect();
            obstacles.push(Obstacle { mailboxes, message, remedy: remedy.to_owned(), kind: ErrorKind::SetUp });
        };
        let Some(domain) = domains.iter().find(|domain| domain.id.eq_ignore_ascii_case(name)) else {
            add(
                &queries,
                format!("{name} is not a domain of the tenant"),
                "add and verify it in the Microsoft 365 admin centre",
            );
            continue;
        };
        if !domain.is_verified {
            add(&queries, format!("{name} is not verified"), "verify it in the Microsoft 365 admin centre");
            continue;
        }
        if !domain.supported_services.iter().any(|service| service.eq_ignore_ascii_case("Email")) {
            add(
                &queries,
                format!("{name} is not set up for mail"),
                "turn on Exchange for it in the Microsoft 365 admin centre",
            );
            continue;
        }
        let groups: Vec<_> = queries.iter().copied().filter(|query| query.kind == Kind::GroupInbox).collect();
        if let (Some(default), false) =
            (domains.iter().find(|domain| domain.is_default), groups.is_empty() || domain.is_default)
        {
            let message = format!("new Microsoft 365 groups get their address in {}, not in {name}", default.id);
            add(&groups, message, "use a shared mailbox, or an address in the default domain");
        }
    }
    obstacles
}

/// An alias is unique in the whole tenant. A shared mailbox gets another one then; the address of a group is made of
/// its alias (facts sheet, Microsoft 2 and 1c).
async fn of_alias(connection: &Connection, query: &MailboxQuery) -> Option<Obstacle> {
    let alias = query.address.local_part();
    let operation = format!("read who holds the alias {alias}");
    match connection.exchange.recipient(alias, &operation).await {
        Ok(None) => None,
        Ok(Some(holder)) if holder.holds(&query.address) => None,
        Ok(Some(holder)) => {
            let held_by = holder.address().map_or_else(|| holder.name().to_owned(), |address| address.to_string());
            Some(Obstacle {
                mailboxes: vec![query.address.clone()],
                message: format!("the alias {alias} belongs to {held_by} ({})", holder.words()),
                remedy: "use another name before the @, or a shared mailbox".to_owned(),
                kind: ErrorKind::SetUp,
            })
        }
        Err(error) => Some(not_found_out(vec![query.address.clone()], &error)),
    }
}

fn not_found_out(mailboxes: Vec<Address>, error: &TenantError) -> Obstacle {
    // `SetUp` would say that it is certainly in the way; a read that failed is not.
    let kind = if error.kind == ErrorKind::SetUp { ErrorKind::Unavailable } else { error.kind };
    Obstacle { mailboxes, message: error.to_string(), remedy: "let the app read it, or try again".to_owned(), kind }
}
