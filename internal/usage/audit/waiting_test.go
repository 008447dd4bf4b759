package audit_test

import (
	"errors"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

func TestNoMoreWaitingRecordsAreReadThanAllowed(t *testing.T) {
	aged(t, func(w *world) {
		w.fail(true)
		w.live(40)
		waiting := int64(len(w.waiting))
		if waiting < 20 {
			t.Fatalf("only %d records wait", waiting)
		}
		if _, err := audit.Gather(w.Context(), w.id, w.keeper, w.keeper, waiting-1); !errors.Is(err, audit.ErrManyWaiting) {
			t.Errorf("%d records wait, %d are allowed: %v", waiting, waiting-1, err)
		}
		evidence, err := audit.Gather(w.Context(), w.id, w.keeper, w.keeper, waiting)
		w.succeeds(err)
		if evidence.Spilled != waiting || !audit.Verify(evidence, nil, audit.Options{}).Sound() {
			t.Errorf("%d of %d records that wait were counted", evidence.Spilled, waiting)
		}
	})
}

// Many batches of look-ups, of records of which the store has some, in and beyond its totals.
func TestWaitingRecordsCountOnce(t *testing.T) {
	aged(t, func(w *world) {
		w.fail(true)
		w.live(400)
		waiting := len(w.waiting)
		w.drain(waiting / 4 * 2)
		w.between = func(reading string) {
			if reading == "account" { // after the totals
				w.drain(waiting / 8 * 2)
			}
		}
		compared := w.expectSound().Compared
		if compared.Spilled == 0 || compared.Stored == 0 || compared.Spilled+compared.Stored >= int64(waiting) {
			t.Errorf("%d records were made: %+v", waiting, compared)
		}
		w.between = nil
		w.settle()
		w.expectSound()
	})
}
