//! The method that a request stands for. Google's clients send a request whose URL is too long, and those that must not
//! send `PATCH`, as `POST` with `X-HTTP-Method-Override`; the query then comes as a form.

use std::borrow::Cow;

use http::Method;

use crate::wire::Request;

/// The request as it is meant.
pub(super) fn meant(request: &Request) -> Cow<'_, Request> {
    let named = request.header("x-http-method-override").filter(|_| request.method == Method::POST);
    let Some(method) = named.and_then(|name| name.to_ascii_uppercase().parse::<Method>().ok()) else {
        return Cow::Borrowed(request);
    };
    let mut meant = Request { method, ..request.clone() };
    let is_form =
        request.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if meant.method == Method::GET && is_form {
        let form = String::from_utf8_lossy(&request.body).into_owned();
        meant.query = [meant.query, form].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("&");
        meant.body = Vec::new();
    }
    Cow::Owned(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(method: Method, over: &str, kind: &str, body: &str) -> Request {
        let mut headers = http::HeaderMap::new();
        headers.insert("x-http-method-override", over.parse().unwrap());
        headers.insert("content-type", kind.parse().unwrap());
        let body = body.as_bytes().to_vec();
        Request {
            method,
            host: "admin.googleapis.com".into(),
            path: "/x".into(),
            query: "alt=json".into(),
            headers,
            body,
        }
    }

    #[test]
    fn a_query_that_is_too_long_for_an_address_comes_as_a_form() {
        let sent = sent(Method::POST, "GET", "application/x-www-form-urlencoded", "query=email%3Dana*");
        let meant = meant(&sent);
        assert_eq!((&meant.method, meant.query.as_str()), (&Method::GET, "alt=json&query=email%3Dana*"));
        assert!(meant.body.is_empty());
    }

    #[test]
    fn a_body_of_another_method_stays_a_body_and_only_post_is_overridden() {
        let patch = sent(Method::POST, "patch", "application/json", "{}");
        assert_eq!((&meant(&patch).method, meant(&patch).body.as_slice()), (&Method::PATCH, b"{}".as_slice()));
        assert_eq!(meant(&sent(Method::GET, "DELETE", "application/json", "")).method, Method::GET);
    }
}
