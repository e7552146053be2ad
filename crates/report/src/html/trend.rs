//! The charts of the kept runs: how many mailboxes stand, and how many findings there were.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tripod_verifier::TrendPoint;

use crate::words::harmless;

/// The drawing's width, and the top, the foot and the left edge of its columns, in its own units.
const WIDTH: i64 = 480;
const TOP: i64 = 24;
const FOOT: i64 = 180;
const LEFT: i64 = 8;
/// More runs than this cannot be told apart; the latest are shown.
const MOST: usize = 24;
/// As many days can be written below the columns.
const LABELS: usize = 8;

/// A part of a column.
pub(crate) struct Block {
    pub(crate) class: &'static str,
    pub(crate) y: i64,
    pub(crate) height: i64,
}

/// A column with its words.
pub(crate) struct Column {
    pub(crate) x: i64,
    pub(crate) width: i64,
    pub(crate) middle: i64,
    pub(crate) blocks: Vec<Block>,
    /// What stands above it.
    pub(crate) value: String,
    pub(crate) value_y: i64,
    /// The day below it; empty where there is no room.
    pub(crate) day: String,
}

/// A run as a row of the table.
pub(crate) struct Run {
    pub(crate) at: String,
    pub(crate) mailboxes: i64,
    pub(crate) sound: i64,
    pub(crate) critical: i64,
    pub(crate) high: i64,
    pub(crate) medium: i64,
    pub(crate) low: i64,
    pub(crate) unknown: i64,
}

/// Both charts.
pub(crate) struct Trend {
    pub(crate) standing: Vec<Column>,
    pub(crate) findings: Vec<Column>,
    pub(crate) runs: Vec<Run>,
    /// How many of the kept runs are shown.
    pub(crate) shown: usize,
    pub(crate) kept: usize,
    /// What the charts show, for those who do not see them.
    pub(crate) standing_description: String,
    pub(crate) findings_description: String,
}

/// The charts, if there are runs to compare.
pub(crate) fn trend(points: &[TrendPoint]) -> Option<Trend> {
    let kept = points.len();
    let points = points.get(kept.saturating_sub(MOST)..).unwrap_or_default();
    let (first, last) = (points.first()?, points.last()?);
    if points.len() < 2 {
        return None;
    }
    let total = |point: &TrendPoint| point.critical + point.high + point.medium + point.low;
    let most_mailboxes = points.iter().map(|point| point.mailboxes).max().unwrap_or_default();
    let most_findings = points.iter().map(total).max().unwrap_or_default();
    let standing = columns(points, most_mailboxes, |point| {
        (
            vec![("good", point.sound), ("bad", point.mailboxes - point.sound)],
            format!("{}/{}", point.sound, point.mailboxes),
        )
    });
    let findings = columns(points, most_findings, |point| {
        let parts =
            vec![("critical", point.critical), ("high", point.high), ("medium", point.medium), ("low", point.low)];
        (parts, total(point).to_string())
    });
    let standing_description = format!(
        "From {} of {} mailboxes on {} to {} of {} on {}",
        first.sound,
        first.mailboxes,
        day(&first.at),
        last.sound,
        last.mailboxes,
        day(&last.at)
    );
    let findings_description =
        format!("Findings: {} on {}, {} on {}", total(first), day(&first.at), total(last), day(&last.at));
    let runs = points
        .iter()
        .rev()
        .map(|point| Run {
            at: moment(&point.at),
            mailboxes: point.mailboxes,
            sound: point.sound,
            critical: point.critical,
            high: point.high,
            medium: point.medium,
            low: point.low,
            unknown: point.unknown,
        })
        .collect();
    Some(Trend { standing, findings, runs, shown: points.len(), kept, standing_description, findings_description })
}

/// A column for each run, its blocks from the foot upwards.
fn columns(
    points: &[TrendPoint],
    most: i64,
    parts: impl Fn(&TrendPoint) -> (Vec<(&'static str, i64)>, String),
) -> Vec<Column> {
    let number = i64::try_from(points.len()).unwrap_or(1).max(1);
    let slot = (WIDTH - 2 * LEFT) / number;
    let width = (slot * 7 / 10).clamp(6, 56);
    let every = points.len().div_ceil(LABELS);
    // Runs of one day are told apart by their hour.
    let days: std::collections::BTreeSet<String> = points.iter().map(|point| short_day(&point.at)).collect();
    let name = if days.len() > 1 { short_day } else { hour };
    let mut left = LEFT;
    let mut columns = Vec::new();
    for (index, point) in points.iter().enumerate() {
        let (parts, value) = parts(point);
        let mut y = FOOT;
        let mut blocks = Vec::new();
        for (class, count) in parts {
            let height = count.max(0) * (FOOT - TOP) / most.max(1);
            if height > 0 {
                y -= height;
                blocks.push(Block { class, y, height });
            }
        }
        // Counted from the latest run, whose day is always told.
        let is_labelled = (points.len() - 1 - index).is_multiple_of(every);
        let value = if is_labelled { value } else { String::new() };
        let day = if is_labelled { name(&point.at) } else { String::new() };
        columns.push(Column {
            x: left + (slot - width) / 2,
            width,
            middle: left + slot / 2,
            blocks,
            value,
            value_y: y - 6,
            day,
        });
        left += slot;
    }
    columns
}

fn civil(at: &str) -> Option<jiff::civil::DateTime> {
    at.parse::<Timestamp>().ok().map(|at| TimeZone::UTC.to_datetime(at))
}

fn short_day(at: &str) -> String {
    civil(at).map_or_else(|| harmless(at), |at| at.strftime("%-d %b").to_string())
}

fn hour(at: &str) -> String {
    civil(at).map_or_else(|| harmless(at), |at| at.strftime("%H:%M").to_string())
}

fn day(at: &str) -> String {
    civil(at).map_or_else(|| harmless(at), |at| at.strftime("%-d %B %Y").to_string())
}

/// A moment for people, in UTC.
fn moment(at: &str) -> String {
    civil(at).map_or_else(|| harmless(at), |at| at.strftime("%-d %B %Y, %H:%M").to_string())
}
