package audit_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
)

func TestWhateverHappensAccountAndRecordsAreEqual(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint("history ", seed), func(t *testing.T) {
			inBubble(t, seed, func(w *world) {
				w.live(120)
				w.settle()
				verdict := w.expectSound()
				if verdict.Compared.Records < 40 || verdict.Compared.Replayed != verdict.Compared.Records || verdict.Compared.LineItems == 0 || verdict.Compared.Limitations == 0 {
					t.Errorf("too little happened: %+v", verdict.Compared)
				}
			})
		})
	}
}

// The account and the records move on between any two readings, the store fails and comes back, and transactions stay open
// because their objects cannot be written.
func TestVerifyingIsRightInTheMidstOfThings(t *testing.T) {
	readings, stored, spilled, open := 0, int64(0), int64(0), int64(0)
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("history ", seed), func(t *testing.T) {
			inBubble(t, seed, func(w *world) {
				w.live(30)
				w.between = func(string) {
					readings++
					for range w.random.IntN(4) {
						w.act()
					}
					switch w.random.IntN(7) {
					case 0, 1:
						w.drain(w.random.IntN(30))
					case 2:
						w.fail(true)
					case 3:
						w.fail(false)
					case 4:
						w.clients[w.random.IntN(2)].Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
							if call.Op == ledgertest.OpWrite {
								fault.Before = ledgertest.ErrLost
							}
							return fault
						})
					case 5:
						for _, client := range w.clients {
							client.Inject(nil)
						}
						synctest.Wait()
					case 6:
						w.delay(time.Duration(w.random.IntN(3)) * time.Second)
					}
				}
				for range 15 {
					compared := w.expectSound().Compared
					stored, spilled, open = stored+compared.Stored, spilled+compared.Spilled, open+compared.Open
				}
				w.between = nil
				w.delay(0)
				for _, client := range w.clients {
					client.Inject(nil)
				}
				w.settle()
				w.expectSound()
			})
		})
	}
	if readings == 0 || stored == 0 || spilled == 0 || open == 0 {
		t.Errorf("too little happened between %d readings: %d stored, %d spilled, %d open", readings, stored, spilled, open)
	}
}
