package ledger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func (w *world) commits() int {
	history, err := w.memory.History(w.id)
	w.succeeds(err)
	return len(history)
}

func TestManyCallersShareFewCommits(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		engine := w.replica("a").open()
		engine.client.Inject(slow(ledgertest.OpCommit, 2*time.Millisecond))
		before := w.commits()
		var callers sync.WaitGroup
		for range 200 {
			callers.Go(func() {
				if answer, err := engine.oneOff("", 1); err != nil || !granted(answer) {
					w.Errorf("got %v, %v", answer, err)
				}
			})
		}
		callers.Wait()
		if commits := w.commits() - before; commits > 5 {
			w.Errorf("%d commits for 200 callers", commits)
		}
		w.checkInvariants()
		w.expectUsed(200 * licensing.Token)
	})
}

func TestNobodyIsGrantedBeforeTheCommit(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		engine := w.replica("a").open()
		engine.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpCommit {
				fault.Before = ledgertest.ErrLost
			}
			return fault
		})
		_, err := engine.oneOff("", 1)
		w.fails(err, ledger.ErrUnavailable)
		w.expectUsed(0)
		engine.client.Inject(nil)
		_, err = engine.oneOff("", 1)
		w.succeeds(err)
		w.checkInvariants()
		w.expectUsed(licensing.Token)
	})
}

func TestALostAnswerIsSettledByReading(t *testing.T) {
	tests := []struct {
		name  string
		fault ledgertest.Fault
	}{
		{"lost before the write", ledgertest.Fault{Before: ledgertest.ErrLost}},
		{"lost after the write", ledgertest.Fault{After: ledgertest.ErrLost}},
		{"refused by a conflict", ledgertest.Fault{Before: ledger.ErrConflict}},
		{"taken for a conflict after the write", ledgertest.Fault{After: ledger.ErrConflict}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, 100, func(w *world) {
				engine := w.replica("a").open()
				session := w.session()
				once := false
				engine.client.Inject(func(call ledgertest.Call) ledgertest.Fault {
					if call.Op != ledgertest.OpCommit || once {
						return ledgertest.Fault{}
					}
					once = true
					return test.fault
				})
				answer := w.written(engine.claim(session, 1, 1))
				if answer.Verdict != licensing.Granted {
					w.Errorf("got %v", answer)
				}
				w.checkInvariants()
				w.expectUsed(10 * licensing.Token)
			})
		})
	}
}

// The lost commit grants; by the time of the second try nothing is on sale any more. Whichever lands, the answer says.
func TestALostCommitThatLandsLateNeverContradictsTheAnswer(t *testing.T) {
	for _, released := range []time.Duration{storeTimeout / 2, storeTimeout, storeTimeout + 10*time.Millisecond, storeTimeout + 60*time.Millisecond, 5 * storeTimeout, 30 * storeTimeout} {
		for _, lostReads := range []int{0, 3, 1000} {
			t.Run(fmt.Sprint(released, lostReads), func(t *testing.T) {
				inBubble(t, 10, func(w *world) {
					engine := w.replica("a").open()
					release, lost := make(chan struct{}), false
					time.AfterFunc(released, func() { close(release) })
					engine.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
						switch {
						case call.Op == ledgertest.OpCommit && !lost:
							lost = true
							fault.Held = release
							w.memory.SetCatalog(w.id, selling(0))
						case lost && call.Op == ledgertest.OpLoad && lostReads > 0:
							lostReads--
							fault.Before = ledgertest.ErrLost
						}
						return fault
					})
					answer, err := engine.oneOff("", 1)
					engine.client.Inject(nil)
					w.memory.SetCatalog(w.id, selling(10))
					time.Sleep(30 * storeTimeout)
					_, again := engine.oneOff("", 0) // finds whatever landed
					_ = again
					w.checkInvariants()
					switch used := w.used(); {
					case err != nil && !errors.Is(err, ledger.ErrUnavailable):
						w.Errorf("got error %v", err)
					case err == nil && granted(answer) != (used == licensing.Token):
						w.Errorf("got %v, but %s tokens are used", answer, used)
					}
				})
			})
		}
	}
}

func TestARequestThatCannotBeStoredLeavesNoTrace(t *testing.T) {
	for _, key := range []string{"", "key"} {
		t.Run("with key "+key, func(t *testing.T) {
			inBubble(t, 100, func(w *world) {
				engine := w.replica("a").open()
				broken := ledger.OneOffRequest{Items: items("cheap", 1), Idempotency: ledger.Idempotency{Key: key}}
				broken.Items[0].MetaData = json.RawMessage("{")
				if _, err := engine.OneOff(w.Context(), w.id, broken); err == nil {
					w.Error("no error for metadata that is not JSON")
				}
				_, err := engine.oneOff("", 2)
				w.succeeds(err)
				w.checkInvariants()
				w.expectUsed(2 * licensing.Token)
			})
		})
	}
}

func TestAnIdleLedgerMakesNoCalls(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		session := w.session()
		for generation := range 5 {
			w.written(a.claim(session, int64(2*generation+1), 1))
			w.written(b.claim(session, int64(2*generation+2), 2))
		}
		denied, err := a.claim(session, 99, 1000)
		w.succeeds(err)
		if denied.Verdict != licensing.Denied {
			w.Errorf("got %v", denied.Verdict)
		}
		w.settle()
		before, commits := a.client.Calls()+b.client.Calls(), w.commits()
		time.Sleep(time.Hour)
		if calls := a.client.Calls() + b.client.Calls() - before; calls > 0 {
			w.Errorf("%d calls in an idle hour", calls)
		}
		if made := w.commits(); made != commits {
			w.Errorf("%d commits in an idle hour", made-commits)
		}
		w.checkInvariants()
	})
}

func TestTheOpenListIsEmptiedAlsoAfterDenials(t *testing.T) {
	inBubble(t, 10, func(w *world) {
		engine := w.replica("a").open()
		engine.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			switch call.Op {
			case ledgertest.OpCatalog:
				fault.Delay = 20 * time.Millisecond
			case ledgertest.OpWrite:
				fault.Delay = 50 * time.Millisecond
			default:
			}
			return fault
		})
		var callers sync.WaitGroup
		for range 40 {
			session := w.session()
			callers.Go(func() {
				_, err := engine.claim(session, 1, 1)
				w.succeedsInBackground(err)
			})
			time.Sleep(5 * time.Millisecond)
		}
		callers.Wait()
		w.checkInvariants()
		w.expectUsed(10 * licensing.Token)
	})
}

func TestASnapshotIsAnAccountAtACommit(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		engine := w.replica("a").open()
		engine.client.Inject(slow(ledgertest.OpCommit, 2*time.Millisecond))
		var callers sync.WaitGroup
		var mu sync.Mutex
		snapshots := map[int64]ledger.Snapshot{}
		for range 50 {
			callers.Go(func() {
				_, err := engine.oneOff("", 1)
				w.succeedsInBackground(err)
			})
			callers.Go(func() {
				snapshot, err := engine.Snapshot(w.Context(), w.id, false)
				w.succeedsInBackground(err)
				mu.Lock()
				defer mu.Unlock()
				snapshots[snapshot.Sequence] = snapshot
			})
		}
		callers.Wait()
		history, err := w.memory.History(w.id)
		w.succeeds(err)
		for _, account := range history {
			snapshot, found := snapshots[account.Sequence]
			if found && (snapshot.Hash != account.Hash || snapshot.Usage["tokens"] != account.Usage["tokens"]) {
				w.Errorf("snapshot of commit %d says %s used, it was %s", account.Sequence, snapshot.Usage["tokens"], account.Usage["tokens"])
			}
		}
	})
}

func (w *world) succeedsInBackground(err error) {
	if err != nil {
		w.Errorf("unexpected error: %v", err)
	}
}
