package audit_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
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
					time.Sleep(time.Duration(w.random.IntN(5)) * time.Second) // what was slow comes to its end
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

// Nobody is told that sums are right which nobody has looked at.
func TestSumsThatCouldNotBeComparedAreNoted(t *testing.T) {
	aged(t, func(w *world) {
		evidence := w.gather()
		at := len(w.records)
		w.between = func(reading string) {
			if reading == "sums" {
				further := w.records[at-1]
				further.ID = fmt.Sprint("further", len(w.records), "/0")
				w.append(further)
			}
		}
		w.succeeds(evidence.CompareSums(w.Context(), w.keeper))
		w.between = nil
		verdict := audit.Verify(evidence, nil, audit.Options{})
		if !verdict.Sound() || len(verdict.Notes) != 1 || !strings.Contains(verdict.Notes[0], "not compared with its totals: records came in between") {
			t.Errorf("%v %v", verdict.Findings, verdict.Notes)
		}
		w.succeeds(evidence.CompareSums(w.Context(), w.keeper))
		if verdict := audit.Verify(evidence, nil, audit.Options{}); len(verdict.Notes) > 0 {
			t.Errorf("compared, and yet: %v", verdict.Notes)
		}
	})
}

func TestTotalsAndSumsAreComparedWhileRecordsCome(t *testing.T) {
	aged(t, func(w *world) {
		compared := 0
		for range 50 {
			evidence := w.gather()
			w.between = func(string) {
				if w.random.IntN(4) == 0 {
					w.act()
					synctest.Wait()
				}
			}
			w.succeeds(evidence.CompareSums(w.Context(), w.keeper))
			w.between = nil
			if verdict := audit.Verify(evidence, nil, audit.Options{}); !verdict.Sound() {
				t.Fatalf("%v", verdict.Findings)
			}
			forged := w.summed[0]
			w.summed[0].Tokens, w.summed[0].Kind = forged.Tokens+1, usage.Charge
			w.succeeds(evidence.CompareSums(w.Context(), w.keeper))
			if verdict := audit.Verify(evidence, nil, audit.Options{}); !verdict.Sound() {
				compared++
			}
			w.summed[0] = forged
		}
		if compared != 50 {
			t.Errorf("the sums were compared %d times, want 50", compared)
		}
	})
}
