package audit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// books are the figures that an account and its records both have.
type books struct {
	licensing.Books
	balances map[ledger.LimitationKey]licensing.Balance
}

// comparison names the two sides in messages.
type comparison struct {
	left, right string
	// kind is that of all findings; without one, each figure has its own.
	kind Kind
}

var accountWithRecords = comparison{left: "the account", right: "the records"}

// figures names each figure on which the two sides differ, in a steady order.
func (c comparison) figures(left, right books) (list []Finding) {
	for _, id := range keys(left.Usage, right.Usage) {
		if a, b := left.Usage[id], right.Usage[id]; a != b {
			list = append(list, c.finding(Finding{Kind: UsedDiffers, ActivationID: id}, a, b, fmt.Sprintf("used of line item %s", id)))
		}
	}
	for _, key := range keys(left.Allocations, right.Allocations) {
		if a, b := left.Allocations[key], right.Allocations[key]; a != b {
			about := Finding{Kind: AllocationDiffers, ActivationID: key.ActivationID, ActionID: key.ActionID}
			list = append(list, c.finding(about, a, b, fmt.Sprintf("used of line item %s under action %s", key.ActivationID, key.ActionID)))
		}
	}
	for _, key := range keys(left.balances, right.balances) {
		list = append(list, c.balance(key, left.balances[key], right.balances[key])...)
	}
	return list
}

func (c comparison) balance(key ledger.LimitationKey, left, right licensing.Balance) (list []Finding) {
	about := Finding{Kind: BalanceDiffers, ActivationID: key.ActivationID, LimitationID: key.LimitationID}
	what := fmt.Sprintf("limitation %s of line item %s", key.LimitationID, key.ActivationID)
	if left.Consumed != right.Consumed {
		list = append(list, c.finding(about, left.Consumed, right.Consumed, "balance of "+what))
	}
	about.Kind = PeriodDiffers
	if left.Period != right.Period {
		list = append(list, c.finding(about, left.Period, right.Period, "period of "+what))
	}
	if !left.LastReset.Equal(right.LastReset) {
		list = append(list, c.finding(about, instant(left.LastReset), instant(right.LastReset), "beginning of the period of "+what))
	}
	return list
}

func (c comparison) finding(about Finding, left, right any, what string) Finding {
	about.Account, about.Records = fmt.Sprint(left), fmt.Sprint(right)
	about.Message = fmt.Sprintf("%s: %s says %s, %s say %s", what, c.left, about.Account, c.right, about.Records)
	if c.kind != "" {
		about.Kind = c.kind
	}
	return about
}

func instant(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// keys are those of both, in order.
func keys[K comparable, V any](left, right map[K]V) []K {
	both := maps.Clone(left)
	if both == nil {
		both = map[K]V{}
	}
	maps.Copy(both, right)
	return slices.SortedFunc(maps.Keys(both), func(a, b K) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
}
