package ledger_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestPagesAreBounded(t *testing.T) {
	inBubble(t, 100_000, func(w *world) {
		bounded := func(o *ledger.Options) {
			tinyPages(o)
			o.ReceiptPages, o.ReceiptBytes = 8, 4<<10
		}
		a := w.replica("a", bounded).open()
		answered := map[int]ledger.OneOffAnswer{}
		var err error
		for n := 0; err == nil && n < 10_000; n++ {
			var answer ledger.OneOffAnswer
			if answer, err = a.oneOff(fmt.Sprint(n), 1+n%3); err == nil {
				answered[n] = answer
			}
			time.Sleep(time.Millisecond)
		}
		w.fails(err, ledger.ErrUnavailable)
		account := w.account()
		bytes := 0
		for _, page := range account.Pages {
			bytes += page.Bytes
		}
		if len(account.Pages) > 8 || bytes < 8*2<<10 || bytes > 8*4<<10 {
			w.Errorf("%d pages of %d bytes together", len(account.Pages), bytes)
		}
		_, err = a.oneOff("", 1)
		w.succeeds(err)
		w.replica("b", bounded).answersAgain(answered)
		time.Sleep(11 * time.Minute)
		a.buy(20_000, 20_020)
		w.checkInvariants()
	})
}

func TestAnAccountThatWasFullOfAnswersGoesOnWhenPagesCanBeStored(t *testing.T) {
	inBubble(t, 100_000, func(w *world) {
		engine := w.replica("a", tinyPages, func(o *ledger.Options) { o.ReceiptBytes = 4 << 10 }).open()
		engine.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpCreatePage {
				fault.Before = ledgertest.ErrLost
			}
			return fault
		})
		var err error
		answered := 0
		for ; err == nil && answered < 1000; answered++ {
			_, err = engine.oneOff(fmt.Sprint(answered), 1)
		}
		w.fails(err, ledger.ErrUnavailable)
		tries := engine.client.Calls()
		for range 20 {
			_, err = engine.oneOff("one more", 1)
			w.fails(err, ledger.ErrUnavailable)
		}
		if tries = engine.client.Calls() - tries; tries > 20+1 { // the catalog
			w.Errorf("%d calls of the store for 20 requests", tries)
		}
		engine.client.Inject(nil)
		time.Sleep(2 * time.Second)
		started := time.Now()
		for n := range 100 {
			_, err = untilDecided(func() (ledger.OneOffAnswer, error) { return engine.oneOff(fmt.Sprint("later ", n), 1) })
			w.succeeds(err)
			time.Sleep(time.Millisecond)
		}
		if took := time.Since(started); took > time.Second {
			w.Errorf("100 requests took %s", took)
		}
		w.checkInvariants()
	})
}

func TestManyKeysAtOnceWaitForAPage(t *testing.T) {
	inBubble(t, 100_000, func(w *world) {
		engine := w.replica("a", func(o *ledger.Options) { o.ReceiptTailBytes, o.ReceiptBytes = 1<<10, 8<<10 }).open()
		engine.client.Inject(func(call ledgertest.Call) ledgertest.Fault {
			if call.Op == ledgertest.OpCreatePage {
				return ledgertest.Fault{Delay: storeTimeout / 2}
			}
			return networkDelays(call)
		})
		var callers sync.WaitGroup
		for n := range 200 {
			callers.Go(func() {
				_, err := engine.oneOff(fmt.Sprint(n), 1)
				w.succeedsInBackground(err)
			})
		}
		for range 50 {
			started := time.Now()
			_, err := engine.oneOff("", 1)
			w.succeeds(err)
			if took := time.Since(started); took > 100*time.Millisecond {
				w.Errorf("a request without a key waited %s", took)
			}
		}
		callers.Wait()
		w.checkInvariants()
		w.expectUsed(250 * licensing.Token)
	})
}

func TestAnAccountStaysSmallAfterThousandsOfKeyedRequests(t *testing.T) {
	inBubble(t, 100_000, func(w *world) {
		engine := w.replica("a").open()
		engine.client.Inject(networkDelays)
		var callers sync.WaitGroup
		for caller := range 50 {
			callers.Go(func() {
				for n := range 100 {
					_, err := engine.oneOff(fmt.Sprint(caller, " ", n), 1)
					w.succeedsInBackground(err)
				}
			})
		}
		callers.Wait()
		w.settle()
		parts, err := w.account().Encode()
		w.succeeds(err)
		tail, pages := len(parts[ledger.PartReceipts]), len(parts[ledger.PartPages])
		t.Logf("after 5000 keyed requests: %d bytes of receipts and %d bytes that list %d pages", tail, pages, len(w.account().Pages))
		if tail+pages > 48<<10 {
			w.Errorf("the account has %d bytes of receipts and %d bytes of pages", tail, pages)
		}
		w.checkInvariants()
	})
}
