//! Which fault hits which exchange.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::fault::{Fault, What};
use crate::wire::Request;

/// A fault with what has happened by it so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ActiveFault {
    /// The rule.
    pub(crate) fault: Fault,
    /// How many exchanges have matched.
    pub(crate) seen: u32,
    /// How many of them went wrong.
    pub(crate) done: u32,
}

impl ActiveFault {
    pub(crate) fn new(fault: Fault) -> Self {
        Self { fault, seen: 0, done: 0 }
    }

    fn matches(&self, request: &Request) -> bool {
        let fault = &self.fault;
        let host = fault.host.as_ref().is_none_or(|host| host.eq_ignore_ascii_case(&request.host));
        let method = fault.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(request.method.as_str()));
        host && method && fault.matching.as_ref().is_none_or(|text| names(request, text))
    }
}

/// Whether path and query contain a text, as they came or decoded, or the body calls the cmdlet of that name.
fn names(request: &Request, text: &str) -> bool {
    let target = format!("{}?{}", request.path, request.query);
    if target.contains(text) || percent_encoding::percent_decode_str(&target).decode_utf8_lossy().contains(text) {
        return true;
    }
    let cmdlet = request
        .json()
        .ok()
        .and_then(|body: Value| body.pointer("/CmdletInput/CmdletName").and_then(Value::as_str).map(str::to_owned));
    cmdlet.is_some_and(|name| name.eq_ignore_ascii_case(text))
}

/// What goes wrong with this exchange, if anything; every matching rule counts it, the first that strikes decides.
pub(crate) fn strike(faults: &mut [ActiveFault], request: &Request, random: &mut fastrand::Rng) -> Option<What> {
    let mut decided = None;
    for active in faults.iter_mut().filter(|active| active.matches(request)) {
        active.seen = active.seen.saturating_add(1);
        let ready = active.seen > active.fault.after && active.fault.times.is_none_or(|times| active.done < times);
        if decided.is_none() && ready && random.u32(0..100) < active.fault.percent {
            active.done = active.done.saturating_add(1);
            decided = Some(active.fault.what);
        }
    }
    decided
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str) -> Request {
        Request {
            method: method.parse().unwrap(),
            host: "gmail.googleapis.com".into(),
            path: path.into(),
            query: String::new(),
            headers: http::HeaderMap::new(),
            body: Vec::new(),
        }
    }

    #[test]
    fn a_rule_spares_the_first_ones_and_ends() {
        let fault: Fault =
            serde_json::from_str(r#"{"matching":"ana@x.test","what":"cut","after":1,"times":2}"#).unwrap();
        let mut faults = vec![ActiveFault::new(fault)];
        let mut random = fastrand::Rng::with_seed(1);
        let mut hits = || strike(&mut faults, &request("GET", "/users/ana%40x.test"), &mut random).is_some();
        assert_eq!([hits(), hits(), hits(), hits()], [false, true, true, false]);
    }

    #[test]
    fn a_rule_for_another_method_or_host_does_nothing() {
        for text in [r#"{"method":"POST","what":"cut"}"#, r#"{"host":"graph.microsoft.com","what":"cut"}"#] {
            let mut faults = vec![ActiveFault::new(serde_json::from_str(text).unwrap())];
            assert_eq!(strike(&mut faults, &request("GET", "/x"), &mut fastrand::Rng::with_seed(1)), None);
        }
    }
}
