package lineitem

import (
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Input is everything that the status of a line item is computed from.
type Input struct {
	Object *v1alpha1.LineItem
	// LineItem is the spec in the terms of the domain. Unusable says why nothing can be charged to it.
	LineItem licensing.LineItem
	Unusable error
	// Terms are what the license grants, unless NoTerms says why nobody can tell.
	Terms   kubestore.LicenseTerms
	NoTerms *kubestore.TermsError
	// StandingLineItem names the older line item with the same activation id, StandingLicense that with the same license
	// id; empty when this one stands.
	StandingLineItem, StandingLicense string

	InstanceFound bool
	// Account is what the account of the instance holds; nil when it could not be read, Halted when charging has stopped.
	Account *ledger.Snapshot
	Halted  bool

	// Rates is the rate table that prices the line item, nil without one; NextRates is when another one takes over.
	Rates     *licensing.RateTable
	NextRates time.Time
	Users     Users
	// OpenSessions is nil where none are counted.
	OpenSessions *int

	TimezoneTolerant bool
	Now              time.Time
}

// Status is the whole status of a line item.
func Status(in Input) v1alpha1.LineItemStatus {
	object := in.Object
	result := v1alpha1.LineItemStatus{
		ObservedGeneration: object.Generation,
		ActivationID:       kubestore.ActivationID(object),
		LicenseID:          kubestore.LicenseID(object),
	}
	if in.Rates != nil {
		result.RatesFrom = v1alpha1.RateTableReference{Name: in.Rates.Name, Series: in.Rates.Series, Version: in.Rates.Version}
	}
	in.addLicense(&result)
	switch {
	case in.withoutFigures():
	case in.Account != nil:
		in.addUsage(&result)
		result.AccessActions = in.accessActions()
		in.addLimitations(&result)
	default:
		known := object.Status
		result.Used, result.Available, result.OverdraftUsed = known.Used, known.Available, known.OverdraftUsed
		result.Unlimited, result.AccessActions = known.Unlimited, known.AccessActions
		in.keepLimitations(&result)
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
