package lineitem

import (
	"math"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Input is everything that the status of a line item is computed from.
type Input struct {
	Object *v1alpha1.LineItem
	// LineItem and Limitations are the spec in the terms of the domain. Unusable says why nothing can be charged to it,
	// Invalid what is wrong with limitations that are left out.
	LineItem          licensing.LineItem
	Limitations       []licensing.Limitation
	Unusable, Invalid error
	// StandingLineItem names the older line item with the same activation id; empty when this one stands.
	StandingLineItem string

	InstanceFound bool
	// Account is what the account of the instance holds; nil when it could not be read, Halted when charging has stopped.
	Account *ledger.Snapshot
	Halted  bool

	// Rates is the rate table that prices the line item, nil without one; NextRates is when another one takes over.
	Rates     *licensing.RateTable
	NextRates time.Time
	Users     kubestore.LicenseUsers

	TimezoneTolerant bool
	Now              time.Time
}

// Status is the whole status of a line item.
func Status(in Input) v1alpha1.LineItemStatus {
	object := in.Object
	result := v1alpha1.LineItemStatus{
		ObservedGeneration: object.Generation,
		ActivationID:       kubestore.ActivationID(object),
		LicenseID:          object.Spec.LicenseID,
	}
	if result.LicenseID == "" {
		result.LicenseID = string(object.UID)
	}
	if in.Rates != nil {
		result.RatesFrom = v1alpha1.RateTableReference{Name: in.Rates.Name, Series: in.Rates.Series, Version: in.Rates.Version}
	}
	result.Users = in.users()
	switch {
	case in.withoutFigures():
	case in.Account != nil:
		in.addUsage(&result)
		result.AccessActions = in.accessActions()
		result.Limitations = in.limitations()
	default:
		known := object.Status
		result.Used, result.Available, result.OverdraftUsed = known.Used, known.Available, known.OverdraftUsed
		result.Unlimited, result.AccessActions, result.Limitations = known.Unlimited, known.AccessActions, known.Limitations
	}
	result.Conditions = in.conditions()
	return result
}

// withoutFigures: those of the account are another line item's, or cannot be told.
func (in Input) withoutFigures() bool { return in.StandingLineItem != "" || in.Unusable != nil }

func (in Input) used() licensing.Tokens { return in.Account.Usage[in.LineItem.ActivationID] }

func (in Input) addUsage(result *v1alpha1.LineItemStatus) {
	used := in.used()
	result.Used = decimal(used)
	unlimited := in.LineItem.Overdraft.Type == licensing.OverdraftUnlimited
	result.Unlimited = &unlimited
	if !unlimited {
		result.Available = decimal(in.LineItem.Available(used))
	}
	if in.LineItem.Overdraft.Type != licensing.OverdraftNone || used > in.LineItem.Quantity {
		result.OverdraftUsed = decimal(in.overdraftUsed())
	}
}

func (in Input) overdraftUsed() licensing.Tokens { return max(0, in.used()-in.LineItem.Quantity) }

// accessActions tells what is used under each action that has an allocation.
func (in Input) accessActions() (rows []v1alpha1.AccessActionStatus) {
	for _, action := range in.LineItem.Actions {
		if !action.Allow || action.Allocation == nil {
			continue
		}
		used := in.Account.Allocations[licensing.AllocationKey{ActivationID: in.LineItem.ActivationID, ActionID: action.ID}]
		rows = append(rows, v1alpha1.AccessActionStatus{ID: action.ID, Used: decimal(used), Remaining: decimal(max(0, *action.Allocation-used))})
	}
	return rows
}

// limitations tells what is used of each limitation. Static ones have no figures: clients count them for themselves.
func (in Input) limitations() []v1alpha1.LimitationStatus {
	result := make([]v1alpha1.LimitationStatus, 0, len(in.Limitations))
	for _, limitation := range in.Limitations {
		row := v1alpha1.LimitationStatus{ID: limitation.ID, Limit: limitation.Limit}
		if limitation.ResetMode != licensing.ResetDisabled {
			standing := in.balance(limitation).Standing(limitation, in.Now)
			row.Used = decimal(standing.Balance)
			if standing.Remaining != nil {
				row.Remaining = decimal(*standing.Remaining)
			}
			if !limitation.UserProvisioning {
				row.LastResetTime = instant(standing.LastReset)
			}
			if standing.NextReset != nil {
				row.NextResetTime = instant(*standing.NextReset)
			}
		}
		result = append(result, row)
	}
	return result
}

// balance counts from the creation of the license until something is consumed.
func (in Input) balance(limitation licensing.Limitation) licensing.Balance {
	balance := in.Account.Balances[ledger.LimitationKey{ActivationID: in.LineItem.ActivationID, LimitationID: limitation.ID}]
	if balance.LastReset.IsZero() {
		balance.LastReset = in.Object.CreationTimestamp.UTC()
	}
	return balance
}

// users counts those that may use the license, and all others. It is left out for a line item that has nothing to do
// with named users.
func (in Input) users() *v1alpha1.UserCounts {
	spec := in.Object.Spec
	total := len(in.Users.Standing) + len(in.Users.Duplicates)
	if total == 0 && spec.UserLimit == nil && len(spec.Limitations) == 0 {
		return nil
	}
	active := len(in.Users.Active(spec.UserLimit))
	return &v1alpha1.UserCounts{Active: count(active), Inactive: count(total - active)}
}

// changes are the moments at which the status changes by itself.
func (in Input) changes(current v1alpha1.LineItemStatus) []time.Time {
	start, end := in.LineItem.Window(in.TimezoneTolerant)
	moments := []time.Time{start, end, in.NextRates}
	for _, limitation := range current.Limitations {
		if limitation.NextResetTime != nil {
			moments = append(moments, limitation.NextResetTime.Time)
		}
	}
	return moments
}

func decimal(tokens licensing.Tokens) v1alpha1.Decimal { return v1alpha1.Decimal(tokens.String()) }

func instant(t time.Time) *v1alpha1.Time { return new(v1alpha1.NewTime(t)) }

func count(n int) *int32 { return new(int32(min(n, math.MaxInt32))) } //nolint:gosec // bounded
