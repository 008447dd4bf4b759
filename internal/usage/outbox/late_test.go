package outbox

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// hesitant is a store that takes the second commit when it is told what to answer.
type hesitant struct {
	*memory

	answer chan error
}

func (h hesitant) Append(ctx context.Context, records []usage.Record) error {
	if records[0].Sequence == 2 {
		if err := <-h.answer; err != nil {
			return err
		}
	}
	return h.memory.Append(ctx, records)
}

// The store is late with its answer, and others' pages take all the room.
func TestRecordsAreLostOnlyWhenTheStoreHasNotTakenThemLate(t *testing.T) {
	for name, paged := range map[string]bool{"straight to the store": false, "past the pages": true} {
		for _, test := range []struct {
			answer error
			stored []int64
			lost   int64
		}{
			{nil, []int64{2}, 0},
			{usage.ErrUnavailable, nil, 1},
		} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					b := newBench(t)
					store := hesitant{b.store, make(chan error)}
					b.options.Store, b.options.Clock, b.options.DropWhenFull = store, clock.RealClock{}, true
					b.spill.put(t, bad.Name, numbers(1, mostTogether)...)
					if paged {
						b.spill.put(t, good.Name, 1)
						test.stored = append([]int64{1}, test.stored...)
					}
					b.list(t)
					b.sum.maxBytes = b.sum.all.Bytes - objectBytes // also when the page of one record is moved
					for range 2 {
						if err := b.Record(t.Context(), good, commit(2)); !errors.Is(err, errSlow) || b.StateOf(good).Lost > 0 {
							t.Errorf("while the store may take it: %v, %d are lost", err, b.StateOf(good).Lost)
						}
						b.setUp(nil) // it is there, and not given the same once more
						b.lane(good).spilled.Store(paged)
					}
					store.answer <- test.answer
					synctest.Wait()
					if err := b.Record(t.Context(), good, commit(2)); err != nil || b.StateOf(good).Lost != test.lost {
						t.Errorf("in the end: %v, %d are lost, want %d", err, b.StateOf(good).Lost, test.lost)
					}
					if diff := cmp.Diff(test.stored, b.store.sequences(good.Name)); diff != "" {
						t.Errorf("stored (-want +got)\n%s", diff)
					}
				})
			})
		}
	}
}
