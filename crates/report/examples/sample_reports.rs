//! Writes every form of the sample verification, and the page of the sample plan, into a folder, for `tests/reports/run.sh` to validate.
//! Usage: `cargo run --package tripod-report --example sample_reports -- FOLDER`.

#![expect(clippy::unwrap_used, reason = "the samples are those of the tests")]

use std::path::Path;

use tripod_report::Reported;
use tripod_verifier::{TrendPoint, Verification};

#[path = "../tests/sample/mod.rs"]
mod sample;

#[path = "../tests/sample/plan.rs"]
mod sample_plan;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder to write to")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let schema = serde_json::to_string_pretty(&tripod_verifier::findings_schema())?;
    std::fs::write(folder.join("findings.schema.json"), schema)?;
    write(folder, "sample", "Contoso", &sample::verification(), &sample::trend())?;
    write(folder, "clean", "Contoso <Süd> & Co", &sample::clean(), &[])?;
    std::fs::write(folder.join("plan.html"), tripod_report::plan_html(&sample_plan::sample(), "Contoso")?)?;
    Ok(())
}

fn write(
    folder: &Path,
    name: &str,
    title: &str,
    verification: &Verification,
    trend: &[TrendPoint],
) -> Result<(), Box<dyn std::error::Error>> {
    let forms = [
        ("txt", tripod_report::verification_text(verification, None)),
        ("md", tripod_report::verification_markdown(verification)),
        ("json", tripod_report::verification_json(verification)?),
        ("xml", tripod_report::verification_junit(verification)),
        ("sarif", tripod_report::verification_sarif(verification)?),
        ("html", tripod_report::verification_html(&Reported { verification, trend, title })?),
    ];
    for (extension, text) in forms {
        std::fs::write(folder.join(format!("{name}.{extension}")), text)?;
    }
    Ok(())
}
