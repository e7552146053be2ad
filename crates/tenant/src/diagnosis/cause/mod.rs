//! What can be behind something that lacks: the one table from which messages and the reference are made.

mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is behind something that lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CauseId {
    /// A file of the workspace is wrong or not there.
    WorkspaceFile,
    /// The credential that tripod.yaml names cannot be read.
    CredentialAbsent,
    /// Others on this machine can read the credential.
    CredentialOpen,
    /// The credential is there, and is not in the form that the provider hands out.
    CredentialUnusable,
    /// Sandbox.yaml has no tenant with this id or domain.
    NotInSandbox,
    /// Nobody has signed in on this machine, or whoever did has signed out.
    NotSignedIn,
    /// The job of GitHub Actions is given no token.
    GithubTokenAbsent,
    /// The pod has no token of workload identity.
    KubernetesTokenAbsent,
    /// This machine's clock differs from the provider's, so that what it signs is refused.
    ClockSkew,
    /// The certificate of a host was signed by an authority that this machine does not trust.
    CertificateUntrusted,
    /// The certificate of a host is not good: it has expired, or is another host's.
    CertificateInvalid,
    /// The proxy does not let requests through.
    ProxyRefuses,
    /// The variables that name proxy or authorities cannot be used.
    NetworkSetting,
    /// The service account is not in the list of domain-wide delegations.
    GoogleNotDelegated,
    /// Domain-wide delegation of the service account lacks a scope.
    GoogleScopeNotDelegated,
    /// Google does not accept the key: the service account or the key is gone.
    GoogleKeyRefused,
    /// Google does not know the service account.
    GoogleServiceAccountUnknown,
    /// There is nothing on this machine that could have Google sign for the service account.
    GoogleNoCaller,
    /// Google does not accept the credential of whoever has it sign.
    GoogleCallerRefused,
    /// The workload identity pool does not accept the workload's token.
    GoogleFederationRefused,
    /// Whoever has Google sign has no right to.
    GoogleTokenCreatorMissing,
    /// Google does not accept the OAuth client.
    GoogleClientRefused,
    /// The sign-in was declined in the browser.
    GoogleSignInDeclined,
    /// The sign-in of whoever signed in has expired or was revoked.
    GoogleSignInEnded,
    /// Whoever signed in did not agree to one of the scopes.
    GoogleScopeNotAgreed,
    /// The administrator that directory calls are made for is not there.
    GoogleAdminUnknown,
    /// The person named as `admin` is no administrator, or has too small a role.
    GoogleAdminTooSmall,
    /// Whoever signs in acts as itself and has no admin role, or too small a one.
    GoogleRoleMissing,
    /// Shared mailboxes need domain-wide delegation, and the identity has none.
    GoogleNeedsDelegation,
    /// A policy of the organisation refuses the service account.
    GooglePolicyRefuses,
    /// An API is switched off in the service account's project.
    GoogleApiOff,
    /// The customer allows no API access.
    GoogleApiAccessOff,
    /// The customer id is not that of the administrator's organisation.
    GoogleCustomerWrong,
    /// A domain does not belong to the customer.
    GoogleDomainForeign,
    /// A domain is not verified.
    GoogleDomainUnverified,
    /// The organisational unit for service mailboxes is not there.
    GoogleUnitAbsent,
    /// Mail delegation is switched off for an organisational unit.
    GoogleDelegationOff,
    /// There are fewer free licences than accounts to be made.
    GoogleNoFreeLicence,
    /// There is no tenant with this id.
    MicrosoftTenantUnknown,
    /// The tenant id is that of an organisation which has none of the domains.
    MicrosoftTenantForeign,
    /// The app registration is not known in the tenant.
    MicrosoftAppUnknown,
    /// The client secret is wrong.
    MicrosoftSecretWrong,
    /// The client secret has expired.
    MicrosoftSecretExpired,
    /// The certificate is not one of the app registration's.
    MicrosoftCertificateRefused,
    /// No federated credential of the app registration matches.
    MicrosoftFederationRefused,
    /// The machine has no managed identity, or not the one that is named.
    MicrosoftNoManagedIdentity,
    /// The app registration does not let people sign in with a code.
    MicrosoftPublicFlowsOff,
    /// The sign-in with a code was declined.
    MicrosoftCodeDeclined,
    /// The code was not typed in while it was good.
    MicrosoftCodeExpired,
    /// The administrator's sign-in has ended.
    MicrosoftSignInExpired,
    /// The account of the administrator who signed in is disabled or locked.
    MicrosoftAccountBlocked,
    /// Nobody has consented to the app's permissions.
    MicrosoftNoConsent,
    /// A Conditional Access policy is in the way.
    MicrosoftConditionalAccess,
    /// The app lacks a permission of Microsoft Graph.
    MicrosoftPermissionMissing,
    /// A domain does not belong to the tenant.
    MicrosoftDomainForeign,
    /// A domain is not verified.
    MicrosoftDomainUnverified,
    /// Exchange Online accepts no mail for a domain.
    MicrosoftDomainWithoutMail,
    /// The tenant has no Microsoft Entra ID P1 licence, so that nobody is told when people last signed in.
    MicrosoftNoPremium,
    /// The app lacks the first of Exchange's three grants: the app role Exchange.ManageAsApp.
    ExchangeAppRoleMissing,
    /// The app may knock at Exchange Online, and has no role there.
    ExchangeEntraRoleMissing,
    /// The app's Exchange role does not hold the cmdlets that are needed.
    ExchangeRoleGroupTooSmall,
    /// Exchange Online does not know the tenant.
    ExchangeOff,
}

/// A cause in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Its name, as it stands in JSON.
    pub id: &'static str,
    /// What lacks, as a sentence without a full stop.
    pub sentence: &'static str,
    /// What to do about it: a command or a path to click.
    pub remedy: &'static str,
    /// Whose words it goes by.
    pub source: &'static str,
}

impl CauseId {
    /// All of them, in the order of the reference.
    pub const ALL: [Self; 62] = [
        Self::WorkspaceFile,
        Self::CredentialAbsent,
        Self::CredentialOpen,
        Self::CredentialUnusable,
        Self::NotInSandbox,
        Self::NotSignedIn,
        Self::GithubTokenAbsent,
        Self::KubernetesTokenAbsent,
        Self::ClockSkew,
        Self::CertificateUntrusted,
        Self::CertificateInvalid,
        Self::ProxyRefuses,
        Self::NetworkSetting,
        Self::GoogleNotDelegated,
        Self::GoogleScopeNotDelegated,
        Self::GoogleKeyRefused,
        Self::GoogleServiceAccountUnknown,
        Self::GoogleNoCaller,
        Self::GoogleCallerRefused,
        Self::GoogleFederationRefused,
        Self::GoogleTokenCreatorMissing,
        Self::GoogleClientRefused,
        Self::GoogleSignInDeclined,
        Self::GoogleSignInEnded,
        Self::GoogleScopeNotAgreed,
        Self::GoogleAdminUnknown,
        Self::GoogleAdminTooSmall,
        Self::GoogleRoleMissing,
        Self::GoogleNeedsDelegation,
        Self::GooglePolicyRefuses,
        Self::GoogleApiOff,
        Self::GoogleApiAccessOff,
        Self::GoogleCustomerWrong,
        Self::GoogleDomainForeign,
        Self::GoogleDomainUnverified,
        Self::GoogleUnitAbsent,
        Self::GoogleDelegationOff,
        Self::GoogleNoFreeLicence,
        Self::MicrosoftTenantUnknown,
        Self::MicrosoftTenantForeign,
        Self::MicrosoftAppUnknown,
        Self::MicrosoftSecretWrong,
        Self::MicrosoftSecretExpired,
        Self::MicrosoftCertificateRefused,
        Self::MicrosoftFederationRefused,
        Self::MicrosoftNoManagedIdentity,
        Self::MicrosoftPublicFlowsOff,
        Self::MicrosoftCodeDeclined,
        Self::MicrosoftCodeExpired,
        Self::MicrosoftSignInExpired,
        Self::MicrosoftAccountBlocked,
        Self::MicrosoftNoConsent,
        Self::MicrosoftConditionalAccess,
        Self::MicrosoftPermissionMissing,
        Self::MicrosoftDomainForeign,
        Self::MicrosoftDomainUnverified,
        Self::MicrosoftDomainWithoutMail,
        Self::MicrosoftNoPremium,
        Self::ExchangeAppRoleMissing,
        Self::ExchangeEntraRoleMissing,
        Self::ExchangeRoleGroupTooSmall,
        Self::ExchangeOff,
    ];

    /// Its name, as it stands in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.page().id
    }

    /// Whether it lies in signing in: as long as it is there, nothing else can be asked.
    #[must_use]
    pub fn is_of_signing_in(self) -> bool {
        matches!(
            self,
            Self::CredentialAbsent
                | Self::CredentialUnusable
                | Self::NotInSandbox
                | Self::NotSignedIn
                | Self::GithubTokenAbsent
                | Self::KubernetesTokenAbsent
                | Self::ClockSkew
                | Self::CertificateUntrusted
                | Self::CertificateInvalid
                | Self::ProxyRefuses
                | Self::NetworkSetting
                | Self::GoogleKeyRefused
                | Self::GoogleServiceAccountUnknown
                | Self::GoogleNoCaller
                | Self::GoogleCallerRefused
                | Self::GoogleFederationRefused
                | Self::GoogleTokenCreatorMissing
                | Self::GoogleClientRefused
                | Self::GoogleSignInDeclined
                | Self::GoogleSignInEnded
                | Self::GoogleAdminUnknown
                | Self::GooglePolicyRefuses
                | Self::MicrosoftTenantUnknown
                | Self::MicrosoftAppUnknown
                | Self::MicrosoftSecretWrong
                | Self::MicrosoftSecretExpired
                | Self::MicrosoftCertificateRefused
                | Self::MicrosoftFederationRefused
                | Self::MicrosoftNoManagedIdentity
                | Self::MicrosoftPublicFlowsOff
                | Self::MicrosoftCodeDeclined
                | Self::MicrosoftCodeExpired
                | Self::MicrosoftSignInExpired
                | Self::MicrosoftAccountBlocked
                | Self::MicrosoftNoConsent
                | Self::MicrosoftConditionalAccess
        )
    }
}

impl fmt::Display for CauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
