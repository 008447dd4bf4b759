package ledger_test

import (
	"errors"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var everyone = licensing.AllocationKey{ActivationID: "tokens", ActionID: "everyone"}

// allocate lets everyone together use at most the given number of the tokens sold.
func (w *world) allocate(tokens int64) {
	w.Helper()
	catalog, err := w.memory.Catalog(w.Context(), w.id, true)
	w.succeeds(err)
	lineItems := append([]licensing.LineItem(nil), catalog.LineItems...)
	lineItems[0].Actions = []licensing.Action{{ID: everyone.ActionID, Allow: true, Allocation: new(licensing.Tokens(tokens) * licensing.Token)}}
	catalog.LineItems = lineItems
	w.memory.SetCatalog(w.id, catalog)
}

func (w *world) expectAllocated(r *replica, want licensing.Tokens) {
	w.Helper()
	snapshot, err := r.Snapshot(w.Context(), w.id, true)
	w.succeeds(err)
	if got := snapshot.Allocations[everyone]; got != want {
		w.Fatalf("%s are used under the action, want %s", got, want)
	}
}

func TestAnAllocationIsKeptWithTheAccount(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		w.allocate(50)
		first, second := w.replica("a").open(), w.replica("b").open()
		session := w.session()
		w.written(first.claim(session, 1, 4))
		answer, err := second.oneOff("", 11)
		w.succeeds(err)
		if got := answer.Items[0]; got.Status != licensing.ItemInsufficientTokens || got.Available != 10*licensing.Token {
			t.Errorf("%s, %s are available: %s", got.Status, got.Available, got.Message)
		}
		w.expectAllocated(second, 40*licensing.Token)
		w.written(second.closeSession(session))
		w.expectAllocated(first, 0)
		answer, err = first.oneOff("", 50)
		w.succeeds(err)
		if !granted(answer) {
			t.Errorf("what was refunded is not available: %s", answer.Items[0].Message)
		}
		w.expectAllocated(second, 50*licensing.Token)
		w.checkInvariants()
	})
}

func TestAnAccountWithoutAllocationsReadsAsBefore(t *testing.T) {
	account := ledger.NewAccount(ledger.AccountID{Namespace: "producer", Name: "instance"})
	account.Usage["tokens"] = licensing.Token
	parts, err := account.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if _, found := parts[ledger.PartAllocations]; found {
		t.Errorf("%s is written although nothing is allocated", ledger.PartAllocations)
	}
	parts[ledger.PartAllocations] = `{"tokens/everyone":"1"}`
	if _, err := ledger.Decode(parts); !errors.Is(err, ledger.ErrTampered) {
		t.Errorf("allocations that somebody added: %v", err)
	}
}

func TestTakingAwayTheAllocationsIsTampering(t *testing.T) {
	account := ledger.NewAccount(ledger.AccountID{Namespace: "producer", Name: "instance"})
	account.Allocations[everyone] = licensing.Token
	for _, edit := range []func(map[string]string){
		func(parts map[string]string) { delete(parts, ledger.PartAllocations) },
		func(parts map[string]string) { parts[ledger.PartAllocations] = `{"tokens/everyone":"0"}` },
		func(parts map[string]string) { parts[ledger.PartAllocations] = `{"nobody":"1"}` },
	} {
		parts, err := account.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ledger.Decode(parts); err != nil {
			t.Errorf("an account that nobody touched: %v", err)
		}
		edit(parts)
		if _, err := ledger.Decode(parts); !errors.Is(err, ledger.ErrTampered) {
			t.Errorf("%s: %v", parts[ledger.PartAllocations], err)
		}
	}
}
