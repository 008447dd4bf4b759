package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestABatchIsDecidedInOrder(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		r := w.replica("a").open()
		ann, bob := w.memory.CreateUser(w, w.id, "license", "ann"), w.memory.CreateUser(w, w.id, "license", "bob")
		gone := w.memory.CreateUser(w, w.id, "license", "gone")
		w.memory.Delete(w, gone)
		results := r.Batch(w.Context(), w.id, []ledger.Request{
			ledger.Seating{User: ann, License: license("ann", 1), Limits: seats(1)},
			ledger.Seating{User: bob, License: license("bob", 1), Limits: seats(1)},
			ledger.Provisioning{User: ann, License: license("ann", 1)},
			ledger.Provisioning{User: ann, License: license("ann", 1)},
			ledger.Seating{User: gone, License: license("gone", 1)},
			ledger.Unseating{User: ann, License: license("ann", 1)},
			ledger.Seating{User: bob, License: license("bob", 1), Limits: seats(1)},
			consumption("", 9),
			consumption("", 2),
			consumption("", 1),
		})
		granted := []bool{true, false, true, true, false, false, true, true, false, true}
		for i, result := range results {
			if got := result.User.Granted || result.Consumption.Granted; got != granted[i] {
				t.Errorf("request %d: %+v", i, result)
			}
			if want := i == 4; isGone(result.Err) != want {
				t.Errorf("request %d: got error %v", i, result.Err)
			}
		}
		if first, repeat := results[2].User, results[3].User; !repeat.Repeated || first.Holding != repeat.Holding {
			t.Errorf("the second of one batch is answered %+v, the first %+v", repeat, first)
		}
		if !results[5].User.Changed {
			t.Error("the seat was not freed")
		}
		account, _, err := w.memory.LoadAccount(w.Context(), w.id)
		w.succeeds(err)
		if account.Sequence != 2 {
			t.Errorf("the account is at commit %d, want one commit for all", account.Sequence)
		}
		w.checkInvariants()
	})
}

func TestThousandsShareAFewCommits(t *testing.T) {
	const many = 2000
	inBubble(t, 0, func(w *world) {
		r := w.replica("a").open()
		var requests []ledger.Request
		for n := range many {
			userID := fmt.Sprint("user ", n)
			user := w.memory.CreateUser(w, w.id, "license", userID)
			requests = append(requests,
				ledger.Seating{User: user, License: license(userID, many-1)},
				ledger.Provisioning{User: user, License: license(userID, many-1), Origin: licensing.DeclaredHolding})
		}
		grants := 0
		for i, result := range r.Batch(w.Context(), w.id, requests) {
			if result.Err != nil {
				t.Fatalf("request %d: %v", i, result.Err)
			}
			if result.User.Granted {
				grants++
			}
		}
		if grants != 2*many-1 {
			t.Errorf("%d were granted, want all but one of %d", grants, 2*many)
		}
		history, err := w.memory.History(w.id)
		w.succeeds(err)
		if len(history) > many/50 {
			t.Errorf("%d requests took %d commits", 2*many, len(history))
		}
		w.checkInvariants()
	})
}

func TestABatchGivesUpWithALedgerThatCannotDecide(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		r := w.replica("a").open()
		r.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpCommit {
				fault.Before = ledgertest.ErrLost
			}
			return fault
		})
		requests := make([]ledger.Request, 2000)
		for i := range requests {
			requests[i] = consumption("", 1)
		}
		started := time.Now()
		results := r.Batch(w.Context(), w.id, requests)
		if len(results) != len(requests) {
			t.Fatalf("%d answers for %d requests", len(results), len(requests))
		}
		for i, result := range results {
			if !errors.Is(result.Err, ledger.ErrUnavailable) {
				t.Fatalf("request %d: %+v", i, result)
			}
		}
		if took := time.Since(started); took > time.Minute {
			t.Errorf("it took %s to give up", took)
		}
		r.client.Inject(nil)
		w.checkInvariants()
	})
}
