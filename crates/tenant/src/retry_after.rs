//! How long a provider asks to wait, in every form that the facts sheets show.

use std::time::Duration;

use jiff::Timestamp;

/// Reads a `Retry-After` header: whole seconds, a fraction (an old Microsoft sample shows `2.128`), or an HTTP date.
#[must_use]
pub fn from_header(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        // `try_from_secs_f64` refuses what is negative, infinite or not a number.
        return Duration::try_from_secs_f64(seconds.ceil()).ok();
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
    Some(until(date, now))
}

/// Reads Gmail's sentence `User-rate limit exceeded.  Retry after 2019-03-14T23:54:13.536Z`.
#[must_use]
pub fn from_message(message: &str, now: Timestamp) -> Option<Duration> {
    let (_, rest) = message.split_once("Retry after ")?;
    let moment = rest.split_whitespace().next()?.parse::<Timestamp>().ok()?;
    Some(until(moment, now))
}

fn until(moment: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(moment.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-23T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn seconds_are_rounded_up() {
        assert_eq!(from_header("10", now()), Some(Duration::from_secs(10)));
        assert_eq!(from_header("2.128", now()), Some(Duration::from_secs(3)));
    }

    #[test]
    fn a_date_is_the_time_that_is_left() {
        assert_eq!(from_header("Mon, 23 Nov 2026 09:01:30 GMT", now()), Some(Duration::from_secs(90)));
        assert_eq!(from_header("Mon, 23 Nov 2026 08:00:00 GMT", now()), Some(Duration::ZERO));
    }

    #[test]
    fn gmail_says_it_in_a_sentence() {
        let text = "User-rate limit exceeded.  Retry after 2026-11-23T09:00:13.500Z";
        assert_eq!(from_message(text, now()), Some(Duration::from_millis(13_500)));
    }

    #[test]
    fn anything_else_is_no_answer() {
        for text in ["", "soon", "-5", "NaN", "inf"] {
            assert_eq!(from_header(text, now()), None, "{text}");
        }
        assert_eq!(from_message("Retry after a while", now()), None);
    }
}
