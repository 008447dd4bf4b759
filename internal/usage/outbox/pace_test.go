package outbox

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// While a thousand records are moved, half as many again come onto pages, unless recording is held back.
func TestAnAccountThatMakesMoreThanIsMovedIsHeldBackUntilItIsHandedOver(t *testing.T) {
	b := newBench(t)
	b.options.Patience = time.Hour
	next := int64(1)
	put := func(pages int) {
		for range pages {
			b.spill.put(t, good.Name, numbers(next, next+mostTogether/2-1)...)
			next += mostTogether / 2
		}
	}
	put(6)
	way := b.lane(good)
	b.store.refuse = func(record usage.Record) bool {
		if record.Sequence%mostTogether == 1 {
			b.clock.Step(time.Second)
			if way.mu.TryLock() {
				way.made.Add(2)
				put(3)
				way.records.Add(3 * mostTogether / 2)
				way.mu.Unlock()
			}
		}
		return false
	}
	b.look(t)
	if left := len(b.spill.of(good)); left > 0 || way.spilled.Load() {
		t.Errorf("after a turn there are %d pages, of 6 in the beginning", left)
	}
	if diff := cmp.Diff(numbers(1, next-1), b.store.sequences(good.Name)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// lame is a store that takes longer for many records than recording waits. It counts how often it was waited for in vain.
type lame struct {
	*memory

	many   int
	waited atomic.Int64
}

func (l *lame) Append(ctx context.Context, records []usage.Record) error {
	if until, bounded := ctx.Deadline(); bounded && time.Until(until) < appendTimeout/2 && len(records) >= l.many {
		l.waited.Add(1)
		<-ctx.Done()
		return usage.ErrUnavailable
	}
	return l.memory.Append(ctx, records)
}

func TestWhatTakesTooLongWhileRecordingWaitsIsMovedInSmallerPieces(t *testing.T) {
	for name, move := range map[string]func(*bench, *turns, []Page) error{
		"when it is handed over": func(b *bench, t *turns, _ []Page) error { return b.catchUp(context.Background(), t, good) },
		"when it is held back": func(b *bench, t *turns, pages []Page) error {
			t.pace.account = good
			b.lane(good).records.Store(1 << 20)
			return b.moveInPace(context.Background(), pages, t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.options.Store, b.options.Patience = &lame{memory: b.store, many: 201}, 20*time.Millisecond
			var pages []Page
			for first := int64(1); first < mostTogether; first += 100 {
				pages = append(pages, b.spill.put(t, good.Name, numbers(first, first+99)...))
			}
			b.lane(good).spilled.Store(true)
			turn := &turns{began: b.clock.Now(), stuck: map[ledger.AccountID]bool{}, atOnce: mostTogether}
			if err := move(b, turn, pages); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(numbers(1, mostTogether), b.store.sequences(good.Name)); diff != "" || turn.moved == 0 {
				t.Errorf("%d pages were moved; (-want +got)\n%s", turn.moved, diff)
			}
			// It only was too much at once.
			if turn.atOnce == mostTogether || b.down.Load() || b.StateOf(good).Refused != "" {
				t.Errorf("%d records at once, the store is down: %t, the state is %+v", turn.atOnce, b.down.Load(), b.StateOf(good))
			}
		})
	}
}

func TestRecordingWaitsOnceForAPageThatTakesTooLong(t *testing.T) {
	for _, held := range []bool{false, true} {
		for _, records := range []int64{600, 40} {
			t.Run(fmt.Sprintf("%d records, held back: %t", records, held), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t)
					store := &lame{memory: b.store, many: int(records)}
					b.options.Store = store
					page := b.spill.put(t, good.Name, numbers(1, records)...)
					way, turn := b.lane(good), &turns{began: b.clock.Now(), stuck: map[ledger.AccountID]bool{}, atOnce: mostTogether}
					way.spilled.Store(true)
					var err error
					if held {
						turn.pace.account = good
						way.records.Store(1 << 20)
						err = b.moveInPace(t.Context(), []Page{page}, turn)
					} else {
						err = b.catchUp(t.Context(), turn, good)
					}
					if err != nil || store.waited.Load() != 1 {
						t.Errorf("it was waited for %d times: %v", store.waited.Load(), err)
					}
					// A few records in a page of an account that is handed over are tried again in the next turn.
					if left := len(b.spill.of(good)); left > 0 && (held || records > few*2) {
						t.Errorf("%d pages are left", left)
					}
				})
			})
		}
	}
}

// While a page is moved for which recording does not wait, the account makes another one.
func TestAnAccountWithAPageThatTakesTooLongIsHandedOverBehindIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.options.Store = &lame{memory: b.store, many: 201}
		b.spill.put(t, good.Name, numbers(1, 600)...)
		way := b.lane(good)
		way.spilled.Store(true)
		b.store.refuse = func(record usage.Record) bool {
			if record.Sequence == 1 && way.mu.TryLock() {
				way.made.Add(2)
				b.spill.put(t, good.Name, numbers(601, 700)...)
				way.records.Add(100)
				way.mu.Unlock()
			}
			return false
		}
		if err := b.catchUp(t.Context(), &turns{began: b.clock.Now(), stuck: map[ledger.AccountID]bool{}, atOnce: mostTogether}, good); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(numbers(1, 700), b.store.sequences(good.Name)); diff != "" || way.spilled.Load() {
			t.Errorf("what is recorded becomes pages: %t; (-want +got)\n%s", way.spilled.Load(), diff)
		}
	})
}

func TestASinglePageOfManyRecordsIsTriedWhileRecordingWaits(t *testing.T) {
	b := newBench(t)
	b.options.Patience = time.Minute
	b.spill.put(t, good.Name, numbers(1, mostTogether+1)...)
	b.lane(good).spilled.Store(true)
	if left, err := b.handOver(t.Context(), good, mostTogether); err != nil || len(left) > 0 || b.lane(good).spilled.Load() {
		t.Errorf("%d pages are left: %v", len(left), err)
	}
}
