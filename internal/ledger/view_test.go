package ledger_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func isGone(err error) bool { return errors.Is(err, ledger.ErrSubjectGone) }

func TestAUserIsSeenAsEveryReplicaLeftIt(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		ann, device := w.memory.CreateUser(w, w.id, "license", "ann"), w.memory.CreateActivation(w, w.id, "license", "device")
		a.client.Inject(neverWrites)
		given, err := a.provision(ann, license("ann", 1))
		w.succeeds(err)
		activated, err := a.provisionAlone(device, token("device", 1))
		w.succeeds(err)

		seen, err := b.User(w.Context(), w.id, ann)
		w.succeeds(err)
		if held, holds := seen.Holding("feature"); !holds || held.TransactionID != given.Holding.TransactionID || !seen.HasSeat() {
			t.Errorf("the user is seen with %v", seen.Holdings)
		}
		all, err := b.Users(w.Context(), w.id, "license")
		w.succeeds(err)
		if len(all) != 2 || all[0].Subject != ann || all[1].Subject != device {
			t.Fatalf("got %v, want the user and the client", all)
		}
		if diff := cmp.Diff(seen, all[0]); diff != "" {
			t.Errorf("alone and in the list (-alone +list):\n%s", diff)
		}
		if key, _ := all[1].Holding(licensing.TokenID); key.TransactionID != activated.Holding.TransactionID {
			t.Errorf("the client is seen with %v", all[1].Holdings)
		}
		balances, err := b.Balances(w.Context(), w.id)
		w.succeeds(err)
		if got := balances[ledger.LimitationKey{ActivationID: "license", LimitationID: licensing.TokenID}]; got.Held() != 1 {
			t.Errorf("%d tokens are held, want 1", got.Held())
		}
		a.client.Inject(nil)
		w.checkInvariants()
	})
}

func TestNothingIsHeldWithoutAnAccount(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		r := w.replica("a")
		ann := w.memory.CreateUser(w, w.id, "license", "ann")
		seen, err := r.User(w.Context(), w.id, ann)
		w.succeeds(err)
		if seen.Subject != ann || len(seen.Holdings) > 0 {
			t.Errorf("got %+v", seen)
		}
		all, err := r.Users(w.Context(), w.id, "license")
		w.succeeds(err)
		if len(all) != 1 {
			t.Errorf("listed %v", all)
		}
		balances, err := r.Balances(w.Context(), w.id)
		w.succeeds(err)
		records, err := r.consumptions(ledger.ConsumptionFilter{})
		w.succeeds(err)
		if len(balances) != 0 || len(records) != 0 {
			t.Errorf("balances %v, consumptions %v", balances, records)
		}
		gone := ann
		gone.UID = "another"
		_, err = r.User(w.Context(), w.id, gone)
		w.fails(err, ledger.ErrSubjectGone)
	})
}
