package ledger_test

import (
	"sync"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
)

// networkDelays are about those of an API server on the same machine.
func networkDelays(call ledgertest.Call) (fault ledgertest.Fault) {
	switch call.Op {
	case ledgertest.OpCatalog: // from a cache
	case ledgertest.OpCommit:
		fault.Delay = 1500 * time.Microsecond
	default:
		fault.Delay = 700 * time.Microsecond
	}
	return fault
}

func TestABusyReplicaDoesNotStarveAnother(t *testing.T) {
	inBubble(t, 1_000_000, func(w *world) {
		busy, quiet := w.replica("busy").open(), w.replica("quiet").open()
		busy.client.Inject(networkDelays)
		quiet.client.Inject(networkDelays)
		stop := make(chan struct{})
		var callers sync.WaitGroup
		for range 16 {
			callers.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						_, err := busy.oneOff("", 1)
						w.succeedsInBackground(err)
					}
				}
			})
		}
		session := w.session()
		started := time.Now()
		for generation := range int64(50) {
			_, err := untilDecided(func() (ledger.SessionAnswer, error) { return quiet.claim(session, generation+1, 1) })
			w.succeedsInBackground(err)
		}
		if took := time.Since(started) / 50; took > 200*time.Millisecond {
			w.Errorf("a claim took %s", took)
		}
		close(stop)
		callers.Wait()
		w.checkInvariants()
	})
}
