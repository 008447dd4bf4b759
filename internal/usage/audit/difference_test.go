package audit_test

import (
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

// altered is the verdict on an account of which figures were changed, with a hash that matches.
func (w *world) altered(alter func(*ledger.Account)) audit.Verdict {
	w.Helper()
	evidence := w.gather()
	evidence.Account = evidence.Account.Clone()
	alter(evidence.Account)
	verdict := audit.Verify(evidence, nil, audit.Options{})
	w.succeeds(verdict.Settle(w.Context(), w.keeper))
	return verdict
}

func TestADifferenceIsAcceptedByWhatDiffersAndByHowMuch(t *testing.T) {
	aged(t, func(w *world) {
		older := func(a *ledger.Account) { a.Usage["ACT2"] += 5 * licensing.Token; a.Usage["older"] = 3 }
		found := w.altered(older)
		if found.Difference == "" || found.Accepted || found.Agreed() {
			t.Fatalf("%+v", found)
		}
		w.accepted = found.Difference
		w.live(40)
		w.settle()
		if later := w.altered(older); later.Difference != found.Difference || !later.Agreed() || later.Sound() || later.Sequence == found.Sequence {
			t.Errorf("charged alike, the difference %s became %+v", found.Difference, later)
		}
		key := ledger.LimitationKey{ActivationID: "license", LimitationID: "calls"}
		for what, further := range map[string]func(*ledger.Account){
			"a token more":        func(a *ledger.Account) { a.Usage["ACT2"]++ },
			"another line item":   func(a *ledger.Account) { a.Usage["ACT/1"]++ },
			"one difference less": func(a *ledger.Account) { delete(a.Usage, "older") },
			"an allocation": func(a *ledger.Account) {
				a.Allocations[licensing.AllocationKey{ActivationID: "ACT/1", ActionID: "everyone"}]++
			},
			"a balance": func(a *ledger.Account) { b := a.Balances[key]; b.Consumed++; a.Balances[key] = b },
			"a period":  func(a *ledger.Account) { b := a.Balances[key]; b.Period++; a.Balances[key] = b },
			"where a period begins": func(a *ledger.Account) {
				b := a.Balances[key]
				b.LastReset = b.LastReset.Add(time.Second)
				a.Balances[key] = b
			},
			"an account that went back": func(a *ledger.Account) { a.Sequence = w.totals.Sequence - 1 },
		} {
			if verdict := w.altered(func(a *ledger.Account) { older(a); further(a) }); verdict.Agreed() || verdict.Difference == found.Difference {
				t.Errorf("%s is accepted as well: %+v", what, verdict)
			}
		}
		if verdict := w.altered(func(*ledger.Account) {}); !verdict.Sound() || verdict.Difference != "" || verdict.Accepted {
			t.Errorf("nothing differs: %+v", verdict)
		}
	})
}

// An account that began anew counts its periods from the beginning, and both go on.
func TestADifferenceOfPeriodsDoesNotMove(t *testing.T) {
	aged(t, func(w *world) {
		key := ledger.LimitationKey{ActivationID: "license", LimitationID: "calls"}
		anew := func(period int64, consumed licensing.Tokens) string {
			return w.altered(func(a *ledger.Account) {
				a.Balances[key] = licensing.Balance{Period: period, Consumed: consumed, LastReset: began.AddDate(0, 0, int(period))}
			}).Difference
		}
		if first, later := anew(1, 5), anew(2, 7); first == "" || first != later {
			t.Errorf("the difference is %q, and %q later", first, later)
		}
	})
}

func TestAlteredRecordsAreNotAcceptedWithADifference(t *testing.T) {
	aged(t, func(w *world) {
		w.tamper(ledger.PartUsage, `{"ACT2":"1"}`)
		if verdict := w.verdict(); verdict.Difference != "" || verdict.Sound() {
			t.Errorf("an altered account can be accepted: %+v", verdict)
		}
	})
	aged(t, func(w *world) {
		for id := range w.totals.Used {
			w.totals.Used[id]++
		}
		if verdict := w.verdict(); verdict.Difference != "" || verdict.Sound() {
			t.Errorf("totals that their records do not add up to can be accepted: %+v", verdict)
		}
	})
}
