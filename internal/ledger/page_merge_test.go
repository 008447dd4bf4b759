package ledger_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
)

// A page that is put together of smaller ones takes no answers off the account. Who waits for room goes on waiting then.
func TestManyKeysAtOnceWaitWhilePagesArePutTogether(t *testing.T) {
	inBubble(t, 100_000, func(w *world) {
		engine := w.replica("a", tinyPages, func(o *ledger.Options) { o.ReceiptBytes = 6 << 10 }).open()
		made := 0
		for round := range 10 {
			engine.client.Inject(networkDelays)
			for range 20 + round { // small pages, until they are put together
				engine.buy(made, made+1)
				made++
				time.Sleep(10 * time.Millisecond)
			}
			engine.client.Inject(func(call ledgertest.Call) ledgertest.Fault {
				if call.Op == ledgertest.OpCreatePage {
					return ledgertest.Fault{Delay: storeTimeout / 4}
				}
				return networkDelays(call)
			})
			var callers sync.WaitGroup
			for n := range 100 {
				callers.Go(func() {
					_, err := engine.oneOff(fmt.Sprint("at once ", round, n), 1)
					w.succeedsInBackground(err)
				})
				if n%10 == 0 {
					time.Sleep(10 * time.Millisecond)
				}
			}
			callers.Wait()
		}
		w.checkInvariants()
	})
}
