package licensing

import (
	"math/big"
	"slices"
	"time"

	"github.com/google/go-cmp/cmp"
)

// commit posts what an outcome says and checks everything that must be true of it.
func (w *world) commit(who *inhabitant, outcome Outcome, priced time.Time) {
	w.Helper()
	if !outcome.Changed {
		if len(outcome.Entries) > 0 || !cmp.Equal(outcome.Next, who.session) {
			w.Fatalf("an unchanged outcome has effects: %+v", outcome)
		}
		return
	}
	if who.everTerminated || outcome.Next.Revision != who.session.Revision+1 {
		w.Fatalf("revision %d after revision %d, terminated %t", outcome.Next.Revision, who.session.Revision, who.everTerminated)
	}
	w.wantFairRefunds(who.session, outcome)
	w.post(outcome.Entries, outcome.Requester, priced)
	for _, entry := range outcome.Entries {
		if entry.Kind == EntryRefund {
			who.refunded[entry.ActivationID] += entry.Tokens
		} else {
			who.charged[entry.ActivationID] += entry.Tokens
		}
	}
	who.session, who.everTerminated = outcome.Next, outcome.Next.State == Terminated
	w.wantSound(who)
}

// post applies entries and checks that a charge went to line items that accepted it, within their capacity.
func (w *world) post(entries []Entry, requester Requester, priced time.Time) {
	w.Helper()
	if err := w.books.Apply(entries); err != nil {
		w.Fatalf("%v", err)
	}
	w.entries = append(w.entries, entries...)
	for _, entry := range entries {
		if entry.Tokens < 0 || w.books.Usage[entry.ActivationID] < 0 {
			w.Fatalf("%+v: used %s", entry, w.books.Usage[entry.ActivationID])
		}
		if entry.Kind == EntryRefund {
			continue
		}
		i := slices.IndexFunc(w.catalog.LineItems, func(l LineItem) bool { return l.ActivationID == entry.ActivationID })
		lineItem := w.catalog.LineItems[i]
		if !lineItem.UsableAt(priced, w.catalog.TimezoneTolerant) || entry.Series != lineItem.RateTableSeries {
			w.Fatalf("%+v charges a line item that does not accept it: %+v", entry, lineItem)
		}
		if used := w.books.Usage[entry.ActivationID]; used > lineItem.Capacity() && entry.Tokens > 0 {
			w.Fatalf("%s: used %s, capacity %s", entry.ActivationID, used, lineItem.Capacity())
		}
		w.wantAllowed(entry, lineItem, requester)
	}
}

// wantAllowed checks that the rules let the requester be charged, and that no allocation is exceeded.
func (w *world) wantAllowed(charge Entry, lineItem LineItem, requester Requester) {
	w.Helper()
	ruling := lineItem.decide(w.catalog.Conditions, requester)
	bounded := ruling.action != nil && ruling.action.Allocation != nil
	switch {
	case !ruling.open, bounded != (charge.ActionID != ""), bounded && charge.ActionID != ruling.action.ID:
		w.Fatalf("%+v charges %v, whose rules are %+v", charge, requester.Dictionary, lineItem.Actions)
	case !bounded:
		return
	}
	used := w.books.Allocations[AllocationKey{charge.ActivationID, charge.ActionID}]
	if used > *ruling.action.Allocation && charge.Tokens > 0 {
		w.Fatalf("%+v: used %s of an allocation of %s", charge, used, ruling.action.Allocation)
	}
}

// wantSound checks the session against what is known of it from outside.
func (w *world) wantSound(who *inhabitant) {
	w.Helper()
	s := who.session
	var charged, refunded Tokens
	for activationID, tokens := range who.charged {
		charged, refunded = charged+tokens, refunded+who.refunded[activationID]
		if who.refunded[activationID] > tokens {
			w.Fatalf("%s was charged %s and refunded %s", activationID, tokens, who.refunded[activationID])
		}
	}
	for activationID := range who.refunded {
		if _, found := who.charged[activationID]; !found {
			w.Fatalf("%s was refunded and never charged", activationID)
		}
	}
	if s.Charged != charged || s.Refunded != refunded {
		w.Fatalf("totals %s and %s, want %s and %s", s.Charged, s.Refunded, charged, refunded)
	}
	active := s.State == Active
	switch {
	case active != (len(s.Items) > 0), active && s.ChargedUntil.Sub(s.PeriodStart) != w.terms.Period:
		w.Fatalf("%s with %d items, paid from %s to %s", s.State, len(s.Items), s.PeriodStart, s.ChargedUntil)
	case !active && !s.HeartbeatDeadline.IsZero(), s.HeartbeatDeadline.IsZero() != s.LastAutomaticCharge.IsZero():
		w.Fatalf("%s with heartbeat deadline %s after %s", s.State, s.HeartbeatDeadline, s.LastAutomaticCharge)
	case (s.State == Idle) == s.IdleSince.IsZero(), (s.State == Terminated) == s.TerminatedAt.IsZero():
		w.Fatalf("%s, idle since %s, terminated %s for %q", s.State, s.IdleSince, s.TerminatedAt, s.TerminatedReason)
	}
}

// wantFairRefunds checks every refund against exact arithmetic: in proportion to the time left and rounded down, whole for
// a missed heartbeat, and nothing when time alone ended the session.
func (w *world) wantFairRefunds(before Session, outcome Outcome) {
	w.Helper()
	part, whole := before.ChargedUntil.Sub(w.now).Milliseconds(), before.ChargedUntil.Sub(before.PeriodStart).Milliseconds()
	part = max(0, min(part, whole))
	switch outcome.Cause { //nolint:exhaustive // the others refund what is left
	case CauseHeartbeatMissed:
		part = whole
	case CauseAutomaticCharge, CausePeriodForgiven, CauseNotAffordable, CauseIdleTooLong:
		part = 0
	}
	want := map[[2]string]Tokens{}
	if before.State == Active {
		for _, item := range before.Items {
			for _, charge := range item.Charges {
				exact := new(big.Int).Mul(big.NewInt(int64(charge.Tokens)), big.NewInt(part))
				if refund := Tokens(exact.Quo(exact, big.NewInt(whole)).Int64()); refund > 0 {
					want[[2]string{item.Name, charge.ActivationID}] = refund
				}
			}
		}
	}
	got := map[[2]string]Tokens{}
	for _, entry := range outcome.Entries {
		if entry.Kind == EntryRefund {
			got[[2]string{entry.Item, entry.ActivationID}] += entry.Tokens
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		w.Fatalf("refunds for %s (-want +got):\n%s", outcome.Cause, diff)
	}
}

// wantFairPrices checks that a granted item is paid for in full, and by less than a micro-token more than that.
func (w *world) wantFairPrices(results []ItemResult) {
	w.Helper()
	for _, result := range results {
		switch {
		case result.Status == ItemInsufficientTokens && result.Required <= result.Available:
			w.Fatalf("denied although %s are available: %s", result.Available, result.Message)
		case result.Status != ItemGranted:
			continue
		}
		bought, lowest := new(big.Rat), MaxTokens
		for _, charge := range result.Charges {
			lowest = min(lowest, charge.Rate)
			if charge.Rate > 0 {
				bought.Add(bought, new(big.Rat).Quo(charge.Tokens.rat(), charge.Rate.rat()))
			}
		}
		paid := new(big.Rat).Mul(bought.Sub(bought, result.Item.Count.rat()), lowest.rat())
		if paid.Cmp(Tokens(1).rat()) >= 0 || paid.Sign() < 0 && !w.isFree(result.Item) {
			w.Fatalf("%s × %s is paid with %s too much: %+v", result.Item, result.Item.Count, paid.FloatString(9), result.Charges)
		}
	}
}

// isFree tells whether some price list gives the item away, so that a part of it need not be paid for.
func (w *world) isFree(item RequestedItem) bool {
	return slices.ContainsFunc(w.tables, func(table *RateTable) bool {
		rate, found := table.Rates[item.Key()]
		return found && rate.fixed == 0
	})
}

// wantConserved replays every entry ever made from an empty account.
func (w *world) wantConserved() {
	w.Helper()
	replayed := NewBooks()
	if err := replayed.Apply(w.entries); err != nil {
		w.Fatalf("replay: %v", err)
	}
	if diff := cmp.Diff(w.books, replayed); diff != "" {
		w.Fatalf("replay (-want +got):\n%s", diff)
	}
	wantExact(w, w.entries, w.books.Usage, func(e Entry) (string, bool) { return e.ActivationID, true })
	wantExact(w, w.entries, w.books.Allocations, func(e Entry) (AllocationKey, bool) {
		return AllocationKey{e.ActivationID, e.ActionID}, e.ActionID != ""
	})
}

// wantExact adds up the entries in numbers that cannot overflow.
func wantExact[K comparable](w *world, entries []Entry, used map[K]Tokens, keyOf func(Entry) (K, bool)) {
	w.Helper()
	exact := map[K]*big.Int{}
	for _, entry := range entries {
		key, counts := keyOf(entry)
		if !counts {
			continue
		}
		if exact[key] == nil {
			exact[key] = new(big.Int)
		}
		tokens := big.NewInt(int64(entry.Tokens))
		if entry.Kind == EntryRefund {
			tokens.Neg(tokens)
		}
		exact[key].Add(exact[key], tokens)
	}
	for key, sum := range exact {
		if sum.Cmp(big.NewInt(int64(used[key]))) != 0 {
			w.Fatalf("%v: charges less refunds are %s micro-tokens, used is %s", key, sum, used[key])
		}
	}
}
