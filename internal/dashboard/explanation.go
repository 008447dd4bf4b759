package dashboard

import "github.com/licensing-operator/licensing-operator/api/v1alpha1"

// explanations stand in the place of messages for whoever may see single instances only: the messages of the objects may name
// objects of others, sizes of all instances, and the address of the usage store.
var explanations = map[string]string{
	v1alpha1.ReasonReconciled:        "what was declared is in force",
	v1alpha1.ReasonInvalidSpec:       "it was declared in a way that is not possible; ask the producer",
	v1alpha1.ReasonDuplicateID:       "an older object has the same id, and that one counts; ask the producer",
	v1alpha1.ReasonInstanceNotFound:  "its instance does not exist; ask the producer",
	v1alpha1.ReasonLedgerUnavailable: "the account cannot be read at the moment; it is tried again",

	v1alpha1.ReasonLedgerInOrder:     "the account is there, in sequence and unaltered",
	v1alpha1.ReasonLedgerNotHealthy:  "the account is not in order, and nothing is charged; ask the producer",
	v1alpha1.ReasonAccountMissing:    "the account is gone, and nothing is charged; ask the producer",
	v1alpha1.ReasonSequenceWentBack:  "the account is older than what was seen before, and nothing is charged; ask the producer",
	v1alpha1.ReasonHashChainBroken:   "the account was altered, and nothing is charged; ask the producer",
	v1alpha1.ReasonAccountUnreadable: "the account cannot be understood, and nothing is charged; ask the producer",

	v1alpha1.ReasonRecorded:         "what was charged is in the usage store, or on its way there",
	v1alpha1.ReasonStoreUnavailable: "the usage store does not take records; charging goes on, and they are kept until it does",
	v1alpha1.ReasonStoreCatchingUp:  "the usage store is taking what has waited",
	v1alpha1.ReasonStoreRefuses:     "the usage store does not take the records of this instance; ask the producer",
	v1alpha1.ReasonSpillNearlyFull:  "the room for usage records that wait for the store is nearly full; ask the producer",
	v1alpha1.ReasonSpillFull:        "there is no room for more usage records; ask the producer",

	v1alpha1.ReasonInstanceFound:        "its instance is there",
	v1alpha1.ReasonDeployed:             "it may be charged",
	v1alpha1.ReasonNotStarted:           "it has not started yet",
	v1alpha1.ReasonExpired:              "it has ended",
	v1alpha1.ReasonInactive:             "it is switched off; ask the producer",
	v1alpha1.ReasonObsolete:             "it is obsolete, which is final",
	v1alpha1.ReasonNotElastic:           "it has no tokens that sessions are charged",
	v1alpha1.ReasonNoEffectiveRateTable: "nothing has a price on it now; ask the producer",
	v1alpha1.ReasonTokensAvailable:      "tokens are left",
	v1alpha1.ReasonOverdraftInUse:       "its tokens are used up, and the overdraft is in use",
	v1alpha1.ReasonTokensUsedUp:         "its tokens and the overdraft are used up",

	v1alpha1.ReasonUserInactive:       "the user is switched off",
	v1alpha1.ReasonUserLimitReached:   "as many users are active as the license allows",
	v1alpha1.ReasonUserLimitExceeded:  "more users are switched on than the license allows",
	v1alpha1.ReasonGroupLimitReached:  "as many users of the group are active as it allows",
	v1alpha1.ReasonUserGroupNotFound:  "the license has no such group of users",
	v1alpha1.ReasonDuplicateUser:      "the user has a place in the license already",
	v1alpha1.ReasonLicenseNotValid:    "the license is not active, or has ended",
	v1alpha1.ReasonLimitReached:       "others have all there is of the limitation",
	v1alpha1.ReasonUnknownLimitation:  "the license has no such limitation",
	v1alpha1.ReasonNotEnoughTokens:    "there are not enough tokens",
	v1alpha1.ReasonNoUsableLineItem:   "no line item can be charged now",
	v1alpha1.ReasonUserNotProvisioned: "the user has no place in the license",
}

// explanation is one for every reason. Where there is no reason nothing was said that needs one.
func explanation(reason string) string {
	if reason == "" {
		return ""
	}
	if known, ok := explanations[reason]; ok {
		return known
	}
	return "ask the producer"
}

// explain takes away what only the producer may read.
func (i *Instance) explain() {
	i.Ledger.Message = explanation(i.Ledger.Reason)
	explainConditions(i.Conditions)
	for n := range i.LineItems {
		explainConditions(i.LineItems[n].Conditions)
		if license := i.LineItems[n].License; license != nil {
			license.explain()
		}
	}
}

func (l *License) explain() {
	explainWaiting(l.WaitingSeat)
	for n := range l.Limitations {
		explainWaiting(l.Limitations[n].Waiting)
	}
}

func explainConditions(conditions []Condition) {
	for n := range conditions {
		conditions[n].Message = explanation(conditions[n].Reason)
	}
}

func explainWaiting(waiting []Waiting) {
	for n := range waiting {
		waiting[n].Message = explanation(waiting[n].Reason)
	}
}
