package licensing

import (
	"cmp"
	"slices"
	"time"
)

// LineItemState is the producer's switch on a purchase (dynamic-monetization.md 1.3).
type LineItemState string

// The states of a line item. Only DEPLOYED accepts charges; all accept refunds; OBSOLETE is final.
const (
	Deployed LineItemState = "DEPLOYED"
	Inactive LineItemState = "INACTIVE"
	Obsolete LineItemState = "OBSOLETE"
)

// OverdraftType says whether a line item may be used beyond its quantity.
type OverdraftType string

// The overdraft types. The zero value allows none.
const (
	OverdraftNone      OverdraftType = ""
	OverdraftNumber    OverdraftType = "Number"
	OverdraftUnlimited OverdraftType = "Unlimited"
)

// Overdraft is what may be used beyond the quantity. Limit counts only with OverdraftNumber.
type Overdraft struct {
	Type  OverdraftType
	Limit Tokens
}

// timezoneTolerance widens a validity window on both sides, because the server does not know where the client is
// (dynamic-monetization.md 1.3).
const timezoneTolerance = 12 * time.Hour

// LineItem is a purchased quantity of tokens with a validity range: Start inclusive, End exclusive
// (dynamic-monetization.md 5, decision 11).
type LineItem struct {
	ActivationID    string
	State           LineItemState
	Quantity        Tokens
	Overdraft       Overdraft
	Start, End      time.Time
	Elastic         bool
	RateTableSeries string
	// Actions are the rules of access in order. None means that everyone may use the line item.
	Actions []Action
}

// Usage is what is used of each line item, net of refunds, by activation id.
type Usage map[string]Tokens

// Window is the time in which the line item is valid: from start on, and no longer at end.
func (l LineItem) Window(timezoneTolerant bool) (start, end time.Time) {
	if timezoneTolerant {
		return l.Start.Add(-timezoneTolerance), l.End.Add(timezoneTolerance)
	}
	return l.Start, l.End
}

// ValidAt tells whether the line item is switched on and inside its validity range.
func (l LineItem) ValidAt(at time.Time, timezoneTolerant bool) bool {
	start, end := l.Window(timezoneTolerant)
	return l.State == Deployed && !at.Before(start) && at.Before(end)
}

// UsableAt tells whether the line item accepts new charges at the given time.
func (l LineItem) UsableAt(at time.Time, timezoneTolerant bool) bool {
	return l.Elastic && l.ValidAt(at, timezoneTolerant)
}

// Capacity is the most that may be used: quantity and overdraft. It is MaxTokens when the overdraft is unlimited.
func (l LineItem) Capacity() Tokens {
	switch l.Overdraft.Type {
	case OverdraftUnlimited:
		return MaxTokens
	case OverdraftNumber:
		return l.Quantity.saturatingAdd(l.Overdraft.Limit)
	case OverdraftNone:
	}
	return l.Quantity
}

// Available is what may still be used: never negative, also when the producer lowered the quantity below what is used
// (decision 19).
func (l LineItem) Available(used Tokens) Tokens { return max(0, l.Capacity()-used) }

// entitlement is the part of Available that is not overdraft.
func (l LineItem) entitlement(used Tokens) Tokens { return max(0, l.Quantity-used) }

// SortInDrawOrder puts first what is charged first.
func SortInDrawOrder(items []LineItem) { slices.SortFunc(items, CompareDrawOrder) }

// CompareDrawOrder is by earliest end, then earliest start, then activation id (dynamic-monetization.md 1.4; decision 10).
func CompareDrawOrder(a, b LineItem) int {
	return cmp.Or(a.End.Compare(b.End), a.Start.Compare(b.Start), cmp.Compare(a.ActivationID, b.ActivationID))
}
