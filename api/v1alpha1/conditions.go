package v1alpha1

// Condition types. Ready, Reconciling and Stalled are on every kind and have the
// shape that kstatus reads: Reconciling and Stalled are present only while true,
// and Ready is always there.
const (
	// ConditionReady is true when the object does what its spec says.
	ConditionReady = "Ready"
	// ConditionReconciling is true while the operator works on the latest spec.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is true when the spec cannot be carried out until someone
	// changes something.
	ConditionStalled = "Stalled"

	// ConditionEffective is true for a RateTable from its effectiveFrom on.
	ConditionEffective = "Effective"
	// ConditionLedgerHealthy is true for an Instance whose account is there, in
	// sequence and unaltered. While it is false nothing is charged.
	ConditionLedgerHealthy = "LedgerHealthy"
	// ConditionUsageRecorded is true for an Instance whose usage records are in the
	// usage store. While it is false they wait on the API server, or charging stops.
	ConditionUsageRecorded = "UsageRecorded"
	// ConditionBound is true for a LineItem whose Instance exists.
	ConditionBound = "Bound"
	// ConditionActive is true for a LineItem that may be charged now, and for a
	// UserProvisioning whose user may use the license.
	ConditionActive = "Active"
	// ConditionExhausted is true for a LineItem with nothing left to charge.
	ConditionExhausted = "Exhausted"
	// ConditionGranted is true for a Session that holds what its spec asks for.
	ConditionGranted = "Granted"
	// ConditionProvisioned is true for a UserProvisioning whose user holds a unit of
	// every limitation listed.
	ConditionProvisioned = "Provisioned"
)

// Reasons of Ready, Reconciling and Stalled on every kind.
const (
	// ReasonReconciled: the object does what its spec says.
	ReasonReconciled = "Reconciled"
	// ReasonInvalidSpec: the spec breaks a rule that the schema cannot express; the
	// message names the field.
	ReasonInvalidSpec = "InvalidSpec"
	// ReasonDuplicateID: an older object has the same id; the message names it.
	ReasonDuplicateID = "DuplicateID"
	// ReasonInstanceNotFound: the Instance referred to does not exist.
	ReasonInstanceNotFound = "InstanceNotFound"
	// ReasonLedgerUnavailable: the account could not be read or written; it is tried
	// again.
	ReasonLedgerUnavailable = "LedgerUnavailable"
)

// Reasons of a RateTable.
const (
	// ReasonCurrent: the table rules its series now.
	ReasonCurrent = "Current"
	// ReasonSuperseded: the table is effective, but a newer one of its series rules.
	ReasonSuperseded = "Superseded"
	// ReasonNotYetEffective: effectiveFrom lies in the future.
	ReasonNotYetEffective = "NotYetEffective"
	// ReasonDuplicateVersion: an older table has the same series and version.
	ReasonDuplicateVersion = "DuplicateVersion"
	// ReasonDuplicateItem: two lines have the same name and version.
	ReasonDuplicateItem = "DuplicateItem"
	// ReasonInvalidFormula: a formula cannot be read; the message says where.
	ReasonInvalidFormula = "InvalidFormula"
)

// Reasons of an Instance.
const (
	// ReasonLedgerInOrder: the account is there, in sequence and unaltered.
	ReasonLedgerInOrder = "LedgerInOrder"
	// ReasonAccountMissing: the account was seen before and is gone.
	ReasonAccountMissing = "AccountMissing"
	// ReasonSequenceWentBack: the account is older than what was seen before, as
	// after restoring a backup.
	ReasonSequenceWentBack = "SequenceWentBack"
	// ReasonHashChainBroken: the account was altered by someone else.
	ReasonHashChainBroken = "HashChainBroken"
	// ReasonAccountUnreadable: the content of the account cannot be read.
	ReasonAccountUnreadable = "AccountUnreadable"
)

// Reasons of UsageRecorded on an Instance.
const (
	// ReasonRecorded: no record waits.
	ReasonRecorded = "Recorded"
	// ReasonStoreUnavailable: the store does not answer; records wait on the API server.
	ReasonStoreUnavailable = "StoreUnavailable"
	// ReasonStoreCatchingUp: the store answers again and takes what has waited.
	ReasonStoreCatchingUp = "StoreCatchingUp"
	// ReasonStoreRefuses: the store answers, but does not take the instance's records;
	// the message says why.
	ReasonStoreRefuses = "StoreRefuses"
	// ReasonSpillNearlyFull: little room is left for records that wait.
	ReasonSpillNearlyFull = "SpillNearlyFull"
	// ReasonSpillFull: no room is left. Charging stops, or records are lost if the
	// operator's configuration says so.
	ReasonSpillFull = "SpillFull"
)

// Reasons of a LineItem.
const (
	// ReasonInstanceFound: the Instance exists.
	ReasonInstanceFound = "InstanceFound"
	// ReasonDeployed: the line item may be charged now.
	ReasonDeployed = "Deployed"
	// ReasonNotStarted: start lies in the future.
	ReasonNotStarted = "NotStarted"
	// ReasonExpired: end has passed.
	ReasonExpired = "Expired"
	// ReasonInactive: the state is INACTIVE.
	ReasonInactive = "Inactive"
	// ReasonObsolete: the state is OBSOLETE.
	ReasonObsolete = "Obsolete"
	// ReasonNotElastic: elastic is false, sessions are not charged here.
	ReasonNotElastic = "NotElastic"
	// ReasonNoEffectiveRateTable: no table of the series is effective.
	ReasonNoEffectiveRateTable = "NoEffectiveRateTable"
	// ReasonTokensAvailable: quantity is not used up.
	ReasonTokensAvailable = "TokensAvailable"
	// ReasonOverdraftInUse: quantity is used up, the overdraft is not.
	ReasonOverdraftInUse = "OverdraftInUse"
	// ReasonTokensUsedUp: quantity and overdraft are used up.
	ReasonTokensUsedUp = "TokensUsedUp"
	// ReasonUserLimitExceeded: more users are active than userLimit allows.
	ReasonUserLimitExceeded = "UserLimitExceeded"
	// ReasonEditionNotFound: the Edition referred to does not exist.
	ReasonEditionNotFound = "EditionNotFound"
	// ReasonProductNotFound: the Product referred to does not exist.
	ReasonProductNotFound = "ProductNotFound"
	// ReasonEditionNotPossible: the license is of another product, mode or client type than the Edition.
	ReasonEditionNotPossible = "EditionNotPossible"
	// ReasonOverrideIgnored: the line item says something that its Edition does not leave open.
	ReasonOverrideIgnored = "OverrideIgnored"
)

// Reasons of a Session.
const (
	// ReasonGranted: what the spec asks for is held and charged.
	ReasonGranted = "Granted"
	// ReasonPending: the request has not been decided.
	ReasonPending = "Pending"
	// ReasonNothingRequested: the spec declares no items.
	ReasonNothingRequested = "NothingRequested"
	// ReasonHalted: the spec asks for an empty list, nothing is held.
	ReasonHalted = "Halted"
	// ReasonNotEnoughTokens: the line items do not cover the charge.
	ReasonNotEnoughTokens = "NotEnoughTokens"
	// ReasonItemNotPriced: no effective rate table lists an item.
	ReasonItemNotPriced = "ItemNotPriced"
	// ReasonNoUsableLineItem: no line item of the instance may be charged now.
	ReasonNoUsableLineItem = "NoUsableLineItem"
	// ReasonDeniedByRule: the line items that price an item are closed to the
	// requester by their accessActions.
	ReasonDeniedByRule = "DeniedByRule"
	// ReasonUserNotProvisioned: an item requires a unit of a limitation, which the
	// requester does not hold and cannot take.
	ReasonUserNotProvisioned = "UserNotProvisioned"
	// ReasonNamespaceNotAllowed: the Instance does not admit this namespace.
	ReasonNamespaceNotAllowed = "NamespaceNotAllowed"
	// ReasonLedgerNotHealthy: the Instance's account is not in order, nothing is
	// charged.
	ReasonLedgerNotHealthy = "LedgerNotHealthy"
	// ReasonTerminated: the session has ended.
	ReasonTerminated = "Terminated"
)

// Reasons of a UserProvisioning.
const (
	// ReasonUserActive: the user may use the license.
	ReasonUserActive = "UserActive"
	// ReasonUserInactive: the spec says that the user is not active.
	ReasonUserInactive = "UserInactive"
	// ReasonUserLimitReached: as many users are active as userLimit allows.
	ReasonUserLimitReached = "UserLimitReached"
	// ReasonGroupLimitReached: as many users of the group are active as its userLimit allows.
	ReasonGroupLimitReached = "GroupLimitReached"
	// ReasonUserGroupNotFound: the license has no user group of that id.
	ReasonUserGroupNotFound = "UserGroupNotFound"
	// ReasonDuplicateUser: an older object is the same user of the license.
	ReasonDuplicateUser = "DuplicateUser"
	// ReasonLineItemNotFound: the LineItem referred to does not exist.
	ReasonLineItemNotFound = "LineItemNotFound"
	// ReasonLicenseNotValid: the license is not active or has expired.
	ReasonLicenseNotValid = "LicenseNotValid"
	// ReasonProvisioned: the user holds a unit of every limitation listed.
	ReasonProvisioned = "Provisioned"
	// ReasonNothingListed: the spec lists no limitation.
	ReasonNothingListed = "NothingListed"
	// ReasonLimitReached: all units of a limitation are held by others.
	ReasonLimitReached = "LimitReached"
	// ReasonUnknownLimitation: the license has no limitation of that id.
	ReasonUnknownLimitation = "UnknownLimitation"
	// ReasonNotUserProvisioning: the limitation is not one that users hold.
	ReasonNotUserProvisioning = "NotUserProvisioning"
)

// Reasons of an Activation.
const (
	// ReasonActivated: the client has a token of the license.
	ReasonActivated = "Activated"
	// ReasonTokenLimitReached: other clients have all tokens of the license.
	ReasonTokenLimitReached = "TokenLimitReached"
	// ReasonDuplicateClient: an older object is the same client of the product.
	ReasonDuplicateClient = "DuplicateClient"
)

// Reasons of an AccessKey.
const (
	// ReasonInvalidPublicKey: no token can be verified with what publicKey holds;
	// the message says what is possible.
	ReasonInvalidPublicKey = "InvalidPublicKey"
)

// Reasons of an APIKey.
const (
	// ReasonDisabled: the key is switched off; its callers are not let in.
	ReasonDisabled = "Disabled"
)

// Reasons of a TenantConfiguration.
const (
	// ReasonSigningKeyUnusable: answers of the v2 REST interface cannot be signed, so
	// that it answers nothing; the message says why.
	ReasonSigningKeyUnusable = "SigningKeyUnusable"
)
