//! A plan as JSON, for machines.

use serde_json::{Value, json};
use tripod_provisioner::Planned;

/// The plan's document under `document`, exactly as a plan file holds it, with its numbers and what is not planned.
pub fn plan_json(planned: &Planned) -> Result<String, serde_json::Error> {
    let Planned { plan, report } = planned;
    let document: Value = serde_json::from_str(&plan.to_json()?)?;
    let not_planned: Vec<Value> = report
        .not_planned
        .iter()
        .map(|entry| {
            Ok(json!({
                "tenant": entry.tenant,
                "mailbox": entry.mailbox,
                "place": entry.place,
                "reason": serde_json::to_value(&entry.reason)?,
                "message": entry.reason.sentence(),
            }))
        })
        .collect::<Result<_, serde_json::Error>>()?;
    let refusals: Vec<_> = report.refusals.iter().map(|refusal| json!({ "message": refusal.to_string() })).collect();
    let all = json!({
        "digest": plan.digest(),
        "summary": plan.summary(),
        "not-planned": not_planned,
        "refusals": refusals,
        "warnings": report.warnings,
        "document": document,
    });
    let mut text = serde_json::to_string_pretty(&all)?;
    text.push('\n');
    Ok(text)
}
