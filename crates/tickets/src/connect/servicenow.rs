//! ServiceNow: requested items of one catalogue item (ServiceNow, REST API reference, «Table API»).
//!
//! Comments and work notes are journal fields, to which one can only append. The one living comment is therefore a
//! field of its own on `sc_req_item`, `u_tripod_plan` unless the settings say otherwise, which the form shows. An
//! approval is a row of `sysapproval_approver` that its approver has set to approved. The row does not say which plan
//! was approved: it counts if it was asked for when the field showed the plan already, or if the approver themselves has
//! written `/approve` and the digest into its comments. Journal entries cannot be edited.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use tripod_model::Address;
use tripod_tenant::Clock;

use super::OpenError;
use super::client::{Call, Client, List, unreadable};
use super::remarks::{Remark, sort_out};
use super::settings::{DeskSettings, ServiceNowSettings, Word};
use super::text::{decoded, fingerprint, reading};
use crate::desk::{
    Answers, Desk, DeskError, Given, PassedOver, Says, Shown, Ticket, TicketId, Uncounted, account as in_words,
};
use crate::request::Source;

const PAGE: usize = 100;
const ITEMS: &str = "/api/now/table/sc_req_item";
/// Fields are plain text, but what stands in a journal between `[code]` and `[/code]` is shown as HTML.
const MARKUP: [char; 4] = ['[', ']', '<', '>'];

/// Requested items as a desk.
#[derive(Debug)]
pub struct ServiceNowDesk {
    client: Client,
    settings: ServiceNowSettings,
    people: BTreeMap<String, Address>,
}

/// A row with its columns as text.
type Row = Map<String, Value>;

fn column<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

impl ServiceNowDesk {
    /// The desk. The password is read; nothing is asked yet.
    pub fn new(
        servicenow: &ServiceNowSettings,
        settings: &DeskSettings,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let password = settings.secret(&servicenow.credential)?;
        let pair = STANDARD.encode(format!("{}:{}", servicenow.user, password.expose_secret()));
        let authorization = SecretString::from(format!("Basic {pair}"));
        let client = Client::new(&servicenow.url, settings, &authorization, &[("accept", "application/json")], clock)?;
        Ok(Self { client, settings: servicenow.clone(), people: settings.people.clone() })
    }

    /// All rows that a query finds. The count in `X-Total-Count` is of all rows, while a page may lack some that the
    /// account must not see; hence the offset goes on by the size of a page, not by what came.
    async fn all(&self, table: &str, query: &str, fields: &str, what: &str) -> Result<Vec<Row>, DeskError> {
        let mut rows = Vec::new();
        let mut list = List::new(what);
        let mut offset = 0;
        loop {
            let call = Call::get(format!("/api/now/table/{table}"), what)
                .query("sysparm_query", query)
                .query("sysparm_fields", fields)
                .query("sysparm_exclude_reference_link", "true")
                .query("sysparm_limit", PAGE.to_string())
                .query("sysparm_offset", offset.to_string());
            let answer = self.client.send(&call).await?;
            let total = answer.header("x-total-count").and_then(|value| value.parse::<usize>().ok());
            let total = total.ok_or_else(|| unreadable(what, "the reply does not say how many rows there are"))?;
            let result = answer.body.get("result").and_then(Value::as_array);
            let result = result.ok_or_else(|| unreadable(what, "the reply has no rows"))?;
            for row in result {
                rows.push(row.as_object().cloned().ok_or_else(|| unreadable(what, "a row is none"))?);
            }
            if offset + PAGE >= total {
                return Ok(rows);
            }
            list.after(result.len(), &result.first().map_or_else(|| offset.to_string(), Value::to_string))?;
            offset += PAGE;
        }
    }

    /// The item, by its number and of our catalogue item only.
    async fn item(&self, ticket: &TicketId, what: &str) -> Result<(Word, Row), DeskError> {
        // A ticket's id has nothing in it that an encoded query takes for an operator.
        let query = format!("number={ticket}^cat_item={}", self.settings.item);
        let fields = format!(
            "sys_id,number,cat_item,active,opened_by.user_name,opened_by.email,opened_by.name,sys_updated_on,{}",
            self.settings.plan_field
        );
        let rows = self.all("sc_req_item", &query, &fields, what).await?;
        // An invalid part of a query is ignored by default, so that it might find anything.
        let ours = |row: &Row| column(row, "number") == ticket.as_str() && self.is_ours(row);
        let mut rows = rows.into_iter().filter(ours);
        match (rows.next(), rows.next()) {
            (Some(row), None) => {
                let id = column(&row, "sys_id").to_owned().try_into();
                Ok((id.map_err(|_| unreadable(what, "the item has no usable sys_id"))?, row))
            }
            (None, _) => Err(DeskError::Missing(ticket.clone())),
            (Some(_), Some(_)) => Err(unreadable(what, "several items have this number")),
        }
    }

    fn is_ours(&self, item: &Row) -> bool {
        column(item, "cat_item") == self.settings.item.as_str()
    }

    /// The living comment as a row of the item has it. Any change of the item changes the time, so that the text itself
    /// tells whether somebody changed it.
    fn shown(&self, item: &Row) -> Option<Shown> {
        let text = column(item, self.settings.plan_field.as_str());
        (!text.is_empty()).then_some(Shown { at: moment(column(item, "sys_updated_on"))?, mark: fingerprint(text) })
    }

    /// What a row that is approved says, with the comments that its approver wrote on it.
    async fn approval(&self, row: &Row, answers: &mut Answers, what: &str) -> Result<(), DeskError> {
        let account = column(row, "approver.user_name");
        let who = in_words(Some(column(row, "approver.name")), account);
        let time = |row: &Row, name: &str| {
            moment(column(row, name)).ok_or_else(|| unreadable(what, "a row has no time by which it can be judged"))
        };
        let by = match self.people.get(&account.to_lowercase()).filter(|_| !account.is_empty()) {
            _ if column(row, "approver.active") == "false" => Err(Uncounted::Deactivated),
            Some(by) => Ok(by.clone()),
            // The address in a profile is not unique, and may be the person's own to change.
            None => Err(Uncounted::NotInPeople),
        };
        let element: Result<Word, _> = column(row, "sys_id").to_owned().try_into();
        let element = element.map_err(|_| unreadable(what, "an approval has no usable sys_id"))?;
        let query = format!("element_id={element}^element=comments^ORDERBYsys_created_on");
        let fields = "element_id,element,value,sys_created_by,sys_created_on";
        let mut remarks = Vec::new();
        for entry in self.all("sys_journal_field", &query, fields, what).await? {
            let theirs = column(&entry, "element_id") == element.as_str()
                && column(&entry, "element") == "comments"
                && column(&entry, "sys_created_by") == account;
            if theirs {
                remarks.push(Remark {
                    account: account.to_lowercase(),
                    what: format!("the comment of {who}"),
                    at: time(&entry, "sys_created_on")?,
                    reading: reading(column(&entry, "value")),
                    spoilt: None,
                    by: by.clone(),
                });
            }
        }
        if !remarks.is_empty() {
            // What they wrote says more than the state of the row: it may be a no.
            let at = remarks.last().map(|remark| remark.at);
            let sorted = sort_out(&remarks);
            if sorted.given.is_empty() && sorted.passed_over.is_empty() {
                let what = format!("the approval of {who}");
                answers.passed_over.push(PassedOver { what, at, why: Uncounted::More });
            }
            answers.given.extend(sorted.given);
            answers.passed_over.extend(sorted.passed_over);
            return Ok(());
        }
        let decided = time(row, "sys_updated_on")?;
        let by =
            by.and_then(|by| if column(row, "sys_updated_by") == account { Ok(by) } else { Err(Uncounted::OnBehalf) });
        match by {
            Ok(by) => {
                let says = Says::NotBefore(time(row, "sys_created_on")?);
                answers.given.push(Given { by, account: account.to_lowercase(), at: decided, says });
            }
            Err(why) => {
                let what = format!("the approval of {who}");
                answers.passed_over.push(PassedOver { what, at: Some(decided), why });
            }
        }
        Ok(())
    }

    fn address(&self, account: &str, email: &str) -> Option<Address> {
        self.people.get(&account.to_lowercase()).cloned().or_else(|| email.parse().ok())
    }
}

#[async_trait]
impl Desk for ServiceNowDesk {
    fn name(&self) -> &'static str {
        "servicenow"
    }

    async fn tickets(&self) -> Result<Vec<TicketId>, DeskError> {
        let what = "list the tickets";
        let query = format!("cat_item={}^active=true^ORDERBYnumber", self.settings.item);
        let mut rows = self.all("sc_req_item", &query, "number,cat_item,active", what).await?;
        rows.retain(|row| self.is_ours(row) && column(row, "active") == "true");
        let number = |row: &Row| column(row, "number").parse().map_err(|_| unreadable(what, "an item has no number"));
        let mut tickets = rows.iter().map(number).collect::<Result<Vec<TicketId>, _>>()?;
        tickets.sort();
        tickets.dedup();
        Ok(tickets)
    }

    async fn read(&self, ticket: &TicketId) -> Result<Ticket, DeskError> {
        let what = format!("read ticket {ticket}");
        let (id, item) = self.item(ticket, &what).await?;
        let account = column(&item, "opened_by.user_name");
        let Some(opener) = self.address(account, column(&item, "opened_by.email")) else {
            let account = in_words(Some(column(&item, "opened_by.name")), account);
            let reason = format!("the account {account}, which opened it, has no address; add it to `people`");
            return Err(DeskError::Refused { operation: what, reason });
        };
        let (name, value) = ("sc_item_option.item_option_new.name", "sc_item_option.value");
        let query = format!("request_item={id}");
        let options = self.all("sc_item_option_mtom", &query, &format!("request_item,{name},{value}"), &what).await?;
        let mut variables = Row::new();
        for option in options.iter().filter(|option| column(option, "request_item") == id.as_str()) {
            let text = Value::from(column(option, value));
            if variables.insert(column(option, name).to_owned(), text).is_some() {
                return Err(unreadable(&what, "the item has a variable twice"));
            }
        }
        let text = json!({"variables": variables, "opened_by.email": opener});
        let open = column(&item, "active") == "true";
        Ok(Ticket {
            id: ticket.clone(),
            source: Source::ServiceNow,
            bytes: text.to_string().into_bytes(),
            open,
            opener: Some(account.to_lowercase()),
        })
    }

    async fn comment(&self, ticket: &TicketId, markdown: &str) -> Result<Option<Shown>, DeskError> {
        let what = format!("comment on ticket {ticket}");
        let field = self.settings.plan_field.as_str();
        let markdown = decoded(markdown, &MARKUP);
        let (id, item) = self.item(ticket, &what).await?;
        if column(&item, field) == markdown {
            return Ok(self.shown(&item));
        }
        let call = Call::set(Method::PATCH, format!("{ITEMS}/{id}"), json!({field: markdown}), &*what)
            .query("sysparm_fields", format!("{field},sys_updated_on"));
        let answer = self.client.send(&call).await.map_err(|error| error.about(ticket))?;
        // A field that is not there is left out without a word, and one that is too short is cut.
        match answer.body.pointer("/result").and_then(|row| row.get(field)).and_then(Value::as_str) {
            Some(kept) if same_text(kept, &markdown) => {
                let row = answer.body.get("result").and_then(Value::as_object);
                Ok(row.and_then(|row| self.shown(row)))
            }
            Some(_) => {
                let reason = format!("the field {field} does not hold all of it; make it longer");
                Err(DeskError::Refused { operation: what, reason })
            }
            None => {
                let reason = format!("sc_req_item has no field {field} that this account may write; add it");
                Err(DeskError::Refused { operation: what, reason })
            }
        }
    }

    async fn answers(&self, ticket: &TicketId) -> Result<Answers, DeskError> {
        let what = format!("read the approvals of ticket {ticket}");
        let (id, item) = self.item(ticket, &what).await?;
        let query = format!("sysapproval={id}^state=approved");
        let fields = "sys_id,sysapproval,state,approver.user_name,approver.name,approver.active,sys_created_on,\
                      sys_updated_on,sys_updated_by";
        let mut answers = Answers { shown: self.shown(&item), ..Answers::default() };
        for row in self.all("sysapproval_approver", &query, fields, &what).await? {
            if column(&row, "sysapproval") == id.as_str() && column(&row, "state") == "approved" {
                self.approval(&row, &mut answers, &what).await?;
            }
        }
        answers.given.sort();
        Ok(answers)
    }

    async fn close(&self, ticket: &TicketId, markdown: &str) -> Result<(), DeskError> {
        let what = format!("close ticket {ticket}");
        let (id, item) = self.item(ticket, &what).await?;
        if column(&item, "active") != "true" {
            return Ok(());
        }
        // In one call, so that the last word is written exactly when the item is closed.
        let body = json!({"state": self.settings.closed_state.to_string(), "comments": decoded(markdown, &MARKUP)});
        let mut call = Call::create(format!("{ITEMS}/{id}"), body, &*what).query("sysparm_fields", "active");
        call.patch();
        match self.client.send(&call).await {
            Ok(answer) if answer.body.pointer("/result/active").and_then(Value::as_str) == Some("false") => Ok(()),
            Ok(_) => Err(unreadable(&what, "the item is still active; look at `closed-state`")),
            Err(error) if error.is_uncertain() => match self.item(ticket, &what).await?.1 {
                item if column(&item, "active") != "true" => Ok(()),
                _ => Err(error.into()),
            },
            Err(error) => Err(error.about(ticket)),
        }
    }
}

/// Whether two texts are the same; the instance may give line breaks back in another form.
fn same_text(one: &str, other: &str) -> bool {
    one.replace("\r\n", "\n").trim_end() == other.trim_end()
}

/// A time as the Table API gives it: `2026-11-23 09:00:00`, in UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}
