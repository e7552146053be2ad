//! Microsoft 365 groups from Exchange's side: Set-UnifiedGroup, and Add-, Get- and Remove-UnifiedGroupLinks.

use super::super::state::Group;
use super::errors::{Failure, binding, impossible, missing, missing_trustee};
use super::parameters::Parameters;
use super::recipient::{Recipient, find, row};
use super::{Call, Output};

/// What Set-UnifiedGroup changes here; its other parameters are refused rather than ignored.
const SUPPORTED: [&str; 6] =
    ["identity", "accesstype", "displayname", "requiresenderauthenticationenabled", "confirm", "whatif"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    Members,
    Owners,
}

impl Links {
    fn of(self, group: &Group) -> &[String] {
        match self {
            Self::Members => &group.members,
            Self::Owners => &group.owners,
        }
    }

    fn of_mut(self, group: &mut Group) -> &mut Vec<String> {
        match self {
            Self::Members => &mut group.members,
            Self::Owners => &mut group.owners,
        }
    }
}

/// Changes a group; gives nothing back.
pub(super) fn set(call: &mut Call) -> Result<Output, Failure> {
    let parameters = call.parameters.clone();
    if let Some(other) = parameters.names().find(|name| !SUPPORTED.contains(name)) {
        return Err(binding(format!("The stand-in does not carry out the parameter '{other}' of Set-UnifiedGroup.")));
    }
    let mut group = group(call, true)?;
    if let Some(name) = parameters.text("DisplayName")? {
        group.display_name = name;
    }
    if let Some(access) = parameters.text("AccessType")? {
        let known = ["Public", "Private"].into_iter().find(|known| known.eq_ignore_ascii_case(&access));
        let known = known.ok_or_else(|| {
            binding(format!("Cannot convert value \"{access}\" to type \"ModernGroupObjectType\": the possible values are Public, Private."))
        })?;
        group.visibility = Some(known.to_owned());
    }
    if let Some(inside_only) = parameters.flag("RequireSenderAuthenticationEnabled")? {
        group.outside_mail = !inside_only;
    }
    keep(call, group);
    Ok(Output::nothing())
}

/// Puts people on a list. An owner has to be a member first; who is on the list already stays.
pub(super) fn add(call: &mut Call) -> Result<Output, Failure> {
    let mut group = group(call, true)?;
    let list = links(&call.parameters)?;
    for (named, id) in people(call)? {
        if list == Links::Owners && !group.members.contains(&id) {
            return Err(impossible(format!(
                "Only Members can be Owners of this Group. Please add '{named}' first as members before adding them as owners."
            )));
        }
        if !list.of(&group).contains(&id) {
            list.of_mut(&mut group).push(id);
        }
    }
    keep(call, group);
    Ok(Output::nothing())
}

/// Takes people off a list. An owner stays a member, and the last owner an owner.
pub(super) fn remove(call: &mut Call) -> Result<Output, Failure> {
    let mut group = group(call, true)?;
    let list = links(&call.parameters)?;
    for (named, id) in people(call)? {
        if list == Links::Members && group.owners.contains(&id) {
            return Err(impossible(format!(
                "Only Members can be Owners of the Group. Please remove '{named}' as owners before removing them as members."
            )));
        }
        if list == Links::Owners && group.owners == [id.clone()] {
            return Err(impossible("You can't remove the last owner of the group. Add another owner first."));
        }
        list.of_mut(&mut group).retain(|other| *other != id);
    }
    keep(call, group);
    Ok(Output::nothing())
}

/// Lists the people of a list.
pub(super) fn get(call: &mut Call) -> Result<Output, Failure> {
    let group = group(call, false)?;
    let list = links(&call.parameters)?;
    let accounts = list.of(&group).iter().filter_map(|id| call.tenant.accounts.get(id));
    let there = accounts.filter(|account| account.deleted.is_none());
    Ok(Output::rows(there.map(|account| row(call.tenant, &Recipient::Account(account))).collect()))
}

/// The Microsoft 365 group that the call is for.
fn group(call: &Call, writes: bool) -> Result<Group, Failure> {
    let identity = call.parameters.required("Identity")?;
    match find(call, &identity)? {
        Some(Recipient::Group(group)) if group.unified => Ok(group.clone()),
        _ => Err(missing(&identity, writes)),
    }
}

fn links(parameters: &Parameters) -> Result<Links, Failure> {
    match parameters.required("LinkType")?.to_ascii_lowercase().as_str() {
        "members" => Ok(Links::Members),
        "owners" => Ok(Links::Owners),
        other => Err(binding(format!("The stand-in does not carry out the link type '{other}'."))),
    }
}

/// The people that the call names, with their ids.
fn people(call: &Call) -> Result<Vec<(String, String)>, Failure> {
    let named = call.parameters.texts("Links")?;
    if named.is_empty() {
        return Err(binding("Cannot bind argument to parameter 'Links' because it is an empty array."));
    }
    let id = |named: String| match find(call, &named)? {
        Some(Recipient::Account(account)) => Ok((named, account.id.clone())),
        _ => Err(missing_trustee(&named)),
    };
    named.into_iter().map(id).collect()
}

fn keep(call: &mut Call, group: Group) {
    let id = group.id.clone();
    call.tenant.change_group(&id, |row| *row = group);
}
