package audit_test

import (
	"errors"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

func TestNoMoreWaitingRecordsAreReadThanAllowed(t *testing.T) {
	withWaiting(t, 40, func(w *world) {
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
	withWaiting(t, 400, func(w *world) {
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

// expectAccepted wants a number of movements to be as was accepted, and another number not to be.
func (w *world) expectAccepted(difference string) {
	w.Helper()
	w.accepted = difference
	evidence := w.gather()
	for more, agreed := range map[int64]bool{0: true, 1: false} {
		evidence.Account = evidence.Account.Clone()
		*evidence.Account.Movements += more
		replay, err := audit.Replayed(w.Context(), evidence, w.keeper)
		w.succeeds(err)
		verdict := audit.Verify(evidence, replay, audit.Options{})
		w.succeeds(verdict.Settle(w.Context(), w.keeper))
		if verdict.Agreed() != agreed || len(verdict.Findings) != 1 || (verdict.Difference == difference) != agreed {
			w.Errorf("%d more movements than were accepted as %s: %+v", more, difference, verdict)
		}
		*evidence.Account.Movements -= more
	}
	w.accepted = ""
}

// Sums do not show that a unit was given and taken back.
func TestRecordsThatMakeUpForEachOtherAreMissed(t *testing.T) {
	aged(t, func(w *world) {
		user := w.memory.CreateUser(w, w.id, "license", "visitor")
		license := ledger.License{
			ActivationID: "license", UserID: "visitor", Active: true,
			Limitation: licensing.Limitation{ID: "desk", UserProvisioning: true, ResetMode: licensing.ResetNever},
		}
		w.fail(true)
		_, err := w.any().TakeSeat(w.Context(), w.id, user, license, licensing.Seating{})
		w.succeeds(err)
		_, err = w.any().Provision(w.Context(), w.id, user, license, licensing.ConsumedHolding)
		w.succeeds(err)
		_, err = w.any().Release(w.Context(), w.id, user, license)
		w.succeeds(err)
		w.rest()
		lost := w.waiting
		if len(lost) != 4 {
			t.Fatalf("a seat and a unit, given and taken back, are %d records", len(lost))
		}
		w.expectSound()
		w.waiting = nil
		verdict := w.verdict()
		if len(verdict.Findings) != 1 || verdict.Findings[0].Kind != audit.MovementsDiffer || verdict.Difference == "" {
			t.Errorf("four lost records are %v, to be accepted as %q", verdict.Findings, verdict.Difference)
		}
		w.fail(false)
		w.live(20)
		w.rest()
		w.expectAccepted(verdict.Difference)
		w.fail(true)
		w.waiting = lost
		w.expectSound()
		w.waiting = lost[2:]
		if verdict := w.verdict(); verdict.Sound() || has(verdict, func(f audit.Finding) bool { return f.Kind == audit.MovementsDiffer }) {
			t.Errorf("where figures differ, the number is no news: %v", verdict.Findings)
		}
	})
}
