//! What can be behind something that lacks: the one table from which messages and the reference are made.

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
    pub const ALL: [Self; 57] = [
        Self::WorkspaceFile,
        Self::CredentialAbsent,
        Self::CredentialOpen,
        Self::CredentialUnusable,
        Self::NotInSandbox,
        Self::NotSignedIn,
        Self::GithubTokenAbsent,
        Self::KubernetesTokenAbsent,
        Self::ClockSkew,
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

    /// The cause in words.
    #[must_use]
    pub fn page(self) -> Cause {
        let (id, sentence, remedy, source) = match self {
            Self::WorkspaceFile => (
                "workspace-file",
                "a file of the workspace is wrong or not there",
                "run `tripod check`, which shows every problem with its place; `tripod wizard` makes a workspace",
                "Tripod",
            ),
            Self::CredentialAbsent => (
                "credential-absent",
                "the credential that tripod.yaml names cannot be read",
                "put the file there or set the variable, or mend `credentials` in tripod.yaml; `--sandbox` needs none",
                "Tripod",
            ),
            Self::CredentialOpen => (
                "credential-open",
                "others on this machine can read the credential",
                "run `chmod 600` on the file",
                "Tripod",
            ),
            Self::CredentialUnusable => (
                "credential-unusable",
                "the credential is there, and is not in the form that the provider hands out",
                "download the key anew, or export certificate and private key again into one PEM file",
                "Tripod",
            ),
            Self::NotInSandbox => (
                "not-in-sandbox",
                "sandbox.yaml has no tenant with this id or domain",
                "give both files the same id, then `tripod sandbox reset`",
                "Tripod",
            ),
            Self::NotSignedIn => (
                "not-signed-in",
                "the workspace lets a person sign in, and nobody has done so on this machine",
                "run `tripod auth login`",
                "Tripod",
            ),
            Self::GithubTokenAbsent => (
                "github-token-absent",
                "the workspace signs in with GitHub's token, and this job is given none",
                "add `permissions: {id-token: write}` to the job in the workflow, and run Tripod in it",
                "GitHub: OpenID Connect in Actions",
            ),
            Self::KubernetesTokenAbsent => (
                "kubernetes-token-absent",
                "the workspace signs in with Kubernetes' token, and this is no pod that has one",
                "label the pod `azure.workload.identity/use: \"true\"` and give it the service account that the federated credential names",
                "Microsoft: workload identity in AKS",
            ),
            Self::ClockSkew => (
                "clock-skew",
                "this machine's clock differs from the provider's, so that what it signs is refused",
                "switch time synchronisation on, e.g. `timedatectl set-ntp true`",
                "Google: OAuth 2.0 for service accounts; Microsoft: AADSTS700024",
            ),
            Self::GoogleNotDelegated => (
                "google-not-delegated",
                "the service account is not in the list of domain-wide delegations",
                "Admin console › Security › API controls › Domain-wide delegation: add the client id with its scopes; it may take up to a day",
                "Google: domain-wide delegation, error unauthorized_client",
            ),
            Self::GoogleScopeNotDelegated => (
                "google-scope-not-delegated",
                "domain-wide delegation of the service account lacks a scope",
                "Admin console › Security › API controls › Domain-wide delegation: add the scope to the client id; it may take up to a day",
                "Google: domain-wide delegation, error unauthorized_client",
            ),
            Self::GoogleKeyRefused => (
                "google-key-refused",
                "Google does not accept the key: the service account or the key is gone",
                "Google Cloud console › IAM › Service accounts › Keys: make a new key",
                "Google: OAuth 2.0 for service accounts, error invalid_grant",
            ),
            Self::GoogleServiceAccountUnknown => (
                "google-service-account-unknown",
                "Google does not know the service account",
                "Google Cloud console › IAM › Service accounts: copy the address into `service-account` in tripod.yaml",
                "Google: IAM Service Account Credentials API, 404; OAuth 2.0, error invalid_grant",
            ),
            Self::GoogleNoCaller => (
                "google-no-caller",
                "nothing on this machine can have Google sign for the service account",
                "run `gcloud auth application-default login`, or name a credential as `through` in tripod.yaml, or run Tripod on a machine of Google Cloud",
                "Google: Application Default Credentials",
            ),
            Self::GoogleCallerRefused => (
                "google-caller-refused",
                "Google does not accept the credential that is to have it sign",
                "run `gcloud auth application-default login`, or make the file that `through` names anew; its scope is cloud-platform",
                "Google: IAM Service Account Credentials API, 401 and 403; OAuth 2.0, error invalid_grant",
            ),
            Self::GoogleFederationRefused => (
                "google-federation-refused",
                "the workload identity pool does not accept the workload's token",
                "Google Cloud console › IAM › Workload Identity Federation: compare the provider's issuer, audience and conditions with the token's",
                "Google: Security Token Service",
            ),
            Self::GoogleTokenCreatorMissing => (
                "google-token-creator-missing",
                "the caller may not have Google sign for the service account",
                "Google Cloud console › IAM › Service accounts › Permissions: give the caller `Service Account Token Creator` on the service account",
                "Google: IAM Service Account Credentials API, 403 iam.serviceAccounts.signJwt",
            ),
            Self::GoogleClientRefused => (
                "google-client-refused",
                "Google does not accept the OAuth client",
                "Google Cloud console › APIs & Services › Credentials: download the JSON of an OAuth client of the type `Desktop app`",
                "Google: OAuth 2.0, errors invalid_client and unauthorized_client",
            ),
            Self::GoogleSignInDeclined => (
                "google-sign-in-declined",
                "the sign-in was declined in the browser",
                "run `tripod auth login` again, and agree",
                "Google: OAuth 2.0 for installed apps, error access_denied",
            ),
            Self::GoogleSignInEnded => (
                "google-sign-in-ended",
                "the sign-in has expired or was revoked",
                "run `tripod auth login`; if it happens every seven days, take the app out of testing in Google Cloud console › Google Auth Platform › Audience",
                "Google: OAuth 2.0, error invalid_grant",
            ),
            Self::GoogleScopeNotAgreed => (
                "google-scope-not-agreed",
                "whoever signed in did not agree to one of the permissions",
                "run `tripod auth login` again, and tick everything",
                "Google: OAuth 2.0 for installed apps, granular permissions",
            ),
            Self::GoogleAdminUnknown => (
                "google-admin-unknown",
                "the administrator that directory calls are made for is not there",
                "name an administrator who is there as `admin` in tripod.yaml",
                "Google: OAuth 2.0 for service accounts, error invalid_grant",
            ),
            Self::GoogleAdminTooSmall => (
                "google-admin-too-small",
                "the person named as `admin` is no administrator, or has too small a role",
                "Admin console › Account › Admin roles: give the role, or name another `admin` in tripod.yaml",
                "Google: Directory API, 403 forbidden",
            ),
            Self::GoogleRoleMissing => (
                "google-role-missing",
                "whoever signs in has no admin role, or too small a one",
                "Admin console › Account › Admin roles: assign a role that reads users and manages groups",
                "Google: Directory API, 403 forbidden",
            ),
            Self::GoogleNeedsDelegation => (
                "google-needs-delegation",
                "shared mailboxes need a service account with domain-wide delegation",
                "make them `group-inbox`, or give the service account domain-wide delegation and take `acts-as: itself` out of tripod.yaml",
                "Google: Gmail API, users.settings.delegates",
            ),
            Self::GooglePolicyRefuses => (
                "google-policy-refuses",
                "a policy of the organisation refuses the service account",
                "Admin console › Security › API controls › App access control: trust the client id",
                "Google: OAuth 2.0, error access_denied",
            ),
            Self::GoogleApiOff => (
                "google-api-off",
                "an API is switched off in the service account's project",
                "Google Cloud console › APIs & Services › Library: enable the API",
                "Google: 403 accessNotConfigured",
            ),
            Self::GoogleApiAccessOff => (
                "google-api-access-off",
                "the customer allows no API access",
                "Admin console › Security › API controls: allow API access",
                "Google: Directory API, 403 domainCannotUseApis",
            ),
            Self::GoogleCustomerWrong => (
                "google-customer-wrong",
                "the customer id is not that of the administrator's organisation",
                "copy the customer id from Admin console › Account › Account settings into tripod.yaml",
                "Google: Directory API",
            ),
            Self::GoogleDomainForeign => (
                "google-domain-foreign",
                "a domain does not belong to the customer",
                "mend `domains` in tripod.yaml, or Admin console › Account › Domains: add it",
                "Google: Directory API, domains",
            ),
            Self::GoogleDomainUnverified => (
                "google-domain-unverified",
                "a domain is not verified",
                "Admin console › Account › Domains › Manage domains: verify it",
                "Google: Directory API, domains",
            ),
            Self::GoogleUnitAbsent => (
                "google-unit-absent",
                "the organisational unit for service mailboxes is not there",
                "Admin console › Directory › Organisational units: make it, or mend `mailbox-unit` in tripod.yaml",
                "Google: Directory API, orgunits",
            ),
            Self::GoogleDelegationOff => (
                "google-delegation-off",
                "mail delegation is switched off for an organisational unit",
                "Admin console › Apps › Google Workspace › Gmail › User settings › Mail delegation: switch it on for the unit",
                "Google: Let users delegate mail; Cloud Identity Policy API",
            ),
            Self::MicrosoftTenantUnknown => (
                "microsoft-tenant-unknown",
                "there is no tenant with this id",
                "copy the tenant id from Entra admin centre › Overview into tripod.yaml",
                "Microsoft: AADSTS90002",
            ),
            Self::MicrosoftTenantForeign => (
                "microsoft-tenant-foreign",
                "the tenant id is that of an organisation which has none of the domains",
                "copy the tenant id from Entra admin centre › Overview of the right organisation into tripod.yaml",
                "Microsoft: Graph, domains",
            ),
            Self::MicrosoftAppUnknown => (
                "microsoft-app-unknown",
                "the app registration is not known in the tenant",
                "Entra admin centre › App registrations: copy the application (client) ID into tripod.yaml",
                "Microsoft: AADSTS700016",
            ),
            Self::MicrosoftSecretWrong => (
                "microsoft-secret-wrong",
                "the client secret is wrong",
                "Entra admin centre › App registrations › Certificates & secrets: use the secret's value, not its id",
                "Microsoft: AADSTS7000215",
            ),
            Self::MicrosoftSecretExpired => (
                "microsoft-secret-expired",
                "the client secret has expired",
                "Entra admin centre › App registrations › Certificates & secrets: make a new secret, or better upload a certificate",
                "Microsoft: AADSTS7000222",
            ),
            Self::MicrosoftCertificateRefused => (
                "microsoft-certificate-refused",
                "the certificate is not one of the app registration's",
                "Entra admin centre › App registrations › Certificates & secrets: upload this certificate",
                "Microsoft: AADSTS700027",
            ),
            Self::MicrosoftFederationRefused => (
                "microsoft-federation-refused",
                "no federated credential of the app registration matches",
                "Entra admin centre › App registrations › Certificates & secrets › Federated credentials: add one for this issuer and subject",
                "Microsoft: AADSTS70021, AADSTS700211, AADSTS700212, AADSTS700213",
            ),
            Self::MicrosoftNoManagedIdentity => (
                "microsoft-no-managed-identity",
                "this machine has no managed identity, or not the one that is named",
                "Azure portal › the machine or app › Identity: switch the system-assigned one on, or assign the one whose client id is in tripod.yaml",
                "Microsoft: managed identities, how to use VM tokens, error handling",
            ),
            Self::MicrosoftPublicFlowsOff => (
                "microsoft-public-flows-off",
                "the app registration does not let people sign in with a code",
                "Entra admin centre › App registrations › Authentication: set `Allow public client flows` to yes",
                "Microsoft: AADSTS7000218",
            ),
            Self::MicrosoftCodeDeclined => (
                "microsoft-code-declined",
                "the sign-in with a code was declined",
                "run `tripod auth login` again, and approve what the app asks for",
                "Microsoft: device code flow, error authorization_declined",
            ),
            Self::MicrosoftCodeExpired => (
                "microsoft-code-expired",
                "the code was not typed in while it was good",
                "run `tripod auth login` again, and type the code in within a few minutes",
                "Microsoft: device code flow, error expired_token; AADSTS70018, AADSTS70019",
            ),
            Self::MicrosoftSignInExpired => (
                "microsoft-sign-in-expired",
                "the administrator's sign-in has ended: its refresh token has expired, or the password or the second factor was changed",
                "run `tripod auth login`",
                "Microsoft: AADSTS700082, AADSTS70043, AADSTS50173, AADSTS50076",
            ),
            Self::MicrosoftAccountBlocked => (
                "microsoft-account-blocked",
                "the account of the administrator who signed in is disabled or locked",
                "let another administrator run `tripod auth login`",
                "Microsoft: AADSTS50057, AADSTS50053",
            ),
            Self::MicrosoftNoConsent => (
                "microsoft-no-consent",
                "nobody has consented to the app's permissions",
                "Entra admin centre › App registrations › API permissions: grant admin consent",
                "Microsoft: AADSTS65001",
            ),
            Self::MicrosoftConditionalAccess => (
                "microsoft-conditional-access",
                "a Conditional Access policy is in the way",
                "Entra admin centre › Protection › Conditional Access: except the app",
                "Microsoft: AADSTS53003, AADSTS530033, AADSTS50158",
            ),
            Self::MicrosoftPermissionMissing => (
                "microsoft-permission-missing",
                "the app lacks a permission of Microsoft Graph",
                "Entra admin centre › App registrations › API permissions: add it (as delegated permission where a person signs in, else as application permission) and grant admin consent",
                "Microsoft: Graph permissions reference",
            ),
            Self::MicrosoftDomainForeign => (
                "microsoft-domain-foreign",
                "a domain does not belong to the tenant",
                "Microsoft 365 admin centre › Settings › Domains: add it, or mend `domains` in tripod.yaml",
                "Microsoft: Graph, domains",
            ),
            Self::MicrosoftDomainUnverified => (
                "microsoft-domain-unverified",
                "a domain is not verified",
                "Microsoft 365 admin centre › Settings › Domains: verify it",
                "Microsoft: Graph, domains",
            ),
            Self::MicrosoftDomainWithoutMail => (
                "microsoft-domain-without-mail",
                "Exchange Online accepts no mail for a domain",
                "Microsoft 365 admin centre › Settings › Domains: turn Exchange on for it",
                "Microsoft: Graph, domains",
            ),
            Self::MicrosoftNoPremium => (
                "microsoft-no-premium",
                "the tenant has no Microsoft Entra ID P1 licence, so that nobody is told when people last signed in",
                "get Entra ID P1, or switch the checks that need it off in the policy",
                "Microsoft: Graph, signInActivity",
            ),
            Self::ExchangeAppRoleMissing => (
                "exchange-app-role-missing",
                "the app lacks the first of Exchange's three grants: the app role Exchange.ManageAsApp",
                "Entra admin centre › App registrations › API permissions › Office 365 Exchange Online: add Exchange.ManageAsApp and grant admin consent",
                "Microsoft: app-only authentication in Exchange Online, step 2",
            ),
            Self::ExchangeEntraRoleMissing => (
                "exchange-entra-role-missing",
                "the app may knock at Exchange Online, and has no role there",
                "Entra admin centre › Roles & admins: give the app Exchange Recipient Administrator (to write) or Global Reader (to read), or add it to an Exchange role group; it may take up to two hours",
                "Microsoft: app-only authentication in Exchange Online, step 5",
            ),
            Self::ExchangeRoleGroupTooSmall => (
                "exchange-role-group-too-small",
                "the app's Exchange role does not hold the cmdlets that are needed",
                "Exchange admin centre › Roles › Admin roles: add View-Only Recipients (to read) or Mail Recipients and Mail Recipient Creation (to write) to its role group",
                "Microsoft: role-based access control in Exchange Online",
            ),
            Self::ExchangeOff => (
                "exchange-off",
                "Exchange Online does not know the tenant",
                "Microsoft 365 admin centre › Billing › Licences: get a plan with Exchange Online",
                "Microsoft: Exchange Online admin API",
            ),
        };
        Cause { id, sentence, remedy, source }
    }
}

impl fmt::Display for CauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
