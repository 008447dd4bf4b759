package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// differenceOf names what differs between the two sides and by how much, and nothing that moves while they are charged
// alike. It is empty if nothing differs.
func differenceOf(left, right books) string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	for id, used := range union(left.Usage, right.Usage) {
		if used.differ() {
			add("used %q %d", id, used.left-used.right)
		}
	}
	for key, used := range union(left.Allocations, right.Allocations) {
		if used.differ() {
			add("allocation %q %q %d", key.ActivationID, key.ActionID, used.left-used.right)
		}
	}
	for key, balance := range union(left.balances, right.balances) {
		a, b := balance.left, balance.right
		switch {
		case a.Period != b.Period: // what is used in two periods moves apart
			add("period %q %q", key.ActivationID, key.LimitationID)
		case a.Consumed != b.Consumed || !a.LastReset.Equal(b.LastReset):
			add("balance %q %q %d %s", key.ActivationID, key.LimitationID, a.Consumed-b.Consumed, a.LastReset.Sub(b.LastReset))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return idOf(parts...)
}

// idOf stands for what differs.
func idOf(parts ...string) string {
	slices.Sort(parts)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:6])
}

// two are what the two sides say of the same.
type two[V comparable] struct{ left, right V }

func (t two[V]) differ() bool { return t.left != t.right }

func union[K, V comparable](left, right map[K]V) map[K]two[V] {
	both := make(map[K]two[V], len(left))
	for key, value := range left {
		both[key] = two[V]{value, right[key]}
	}
	for key, value := range right {
		both[key] = two[V]{left[key], value}
	}
	return both
}

// Settle finds out whether the difference, if there is one, is the one that an administrator has accepted.
func (v *Verdict) Settle(ctx context.Context, accounts Ledger) error {
	if v.Difference == "" {
		return nil
	}
	accepted, err := accounts.AcceptedDifference(ctx)
	if err != nil {
		return fmt.Errorf("read which difference is accepted: %w", err)
	}
	v.Accepted = accepted == v.Difference
	return nil
}
