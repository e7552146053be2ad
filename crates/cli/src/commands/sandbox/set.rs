//! `tripod sandbox set`: what an administrator, or the passing of time, would change.

use tripod_model::Address;
use tripod_sandbox::{Condition, ExchangeDescription, GroupState, Standing};

use super::arguments::{SetArguments, Settable};
use crate::exit::{CommandError, Exit};

/// The condition that the arguments ask for.
pub(crate) fn condition(arguments: &SetArguments) -> Result<Condition, CommandError> {
    let value = Value(&arguments.value);
    let who = || {
        arguments.who.clone().ok_or_else(|| {
            CommandError::message(Exit::Usage, "whose it is has to be named").hint("add `--who ADDRESS`")
        })
    };
    Ok(match arguments.what {
        Settable::Standing => Condition::Standing(value.standing()?),
        Settable::Leaves => Condition::Leaves(value.or_none(Value::moment)?),
        Settable::SecondFactor => Condition::SecondFactor(value.switch()?),
        Settable::LastSignIn => Condition::LastSignIn(value.or_none(Value::moment)?),
        Settable::Manager => Condition::Manager(value.or_none(Value::address)?),
        Settable::Department => Condition::Department(value.text_or_none()),
        Settable::Forwarding => Condition::Forwarding(value.text_or_none()),
        Settable::Recovery => Condition::Recovery(value.text_or_none()),
        Settable::WithoutApp => Condition::WithoutApp(arguments.value.clone()),
        Settable::AppPasswords => Condition::AppPasswords(value.number()?),
        Settable::Size => Condition::Size(value.number()?),
        Settable::SignIn => Condition::SignInOpen(value.switch()?),
        Settable::SentCopies => Condition::SentCopies(value.switch()?),
        Settable::OutsideMail => Condition::OutsideMail(value.switch()?),
        Settable::OpenToJoin => Condition::OpenToJoin(value.switch()?),
        Settable::Access => {
            let (read, act) = value.access()?;
            Condition::Access { who: who()?, read, act }
        }
        Settable::Delegation => Condition::Delegation { who: who()?, status: value.delegation()? },
        Settable::Address => Condition::Address(value.address()?),
        Settable::UnitDelegation => Condition::UnitDelegation(value.switch()?),
        Settable::Hidden => Condition::Hidden(value.switch()?),
        Settable::InboxRule => Condition::InboxRule(value.text_or_none()),
        Settable::GroupSetting => {
            let (name, value) = value.pair('=', "NAME=VALUE, e.g. messageModerationLevel=MODERATE_NONE")?;
            Condition::GroupSetting { name, value }
        }
        Settable::Member => {
            let (kind, role) = value.pair(':', "TYPE:ROLE, e.g. CUSTOMER:MEMBER, or TYPE:none")?;
            let role = (role != "none").then_some(role);
            Condition::Member { kind, address: arguments.who.clone(), role }
        }
        Settable::MembersByRule => Condition::MembersByRule(value.text_or_none()),
        Settable::GroupDelegation => Condition::GroupDelegation(value.or_none(Value::switch)?),
        Settable::Group => Condition::Group(Box::new(value.group()?)),
        Settable::Agent => Condition::Agent(value.switch()?),
        Settable::Exchange => Condition::Exchange(Box::new(value.exchange()?)),
        Settable::Deleted if value.switch()? => Condition::Deleted,
        Settable::Deleted => return Err(value.wrong("`yes`; what is deleted is restored in the admin console")),
    })
}

/// A value as it was typed.
struct Value<'a>(&'a str);

impl Value<'_> {
    fn wrong(&self, form: &str) -> CommandError {
        CommandError::message(Exit::Usage, format!("`{}` is no value here; write {form}", self.0))
    }

    fn group(&self) -> Result<GroupState, CommandError> {
        serde_yaml::from_str(self.0)
            .map_err(|_| self.wrong("properties as `group:` in sandbox.yaml has them, e.g. '{team: true}'"))
    }

    fn exchange(&self) -> Result<ExchangeDescription, CommandError> {
        serde_yaml::from_str(self.0)
            .map_err(|_| self.wrong("properties as `exchange:` in sandbox.yaml has them, e.g. '{hidden: true}'"))
    }

    fn or_none<T>(&self, read: impl Fn(&Self) -> Result<T, CommandError>) -> Result<Option<T>, CommandError> {
        if self.0 == "none" { Ok(None) } else { read(self).map(Some) }
    }

    fn switch(&self) -> Result<bool, CommandError> {
        match self.0 {
            "yes" | "on" | "true" => Ok(true),
            "no" | "off" | "false" => Ok(false),
            _ => Err(self.wrong("`yes` or `no`")),
        }
    }

    fn moment(&self) -> Result<jiff::Timestamp, CommandError> {
        self.0.parse().map_err(|_| self.wrong("a date and time such as 2026-12-01T00:00:00Z, or `none`"))
    }

    fn address(&self) -> Result<Address, CommandError> {
        self.0.parse().map_err(|_| self.wrong("an address"))
    }

    fn text_or_none(&self) -> Option<String> {
        (self.0 != "none").then(|| self.0.to_owned())
    }

    fn pair(&self, between: char, form: &str) -> Result<(String, String), CommandError> {
        let (name, value) = self.0.split_once(between).ok_or_else(|| self.wrong(form))?;
        Ok((name.to_owned(), value.to_owned()))
    }

    fn number<T: std::str::FromStr>(&self) -> Result<T, CommandError> {
        self.0.parse().map_err(|_| self.wrong("a number"))
    }

    fn access(&self) -> Result<(bool, bool), CommandError> {
        match self.0 {
            "full" => Ok((true, true)),
            "read" => Ok((true, false)),
            "act" => Ok((false, true)),
            "none" => Ok((false, false)),
            _ => Err(self.wrong("`full`, `read`, `act` or `none`")),
        }
    }

    fn delegation(&self) -> Result<String, CommandError> {
        match self.0 {
            "accepted" | "pending" | "rejected" | "expired" => Ok(self.0.to_owned()),
            _ => Err(self.wrong("`accepted`, `pending`, `rejected` or `expired`")),
        }
    }

    fn standing(&self) -> Result<Standing, CommandError> {
        Ok(match self.0 {
            "active" => Standing::Active,
            "disabled" => Standing::Disabled,
            "archived" => Standing::Archived,
            "guest" => Standing::Guest,
            "no-mailbox" => Standing::NoMailbox,
            "deleted" => Standing::Deleted,
            _ => return Err(self.wrong("`active`, `disabled`, `archived`, `guest`, `no-mailbox` or `deleted`")),
        })
    }
}
