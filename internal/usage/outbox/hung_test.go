package outbox

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// hung is a store that is there, and takes nothing.
type hung struct {
	*memory

	hangs atomic.Bool
}

func (h *hung) Append(ctx context.Context, records []usage.Record) error {
	if h.hangs.Load() {
		<-ctx.Done()
		return ctx.Err()
	}
	return h.memory.Append(ctx, records)
}

// A follower moves nothing, and only tries to hand over the account that it charges.
func TestAStoreThatTakesNothingIsNotSaidToAnswerBecauseItIsThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		store := &hung{memory: b.store}
		store.hangs.Store(true)
		b.options.Store, b.options.Leads = store, func() bool { return false }
		b.list(t)
		b.setUp(errSlow)
		next := int64(1)
		b.spill.listing = func() {
			b.clock.Step(time.Second)
			if err := b.Record(t.Context(), good, commit(next)); err != nil {
				t.Error(err)
			}
			next++
		}
		for range 3 {
			if b.look(t); !b.down.Load() {
				t.Error("the store is said to answer")
			}
		}
		store.hangs.Store(false)
		b.look(t)
		if diff := cmp.Diff(numbers(1, next-1), b.store.sequences(good.Name)); diff != "" || b.down.Load() || b.lane(good).spilled.Load() {
			t.Errorf("in the end it is down: %t, and what is recorded becomes pages: %t; (-want +got)\n%s", b.down.Load(), b.lane(good).spilled.Load(), diff)
		}
	})
}
