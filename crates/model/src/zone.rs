//! The days of a tenant.
//!
//! A day in a file, such as `retired-on` or `until`, is a day in the time zone of its tenant, from its first moment to
//! its last.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The time zone of an IANA name such as `Europe/Oslo`, whatever the machine has installed.
#[must_use]
pub fn time_zone(name: &str) -> Option<TimeZone> {
    if name == "UTC" {
        return Some(TimeZone::UTC);
    }
    // Names of other forms, such as an offset or a POSIX rule, would not follow a change of the law.
    let is_name = name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+'));
    if name.is_empty() || !is_name {
        return None;
    }
    // As in the database, which finds names whatever their case.
    TimeZone::get(name).ok().filter(|zone| zone.iana_name() == Some(name))
}

/// The day that it is at a moment.
#[must_use]
pub fn day(moment: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(moment).date()
}

/// When a person leaves, as a tenant with this time zone means it.
///
/// Directories keep days as moments, and a day as its midnight in UTC. That is a day of the tenant, which begins by the
/// tenant's clock. Every other moment is meant as it stands.
#[must_use]
pub fn leave(moment: Timestamp, zone: &TimeZone) -> Timestamp {
    let at = TimeZone::UTC.to_datetime(moment);
    if at.time() != jiff::civil::Time::midnight() {
        return moment;
    }
    // A day whose first hour the clocks leave out begins when they go on.
    zone.to_timestamp(at).unwrap_or(moment)
}

/// The name of a time zone.
#[must_use]
pub fn name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("UTC")
}

/// A day as files have it, `2026-12-31`: nothing but four digits, two and two, and a day that there is.
#[must_use]
pub fn parse_day(text: &str) -> Option<Date> {
    let is_sound = text.len() == 10
        && text.char_indices().all(|(index, c)| if matches!(index, 4 | 7) { c == '-' } else { c.is_ascii_digit() });
    text.parse::<Date>().ok().filter(|date| is_sound && date.year() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_and_ends_by_the_clock_of_its_zone() {
        let auckland = time_zone("Pacific/Auckland").unwrap();
        let at = |text: &str| day(text.parse().unwrap(), &auckland).to_string();
        assert_eq!(
            (at("2026-11-22T10:59:59Z"), at("2026-11-22T11:00:00Z")),
            ("2026-11-22".into(), "2026-11-23".into())
        );
        // On the day on which the clocks go back, a day has 25 hours.
        let oslo = time_zone("Europe/Oslo").unwrap();
        let at = |text: &str| day(text.parse().unwrap(), &oslo).to_string();
        assert_eq!(
            (at("2026-10-24T22:00:00Z"), at("2026-10-25T22:59:59Z")),
            ("2026-10-25".into(), "2026-10-25".into())
        );
    }

    #[test]
    fn a_leave_date_is_a_day_of_the_tenant_and_a_moment_is_a_moment() {
        let leave = |zone: &str, text: &str| leave(text.parse().unwrap(), &time_zone(zone).unwrap()).to_string();
        assert_eq!(leave("UTC", "2026-11-23T00:00:00Z"), "2026-11-23T00:00:00Z");
        assert_eq!(leave("Pacific/Auckland", "2026-11-23T00:00:00Z"), "2026-11-22T11:00:00Z");
        assert_eq!(leave("America/New_York", "2026-11-23T00:00:00Z"), "2026-11-23T05:00:00Z");
        assert_eq!(leave("America/New_York", "2026-11-23T17:00:00Z"), "2026-11-23T17:00:00Z");
    }

    #[test]
    fn a_zone_has_a_name_of_the_database_and_no_other() {
        assert_eq!(time_zone("UTC"), Some(TimeZone::UTC));
        assert_eq!(name(&time_zone("America/Argentina/Buenos_Aires").unwrap()), "America/Argentina/Buenos_Aires");
        for text in ["", "Europe/Olso", "+01:00", "CET-1CEST", "europe/oslo", "../Oslo", "Europe/Oslo ", "local"] {
            assert_eq!(time_zone(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_is_a_day_and_nothing_more() {
        assert_eq!(parse_day("2028-02-29").map(|day| day.to_string()).as_deref(), Some("2028-02-29"));
        for text in [
            "2026-02-29",
            "2026-01-32",
            "2026-1-31",
            "2026-01-31T10:00",
            "2026-01-31 10:00:00",
            "-002026-01-31",
            "-026-01-31",
            "+002026-01-31",
            "20260131",
            "2026-W05-6",
            "0000-01-01",
            "32 January",
            "2026-01-31Z",
            "٢٠٢٦-٠١-٣١",
        ] {
            assert_eq!(parse_day(text), None, "{text}");
        }
    }
}
