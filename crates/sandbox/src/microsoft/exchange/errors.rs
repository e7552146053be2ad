//! Exchange's errors (facts sheet, Microsoft 1a, «Errors»). The HTTP status tells little there, and the casing of the
//! keys varies; both are kept here as they were seen.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::ids::random_guid;
use crate::wire::{Moment, Reply};

/// A cmdlet's or the envelope's refusal.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    status: u16,
    /// The .NET type, which stands between the bars of the details' message.
    exception: &'static str,
    pub(super) text: String,
}

const TASKS: &str = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException";

fn failure(status: u16, exception: &'static str, text: impl Into<String>) -> Failure {
    Failure { status, exception, text: text.into() }
}

/// No recipient fits, or none is known on this back-end yet. Seen at 404, at 400 and inside a 500.
pub(super) fn missing(identity: &str, writes: bool) -> Failure {
    let text = format!(
        "The operation couldn't be performed because object '{identity}' couldn't be found on 'sandbox.prod.outlook.com'."
    );
    failure(if writes { 400 } else { 404 }, TASKS, text)
}

/// A mailbox that a permission cmdlet was pointed at is not there.
pub(super) fn missing_mailbox(identity: &str) -> Failure {
    failure(500, TASKS, format!("The specified mailbox Identity:\"{identity}\" doesn't exist."))
}

/// A person or group that a permission cmdlet names is not there or cannot have a permission.
pub(super) fn missing_trustee(identity: &str) -> Failure {
    let text = format!(
        "Couldn't find object \"{identity}\". Please make sure that it was spelled correctly or specify a different object."
    );
    failure(404, TASKS, text)
}

/// More than one recipient fits.
pub(super) fn ambiguous(identity: &str) -> Failure {
    let text =
        format!("There are multiple recipients matching identity \"{identity}\". Please specify a unique value.");
    failure(400, "Microsoft.Exchange.Configuration.Tasks.ManagementObjectAmbiguousException", text)
}

/// An address is in use; the text names the address that is in the way, which need not be the one that was asked for.
pub(super) fn address_taken(address: &str, holder: &str) -> Failure {
    let text = format!(
        "The proxy address \"SMTP:{address}\" is already being used by the proxy addresses or LegacyExchangeDN of \"{holder}\". Please choose another proxy address."
    );
    failure(400, "Microsoft.Exchange.Data.Directory.ProxyAddressExistsException", text)
}

/// A name is in use.
pub(super) fn name_taken(name: &str) -> Failure {
    let text = format!(
        "The name \"{name}\" is already being used. An object with that name already exists. Please try another name."
    );
    failure(409, "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException", text)
}

/// A user principal name is in use.
pub(super) fn principal_taken(name: &str) -> Failure {
    let text = format!("The user name \"{name}\" already exists in your organization. Please use another name.");
    failure(400, "Microsoft.Exchange.Data.Directory.WLCDManagedMemberExistsException", text)
}

/// A soft-deleted mailbox holds the address.
pub(super) fn soft_deleted_holder(name: &str) -> Failure {
    let text = format!("An ExternalDirectoryObjectId was not returned for the recipient \"{name}\".");
    failure(500, "Microsoft.Exchange.Provisioning.ProvisioningException", text)
}

/// The domain is none of the organisation's.
pub(super) fn not_accepted(domain: &str) -> Failure {
    let text =
        format!("You can't use the domain because it's not an accepted domain for your organization: \"{domain}\".");
    failure(400, "Microsoft.Exchange.Data.Directory.NotAcceptedDomainException", text)
}

/// A value that a parameter does not take.
pub(super) fn invalid(text: impl Into<String>) -> Failure {
    failure(400, "Microsoft.Exchange.Data.DataValidationException", text)
}

/// Parameters that cannot be bound: unknown, missing, of another type, not together.
pub(super) fn binding(text: impl Into<String>) -> Failure {
    failure(400, "System.Management.Automation.ParameterBindingException", text)
}

/// A cmdlet that is not there for this caller.
pub(super) fn no_such_cmdlet(name: &str) -> Failure {
    let text = format!(
        "The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program."
    );
    failure(400, "System.Management.Automation.CommandNotFoundException", text)
}

/// A cmdlet that the caller's roles do not have.
pub(super) fn not_in_role(name: &str) -> Failure {
    let text = format!("The cmdlet '{name}' isn't present in the role definition of the current user.");
    failure(400, "Microsoft.Exchange.Configuration.Authorization.CmdletAccessDeniedException", text)
}

/// A cmdlet that would have asked a question.
pub(super) fn prompts(name: &str) -> Failure {
    let text = format!(
        "Cannot invoke {name}: a command that prompts the user failed because the host program or the command type does not support user interaction. Specify -Confirm:$false."
    );
    failure(400, "System.Management.Automation.Host.HostException", text)
}

/// An object that is mastered in the organisation's own directory.
pub(super) fn synchronised(name: &str) -> Failure {
    let text = format!(
        "The operation on mailbox \"{name}\" failed because it's out of the current user's write scope. The action 'Set-Mailbox' can't be performed on the object '{name}' because the object is being synchronized from your on-premises organization. This action should be performed on the object in your on-premises organization."
    );
    failure(400, "Microsoft.Exchange.Data.Directory.InvalidADObjectOperationException", text)
}

/// Something that cannot be done to this object.
pub(super) fn impossible(text: impl Into<String>) -> Failure {
    failure(400, "Microsoft.Exchange.Configuration.Tasks.RecipientTaskException", text)
}

impl Failure {
    fn code(&self) -> &'static str {
        match self.status {
            404 => "NotFound",
            409 => "Conflict",
            500 => "InternalServerError",
            _ => "BadRequest",
        }
    }

    /// The reply that says so.
    pub(super) fn reply(&self) -> Reply {
        Reply::json(self.status, self.body()).header("x-exceptiontype", self.exception)
    }

    fn body(&self) -> Value {
        let digest = Sha256::digest(&self.text);
        let hash = format!("Ex{:02X}{:02X}{:02X}", digest[0], digest[1], digest[2]);
        let message = "Error executing cmdlet";
        let details =
            json!([{"code": "Client", "target": "", "message": format!("{hash}|{}|{}", self.exception, self.text)}]);
        let wrapper = "Microsoft.Exchange.Admin.OData.Core.ODataServiceException";
        let trace = "   at Microsoft.Exchange.AdminApi.CommandInvocation.CommandInvocation.InvokeCommand(QueryContext queryContext)";
        let inner = json!({"message": self.text, "type": self.exception, "stacktrace": trace});
        // Both spellings of these keys occur.
        let (outer_key, inner_key) =
            if self.status == 404 { ("innerError", "internalException") } else { ("innererror", "internalexception") };
        let outer = json!({"message": message, "type": wrapper, "stacktrace": trace, inner_key: inner});
        json!({"error": {"code": self.code(), "message": message, "details": details, outer_key: outer}})
    }
}

/// A request that does not reach a cmdlet.
pub(super) fn envelope(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(status, json!({"error": {"code": code, "message": message}}))
}

/// A refusal of the caller: without a body, the reason in a header if anywhere.
pub(super) fn refused(status: u16, reason: Option<(u32, &str)>, moment: &mut Moment) -> Reply {
    let reply = Reply::empty(status).header("request-id", random_guid(moment.random));
    let reply = if status == 401 {
        reply.header("www-authenticate", "Bearer client_id=\"00000002-0000-0ff1-ce00-000000000000\", trusted_issuers=\"00000001-0000-0000-c000-000000000000@*\", token_types=\"app_asserted_user_v1 service_asserted_app_v1\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\"")
    } else {
        reply
    };
    match reason {
        Some((number, text)) => reply.header("x-ms-diagnostics", format!("{number};reason=\"{text}\"")),
        None => reply,
    }
}
