//! Whose accounts changed, by delta query (facts sheet, Microsoft 3, delta).

use std::collections::HashSet;

use graph_rs_sdk::http::Url;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use tripod_tenant::{Changes, ErrorKind, TenantError};

use crate::connection::Connection;
use crate::graph::{Call, user};

const OPERATION: &str = "read whose accounts changed";
/// What counts as a change. An account that is disabled shows only if `accountEnabled` is selected.
const SELECT: &str = "accountEnabled,userType";

/// How many accounts changed since a cursor, with the next one. A cursor lives for some days only; after that,
/// everything is read anew and counts as changed.
pub(super) async fn since(connection: &Connection, cursor: Option<&str>) -> Result<Changes, TenantError> {
    let Some(cursor) = cursor else {
        let (_, cursor) = ask(connection, &anew()).await?;
        return Ok(Changes { cursor, changed: 0, expired: false });
    };
    let call = Call::get(&["users", "delta"], user::READ, OPERATION).query("$deltatoken", cursor);
    match ask(connection, &call).await {
        Ok((changed, cursor)) => Ok(Changes { cursor, changed, expired: false }),
        Err(error) if error.kind == ErrorKind::Conflict => {
            tracing::debug!(%error, "the cursor has expired");
            let (changed, cursor) = ask(connection, &anew()).await?;
            Ok(Changes { cursor, changed, expired: true })
        }
        Err(error) => Err(error),
    }
}

/// Everything, with the first cursor at its end.
fn anew() -> Call {
    Call::get(&["users", "delta"], user::READ, OPERATION).query("$select", SELECT)
}

async fn ask(connection: &Connection, call: &Call) -> Result<(usize, String), TenantError> {
    let (rows, link) = connection.graph.delta(call).await?;
    let not_understood = |why: &str| {
        let message = format!("the answer of Microsoft Graph was not understood: {why}");
        TenantError::new(ErrorKind::Invalid, OPERATION, message)
    };
    // One account may come several times, on several pages.
    let id = |row: &Value| row.get("id").and_then(Value::as_str).map(str::to_ascii_lowercase);
    let ids: Option<HashSet<String>> = rows.iter().map(id).collect();
    let changed = ids.ok_or_else(|| not_understood("a change has no id"))?.len();
    let cursor = token(&link).ok_or_else(|| not_understood("the link to the next changes holds no token"))?;
    Ok((changed, cursor))
}

/// The token in a delta link.
fn token(link: &Url) -> Option<String> {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned);
    let pairs = link.query()?.split('&').filter_map(|pair| pair.split_once('='));
    let value =
        pairs.filter(|(name, _)| decoded(name).as_deref() == Some("$deltatoken")).map(|(_, value)| value).next()?;
    decoded(value).filter(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_of_a_link_is_kept() {
        let token = |link: &str| token(&Url::parse(link).unwrap());
        let base = "https://graph.microsoft.com/v1.0/users/delta";
        assert_eq!(token(&format!("{base}?$deltatoken=a-b_c")).as_deref(), Some("a-b_c"));
        assert_eq!(token(&format!("{base}?$select=id&%24deltatoken=a%2Bb+c")).as_deref(), Some("a+b+c"));
        assert_eq!(token(&format!("{base}?$skiptoken=x")), None);
        assert_eq!(token(&format!("{base}?$deltatoken=")), None);
        assert_eq!(token(base), None);
    }
}
