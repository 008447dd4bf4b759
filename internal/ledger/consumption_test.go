package ledger_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// consumes takes units and wants it granted.
func (w *world) consumes(r *replica, units int) string {
	w.Helper()
	answer, err := r.consume("", units)
	w.succeeds(err)
	if !answer.Granted {
		w.Fatalf("%d units were refused: %s", units, answer.Message)
	}
	return answer.TransactionID
}

func TestAConsumptionIsWholeOrNotAtAll(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		r := w.replica("a").open()
		answer, err := r.consume("", 8)
		w.succeeds(err)
		if !answer.Granted || answer.TransactionID == "" || answer.Balance != 8*licensing.Token || *answer.Remaining != 2*licensing.Token {
			t.Errorf("got %+v", answer)
		}
		<-answer.Written
		refused, err := r.consume("", 3)
		w.succeeds(err)
		if refused.Granted || refused.TransactionID != "" || refused.Written != nil || refused.Balance != 8*licensing.Token || refused.Message == "" {
			t.Errorf("got %+v", refused)
		}
		_, err = r.consume("", 0)
		w.refuses(err, licensing.InvalidValue)
		w.checkInvariants()
	})
}

// In every vector the license has been in use up to the balance.
func TestGoodwillIsExactToTheLedgersLastCommit(t *testing.T) {
	tests := map[string]struct {
		goodwill licensing.Tokens
		takes    []int
		want     []bool
	}{
		"10 with 20 % is 12":  {20 * licensing.Token, []int{10, 2, 1}, []bool{true, true, false}},
		"10 with 25 % is 12½": {25 * licensing.Token, []int{10, 3, 2, 1}, []bool{true, false, true, false}},
		"10 with 0 % is 10":   {0, []int{10, 1}, []bool{true, false}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 0, func(w *world) {
				r := w.replica("a").open()
				var got []bool
				for _, units := range test.takes {
					request := consumption("", units)
					request.Limitation.Goodwill = test.goodwill
					answer, err := r.Consume(w.Context(), w.id, request)
					w.succeeds(err)
					got = append(got, answer.Granted)
				}
				if diff := cmp.Diff(test.want, got); diff != "" {
					t.Errorf("granted (-want +got):\n%s", diff)
				}
				w.checkInvariants()
			})
		})
	}
}

func TestABalanceStartsAgainWithThePeriod(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		january := w.consumes(a, 10)
		if got := w.balance("calls"); got.Period != 1 || !got.LastReset.Equal(began) {
			t.Errorf("the first period is %+v, want it to begin with the license", got)
		}
		time.Sleep(time.Until(began.AddDate(0, 1, 0)) - time.Millisecond)
		if answer, err := b.consume("", 1); err != nil || answer.Granted {
			t.Errorf("the last instant of January: %+v, %v", answer, err)
		}
		time.Sleep(time.Millisecond)
		february := w.consumes(b, 4)
		if got := w.balance("calls"); got.Consumed != 4*licensing.Token || !got.LastReset.Equal(began.AddDate(0, 1, 0)) {
			t.Errorf("in February the balance is %+v", got)
		}
		answer, err := a.rollBack(january)
		w.succeeds(err)
		if answer.Balance != 4*licensing.Token || w.consumed() != 4*licensing.Token {
			t.Errorf("what was consumed in January changed February: %+v", answer)
		}
		answer, err = a.rollBack(february)
		w.succeeds(err)
		if answer.Balance != 0 || w.consumed() != 0 {
			t.Errorf("rolled back: %+v", answer)
		}
		w.checkInvariants()
	})
}

func TestAConsumptionIsGivenBackOnce(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		r := w.replica("a").open()
		transaction, other := w.consumes(r, 3), w.consumes(r, 2)
		_, err := r.rollBack(transaction)
		w.succeeds(err)
		w.settle()
		for name, id := range map[string]string{"again": transaction, "a stranger": "b8c7b6a5-0000-4000-8000-000000000001", "no id": "../" + other, "empty": ""} {
			if _, err := r.rollBack(id); !isReason(err, licensing.UnknownTransaction) {
				t.Errorf("%s: got error %v", name, err)
			}
		}
		elsewhere := calls
		elsewhere.Limitation.ID = "other"
		_, err = r.RollbackConsumption(w.Context(), w.id, ledger.RollbackRequest{Meter: elsewhere, TransactionID: other})
		w.refuses(err, licensing.UnknownTransaction)
		neighbor := w.memory.CreateInstance(w)
		_, err = r.Open(w.Context(), neighbor)
		w.succeeds(err)
		_, err = r.RollbackConsumption(w.Context(), neighbor, ledger.RollbackRequest{Meter: calls, TransactionID: other})
		w.refuses(err, licensing.UnknownTransaction)
		if got := w.consumed(); got != 2*licensing.Token {
			t.Errorf("%s are consumed, want 2", got)
		}
		w.checkInvariants()
	})
}

func TestOfManyRollbacksOneCredits(t *testing.T) {
	for seed := range uint64(5) {
		inBubble(t, 0, func(w *world) {
			opener := w.replica("opener").open()
			w.consumes(opener, 5)
			transaction := w.consumes(opener, 3)
			replicas := w.three(seed)
			w.crowd(replicas, 50, func(r *replica, _ int) (bool, error) {
				_, err := r.rollBack(transaction)
				if isReason(err, licensing.UnknownTransaction) {
					return false, nil
				}
				return true, err
			})
			w.calm(replicas)
			if got := w.consumed(); got != 5*licensing.Token {
				t.Errorf("%s are consumed, want 5", got)
			}
			if got := w.causes()[licensing.CauseRolledBack]; got != 1 {
				t.Errorf("%d rollbacks were made", got)
			}
		})
	}
}

func TestALackIsSaidOnlyOfTheNewestAccount(t *testing.T) {
	t.Run("of what is consumed", func(t *testing.T) {
		inBubble(t, 0, func(w *world) {
			a, b := w.replica("a").open(), w.replica("b").open()
			transaction := w.consumes(a, 10)
			_, err := b.rollBack(transaction)
			w.succeeds(err)
			again := w.consumes(a, 10) // a has not heard of it
			if _, err := b.rollBack(again); err != nil {
				t.Errorf("a consumption that b has not heard of: %v", err)
			}
			w.checkInvariants()
		})
	})
	t.Run("of seats", func(t *testing.T) {
		inBubble(t, 0, func(w *world) {
			a, b := w.replica("a").open(), w.replica("b").open()
			ann, bob := w.memory.CreateUser(w, w.id, "license", "ann"), w.memory.CreateUser(w, w.id, "license", "bob")
			_, err := a.takeSeat(ann, "ann", seats(1))
			w.succeeds(err)
			_, err = b.freeSeat(ann, "ann")
			w.succeeds(err)
			if answer, err := a.takeSeat(bob, "bob", seats(1)); err != nil || !answer.Granted {
				t.Errorf("got %+v, %v", answer, err)
			}
			w.checkInvariants()
		})
	})
}

// The replica that consumed is held up in storing the record until long after another one has rolled it back.
func TestALateRecordDoesNotBringAConsumptionBack(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		late := make(chan struct{})
		a.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpWrite {
				fault.Held = late
			}
			return fault
		})
		transaction := w.consumes(a, 3)
		answer, err := b.rollBack(transaction)
		w.succeeds(err)
		<-answer.Written
		w.settle()
		close(late)
		a.client.Inject(nil)
		w.settle()
		if _, err := a.rollBack(transaction); !isReason(err, licensing.UnknownTransaction) {
			t.Errorf("got error %v", err)
		}
		w.checkInvariants()
	})
}

func TestAConsumptionUnderAKeyCountsOnce(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		first, err := a.consume("key", 6)
		w.succeeds(err)
		again, err := b.consume("key", 6)
		w.succeeds(err)
		first.Written = nil
		if diff := cmp.Diff(first, again); diff != "" {
			t.Errorf("the repeat is answered (-first +again):\n%s", diff)
		}
		refused, err := a.consume("another", 6)
		w.succeeds(err)
		_, err = a.rollBack(first.TransactionID)
		w.succeeds(err)
		stillRefused, err := b.consume("another", 6)
		w.succeeds(err)
		if refused.Granted || stillRefused.Granted || stillRefused.Message != refused.Message {
			t.Errorf("the refusal is answered %+v, then %+v", refused, stillRefused)
		}
		_, err = b.consume("key", 5)
		w.fails(err, ledger.ErrKeyReused)
		w.checkInvariants()
	})
}

func TestAnAdministratorResetsABalance(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		r := w.replica("a").open()
		before := w.consumes(r, 7)
		standing, err := r.ResetBalance(w.Context(), w.id, calls)
		w.succeeds(err)
		if standing.Balance != 0 || w.consumed() != 0 {
			t.Errorf("after the reset: %+v", standing)
		}
		w.consumes(r, 10)
		_, err = r.rollBack(before) // in the very instant of the reset, but before it
		w.succeeds(err)
		if got := w.consumed(); got != 10*licensing.Token {
			t.Errorf("%s are consumed, want 10", got)
		}
		provisioned, static := calls, calls
		provisioned.Limitation = license("ann", 1).Limitation
		static.Limitation.ResetMode = licensing.ResetDisabled
		_, err = r.ResetBalance(w.Context(), w.id, provisioned)
		w.refuses(err, licensing.ProvisionedByUser)
		_, err = r.ResetBalance(w.Context(), w.id, static)
		w.refuses(err, licensing.StaticLimitation)
		w.checkInvariants()
	})
}

func TestABalanceIsRecalculatedFromItsRecords(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		r := w.replica("a").open()
		lost := w.consumes(r, 4)
		w.settle()
		w.memory.Delete(w, ledger.Subject{Kind: ledger.ConsumptionSubject, Namespace: w.id.Namespace, Name: lost})
		r.client.Inject(neverWrites)
		w.consumes(r, 2)
		standing, err := r.Recalculate(w.Context(), w.id, calls)
		w.succeeds(err)
		if standing.Balance != 2*licensing.Token || w.consumed() != 2*licensing.Token {
			t.Errorf("recalculated %+v", standing)
		}
		r.client.Inject(nil)
		if again, err := r.Recalculate(w.Context(), w.id, calls); err != nil || again.Balance != 2*licensing.Token {
			t.Errorf("recalculated again: %+v, %v", again, err)
		}
		ann := w.memory.CreateUser(w, w.id, "license", "ann")
		_, err = r.provision(ann, license("ann", 1))
		w.succeeds(err)
		w.settle()
		w.memory.Delete(w, ann)
		provisioned := calls
		provisioned.Limitation = license("ann", 1).Limitation
		if standing, err = r.Recalculate(w.Context(), w.id, provisioned); err != nil || standing.Balance != 0 || *standing.Remaining != licensing.Token {
			t.Errorf("recalculated holders: %+v, %v", standing, err)
		}
		w.settle()
		if got := w.causes()[licensing.CauseRecounted]; got != 2 {
			t.Errorf("%d recounts made a difference, want 2", got)
		}
	})
}

func TestConsumptionsAreListed(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		var ids []string
		for n := range 4 {
			request := consumption("", 1)
			request.UserID, request.ClientID = fmt.Sprint("user ", n%2), fmt.Sprint("client ", n/2)
			request.Timestamp = began.AddDate(-1, 0, 0)
			if n == 3 {
				a.client.Inject(neverWrites) // it is in the account only
			}
			answer, err := a.Consume(w.Context(), w.id, request)
			w.succeeds(err)
			ids = append(ids, answer.TransactionID)
			time.Sleep(time.Hour)
		}
		_, err := b.rollBack(ids[0])
		w.succeeds(err)
		start := time.Now().Add(-4 * time.Hour)
		tests := map[string]struct {
			filter ledger.ConsumptionFilter
			want   []string
		}{
			"all that were not rolled back":        {ledger.ConsumptionFilter{}, ids[1:]},
			"of a user":                            {ledger.ConsumptionFilter{UserID: "user 1"}, []string{ids[1], ids[3]}},
			"of a client":                          {ledger.ConsumptionFilter{ClientID: "client 1"}, ids[2:]},
			"of a user at a client":                {ledger.ConsumptionFilter{ClientID: "client 1", UserID: "user 0"}, ids[2:3]},
			"from a time on":                       {ledger.ConsumptionFilter{From: start.Add(2 * time.Hour)}, ids[2:]},
			"until a time":                         {ledger.ConsumptionFilter{To: start.Add(2 * time.Hour)}, ids[1:2]},
			"of a limitation":                      {ledger.ConsumptionFilter{LimitationIDs: []string{"other", "calls"}}, ids[1:]},
			"of another limitation":                {ledger.ConsumptionFilter{LimitationIDs: []string{"other"}}, nil},
			"one":                                  {ledger.ConsumptionFilter{TransactionID: ids[2]}, ids[2:3]},
			"one that is not stored yet":           {ledger.ConsumptionFilter{TransactionID: ids[3]}, ids[3:]},
			"one that was rolled back":             {ledger.ConsumptionFilter{TransactionID: ids[0]}, nil},
			"one of another user":                  {ledger.ConsumptionFilter{TransactionID: ids[2], UserID: "user 1"}, nil},
			"one that there cannot be":             {ledger.ConsumptionFilter{TransactionID: "x"}, nil},
			"what the client said it was long ago": {ledger.ConsumptionFilter{To: start.AddDate(0, -1, 0)}, nil},
		}
		for name, test := range tests {
			found, err := b.consumptions(test.filter)
			w.succeeds(err)
			var got []string
			for _, view := range found {
				got = append(got, view.TransactionID)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s: got %v, want %v", name, got, test.want)
			}
		}
		a.client.Inject(nil)
		w.checkInvariants()
	})
}
