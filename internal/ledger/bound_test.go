package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func small(o *ledger.Options) { o.OpenBytes = 4096 }

func TestAFullOpenListMakesCallersWait(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		engine := w.replica("a", small).open()
		w.recording.Fail(errors.New("the usage record is not there"))
		var callers sync.WaitGroup
		for range 300 {
			callers.Go(func() {
				_, err := engine.oneOff("", 1)
				w.succeedsInBackground(err)
			})
		}
		time.Sleep(10 * time.Second)
		account, _, err := w.memory.LoadAccount(w.Context(), w.id)
		w.succeeds(err)
		if parts, _ := account.Encode(); len(parts[ledger.PartOpen]) > 2*4096 {
			w.Errorf("the open list has %d bytes", len(parts[ledger.PartOpen]))
		}
		if _, err := engine.Snapshot(w.Context(), w.id, false); err != nil {
			w.Errorf("the figures cannot be read while the open list is full: %v", err)
		}
		w.recording.Fail(nil)
		callers.Wait()
		w.checkInvariants()
		w.expectUsed(300 * licensing.Token)
	})
}

func TestAFullOpenListIsNotWaitedForInALoop(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		engine := w.replica("a", small).open()
		w.recording.Fail(errors.New("the usage record is not there"))
		var callers sync.WaitGroup
		failures := make(chan error, 300)
		before := engine.client.Calls()
		for range 300 {
			callers.Go(func() {
				if _, err := engine.oneOff("", 1); err != nil {
					failures <- err
				}
			})
		}
		callers.Wait() // the callers' patience is 15 s
		close(failures)
		failed := 0
		for err := range failures {
			failed++
			w.fails(err, ledger.ErrUnavailable)
		}
		if calls := engine.client.Calls() - before; calls > 1000 {
			w.Errorf("%d calls of the store while nothing could be done", calls)
		}
		time.Sleep(time.Minute)
		before = engine.client.Calls()
		time.Sleep(time.Minute)
		if calls := engine.client.Calls() - before; calls > 0 {
			w.Errorf("%d calls of the store when nobody waited any more", calls)
		}
		w.recording.Fail(nil)
		w.checkInvariants()
		w.expectUsed(licensing.Tokens(300-failed) * licensing.Token)
	})
}

func TestWhatCanBeRecordedNowhereIsRefusedAtOnce(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		engine := w.replica("a", small).open()
		full := fmt.Errorf("%w: 7 bytes of 7 are used", ledger.ErrRecordFull)
		w.recording.Fail(full)
		charged := int64(0)
		for refused := false; !refused; {
			if _, err := engine.oneOff("", 1); err != nil {
				w.fails(err, full)
				w.fails(err, ledger.ErrUnavailable)
				refused = true
			} else {
				charged++
			}
		}
		if charged == 0 {
			w.Error("nothing was charged while there was room")
		}
		began := time.Now()
		if _, err := engine.oneOff("", 1); !errors.Is(err, full) || time.Since(began) > time.Second {
			w.Errorf("after %s: %v", time.Since(began), err)
		}
		w.recording.Fail(nil)
		time.Sleep(5 * time.Second) // until the record is tried again
		_, err := engine.oneOff("", 1)
		w.succeeds(err)
		w.checkInvariants()
		w.expectUsed(licensing.Tokens(charged+1) * licensing.Token)
	})
}

func TestCloseFinishesWhatIsUnderWay(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		engine := w.replica("a").open()
		engine.client.Inject(func(call ledgertest.Call) ledgertest.Fault {
			if call.Op == ledgertest.OpCommit || call.Op == ledgertest.OpWrite {
				return ledgertest.Fault{Delay: 20 * time.Millisecond}
			}
			return ledgertest.Fault{}
		})
		var callers sync.WaitGroup
		for range 50 {
			session := w.session()
			callers.Go(func() {
				_, err := engine.claim(session, 1, 1)
				w.succeedsInBackground(err)
			})
		}
		time.Sleep(5 * time.Millisecond)
		w.succeeds(engine.Close(w.Context()))
		callers.Wait()
		account, _, err := w.memory.LoadAccount(w.Context(), w.id)
		w.succeeds(err)
		if len(account.Open) > 0 {
			w.Errorf("%d transactions are open after closing", len(account.Open))
		}
		_, err = engine.oneOff("", 1)
		w.fails(err, ledger.ErrUnavailable)
		w.checkInvariants()
		w.expectUsed(500 * licensing.Token)
	})
}

func TestCloseGivesUpWhenItsContextEnds(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		engine := w.replica("a").open()
		w.recording.Fail(errors.New("the usage record is not there"))
		_, err := engine.oneOff("", 1)
		w.succeeds(err)
		ctx, cancel := context.WithTimeout(w.Context(), time.Second)
		defer cancel()
		w.fails(engine.Close(ctx), context.DeadlineExceeded)
		w.recording.Fail(nil)
		w.replica("b").open()
		w.checkInvariants()
		w.expectUsed(licensing.Token)
	})
}
