//! Long lists of recipients: what narrows them, and one page at a time. A row is made only when its page is asked for.

use serde_json::Value;

use super::super::condition::{self, Condition};
use super::errors::{Failure, invalid};
use super::parameters::Parameters;
use super::recipient::{Recipient, known};
use super::{Call, Next, Output};

/// What the vendor says where it cuts a list short that nobody bounded.
const CUT: &str = "By default, only the first 1000 items are returned. Use the ResultSize parameter to specify the number of items returned. To return all items, specify \"-ResultSize Unlimited\".";

/// What `RecipientType`, `RecipientTypeDetails`, `Filter` and `Anr` ask for.
pub(super) struct Narrow {
    types: Vec<String>,
    details: Vec<String>,
    filter: Option<Condition>,
    start: Option<String>,
}

impl Narrow {
    /// Reads a cmdlet's parameters.
    pub(super) fn read(parameters: &Parameters) -> Result<Self, Failure> {
        let words = |name: &str| -> Result<Vec<String>, Failure> {
            let texts = parameters.texts(name)?;
            Ok(texts.iter().flat_map(|text| text.split(',')).map(|word| word.trim().to_owned()).collect())
        };
        let filter = parameters.text("Filter")?.map(|filter| {
            condition::opath(&filter).ok_or_else(|| {
                invalid(format!("Invalid filter syntax. For a description of the filter parameter syntax see the command help. \"{filter}\""))
            })
        });
        Ok(Self {
            types: words("RecipientType")?,
            details: words("RecipientTypeDetails")?,
            filter: filter.transpose()?,
            start: parameters.text("Anr")?.map(|start| start.to_lowercase()),
        })
    }

    /// Whether a row fits.
    pub(super) fn fits(&self, row: &Value) -> bool {
        let text = |name: &str| row[name].as_str().unwrap_or_default();
        let begins = |start: &String| {
            let names = ["Name", "DisplayName", "Alias", "PrimarySmtpAddress"];
            names.iter().any(|name| text(name).to_lowercase().starts_with(start))
        };
        one_of(&self.types, text("RecipientType"))
            && one_of(&self.details, text("RecipientTypeDetails"))
            && self.filter.as_ref().is_none_or(|filter| filter.fits(row))
            && self.start.as_ref().is_none_or(begins)
    }

    /// Whether it is worth while to make a recipient's row.
    fn may_fit(&self, recipient: &Recipient) -> bool {
        one_of(&self.details, recipient.types().1)
    }
}

/// Whether a word is among those that are asked for; any is where none are.
fn one_of(words: &[String], word: &str) -> bool {
    words.is_empty() || words.iter().any(|wanted| wanted.eq_ignore_ascii_case(word))
}

/// The page of recipients that the call is for.
pub(super) fn listing(
    call: &Call,
    wanted: impl Fn(&Recipient) -> bool,
    row: impl Fn(&Recipient) -> Value,
) -> Result<Output, Failure> {
    let narrow = Narrow::read(&call.parameters)?;
    let (most, bounded) = call.parameters.result_size()?;
    let mut output = Output::rows(Vec::new());
    let mut rows: Vec<Value> = Vec::new();
    let mut last = String::new();
    let candidates = known(call.tenant, call.anchor, call.moment.now, &call.page.after);
    for recipient in candidates.filter(|recipient| wanted(recipient) && narrow.may_fit(recipient)) {
        let row = row(&recipient);
        if !narrow.fits(&row) {
            continue;
        }
        let given = call.page.given + rows.len();
        if given == most {
            output.warnings.extend((!bounded).then(|| CUT.to_owned()));
            break;
        }
        if rows.len() == call.page.size {
            output.next = Some(Next { after: last, given });
            break;
        }
        last = recipient.position();
        rows.push(row);
    }
    output.rows = Some(rows);
    Ok(output)
}
