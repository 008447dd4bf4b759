package userprovisioning

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// LedgerState is what became of asking the ledger.
type LedgerState int

// The states of the ledger in a pass. Halted is not healed by waiting.
const (
	LedgerOpen LedgerState = iota
	LedgerUnavailable
	LedgerHalted
)

// License is a LineItem as the home of named users.
type License struct {
	// Name is that of the LineItem; Found tells whether there is one, without which nothing but Now holds.
	Name  string
	Found bool
	// ID is how REST clients know the license.
	ID        string
	UserLimit *int32
	Ledger    LedgerState
	Now       time.Time

	state         v1alpha1.LineItemState
	start, end    time.Time
	standing      bool
	instanceFound bool
	account       ledger.AccountID
	activationID  string
	// declared are the limitations of the spec by id, limitations those of them that are valid.
	declared    map[string]v1alpha1.Limitation
	limitations map[string]licensing.Limitation
	users       kubestore.LicenseUsers
	active      map[types.UID]bool
}

// Refusal says why something is not given.
type Refusal struct {
	Reason, Message string
	// Passing is one that time will end.
	Passing bool
}

func (l *License) read(lineItem *v1alpha1.LineItem, timezoneTolerant bool) {
	l.Found, l.ID, l.UserLimit, l.state = true, lineItem.Spec.LicenseID, lineItem.Spec.UserLimit, lineItem.Spec.State
	if l.ID == "" {
		l.ID = string(lineItem.UID)
	}
	l.start, l.end = licensing.LineItem{Start: lineItem.Spec.Start.Time, End: lineItem.Spec.End.Time}.Window(timezoneTolerant)
	l.account = ledger.AccountID{Namespace: lineItem.Namespace, Name: lineItem.Spec.InstanceRef.Name}
	l.activationID = kubestore.ActivationID(lineItem)
	l.declared, l.limitations = map[string]v1alpha1.Limitation{}, map[string]licensing.Limitation{}
	for _, declared := range lineItem.Spec.Limitations {
		l.declared[declared.ID] = declared
		if limitation, err := kubestore.Limitation(declared); err == nil {
			l.limitations[declared.ID] = limitation
		}
	}
	l.active = l.users.Active(l.UserLimit)
}

// open tells whether the account may be touched for this license: an activation id is the older line item's.
func (l *License) open() bool { return l.Found && l.standing && l.instanceFound }

// Obstacle says why the license gives nothing new; holdings stay.
func (l *License) Obstacle() *Refusal {
	switch {
	case !l.Found:
		return &Refusal{v1alpha1.ReasonLineItemNotFound, fmt.Sprintf("line item %s does not exist", l.Name), true}
	case !l.instanceFound:
		return &Refusal{v1alpha1.ReasonInstanceNotFound, fmt.Sprintf("instance %s of line item %s does not exist", l.account.Name, l.Name), true}
	case !l.standing:
		return &Refusal{v1alpha1.ReasonLicenseNotValid, fmt.Sprintf("an older line item has the activation id of line item %s", l.Name), false}
	case l.state != v1alpha1.LineItemDeployed:
		return &Refusal{v1alpha1.ReasonLicenseNotValid, fmt.Sprintf("line item %s is %s", l.Name, l.state), false}
	case l.Now.Before(l.start):
		return &Refusal{v1alpha1.ReasonLicenseNotValid, fmt.Sprintf("line item %s is not valid before %s", l.Name, l.start.Format(time.RFC3339)), true}
	case !l.Now.Before(l.end):
		return &Refusal{v1alpha1.ReasonLicenseNotValid, fmt.Sprintf("line item %s is not valid since %s", l.Name, l.end.Format(time.RFC3339)), false}
	}
	return nil
}

// inactive says why the user may not use a valid license.
func (l *License) inactive(user *v1alpha1.UserProvisioning) *Refusal {
	switch {
	case user.Spec.Active == nil || !*user.Spec.Active:
		return &Refusal{Reason: v1alpha1.ReasonUserInactive, Message: "active is false: the user keeps what is held and gets nothing new"}
	case !l.active[user.UID]:
		return &Refusal{
			Reason:  v1alpha1.ReasonUserLimitReached,
			Message: fmt.Sprintf("line item %s has a userLimit of %d, and as many older users are active", l.Name, *l.UserLimit),
		}
	}
	return nil
}

// refusal says why the user cannot get a unit of the limitation, whether one is free or not.
func (l *License) refusal(user *v1alpha1.UserProvisioning, limitationID string) *Refusal {
	declared, known := l.declared[limitationID]
	_, valid := l.limitations[limitationID]
	switch {
	case !l.Found:
		return l.Obstacle()
	case !known:
		return &Refusal{Reason: v1alpha1.ReasonUnknownLimitation, Message: fmt.Sprintf("line item %s has no limitation %q", l.Name, limitationID)}
	case !valid:
		return &Refusal{Reason: v1alpha1.ReasonInvalidSpec, Message: fmt.Sprintf("limitation %q of line item %s is not valid", limitationID, l.Name)}
	case !provisioned(declared):
		return &Refusal{Reason: v1alpha1.ReasonNotUserProvisioning, Message: fmt.Sprintf("limitation %q of line item %s is consumed: users hold no units of it", limitationID, l.Name)}
	}
	if obstacle := l.Obstacle(); obstacle != nil {
		return obstacle
	}
	return l.inactive(user)
}

// provisionedIDs are the limitations that users hold units of.
func (l *License) provisionedIDs() (ids []string) {
	for id, declared := range l.declared {
		if provisioned(declared) {
			ids = append(ids, id)
		}
	}
	return ids
}

func provisioned(limitation v1alpha1.Limitation) bool {
	return limitation.UserProvisioning != nil && *limitation.UserProvisioning
}
