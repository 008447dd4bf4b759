package outbox

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// While a thousand records are moved, half as many again come onto pages, unless recording is held back.
func TestAnAccountThatMakesMoreThanIsMovedIsHeldBackUntilItIsHandedOver(t *testing.T) {
	b := newBench(t)
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

// lame is a store that takes longer for many records than recording waits.
type lame struct{ *memory }

func (l lame) Append(ctx context.Context, records []usage.Record) error {
	if until, bounded := ctx.Deadline(); bounded && time.Until(until) < appendTimeout/2 && len(records) > 200 {
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
			b.options.Store, b.options.Patience = lame{b.store}, 20*time.Millisecond
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
