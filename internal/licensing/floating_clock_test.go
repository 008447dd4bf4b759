package licensing

import (
	"testing"
	"time"
)

// Replicas have clocks of their own. What one has decided, another one whose clock is behind must not undo.
func TestFloatingSessionsWithClocksApart(t *testing.T) {
	open := func(t *testing.T, r FloatingRegister, client string, minutes float64) FloatingRegister {
		t.Helper()
		next, _, err := r.Open(twoPlaces(), FloatingRequest{SessionID: "1", ClientID: client}, afterNoon(minutes))
		if err != nil {
			t.Fatal(err)
		}
		return next
	}
	count := func(t *testing.T, r FloatingRegister, minutes float64, want int) {
		t.Helper()
		if got := r.At(afterNoon(minutes)).Count(); got != want {
			t.Errorf("%d sessions are open, want %d", got, want)
		}
	}

	t.Run("a clock behind does not bring back what has ended", func(t *testing.T) {
		r := open(t, FloatingRegister{}, "a", 0)
		r = open(t, open(t, r, "b", 61), "c", 61)
		if _, _, err := r.Open(twoPlaces(), FloatingRequest{SessionID: "1", ClientID: "a"}, afterNoon(50)); err == nil {
			t.Error("the ended session was renewed beside two others")
		}
		count(t, r, 50, 2)
	})

	t.Run("what is opened with a clock behind lasts its whole period", func(t *testing.T) {
		r := open(t, FloatingRegister{}, "a", 50)
		r = open(t, r, "b", 0)
		count(t, r, 109, 2)
		count(t, r, 110, 0)
	})

	t.Run("a renewal with a clock behind shortens nothing", func(t *testing.T) {
		r := open(t, FloatingRegister{}, "a", 50)
		r = open(t, r, "a", 0)
		count(t, r, 109, 1)
	})

	t.Run("a clock behind by an hour still does no harm", func(t *testing.T) {
		r := open(t, FloatingRegister{}, "a", 60)
		r = open(t, r, "b", 0)
		count(t, r, 119, 2)
	})

	t.Run("what a clock a year ahead has written ends one period from now", func(t *testing.T) {
		const year = 525_600
		r := open(t, FloatingRegister{}, "a", year)
		count(t, r, 0, 1)
		r = open(t, r, "b", 0)
		count(t, r, 59, 2)
		count(t, r, 60, 0)
		if r.Time.After(afterNoon(1)) {
			t.Errorf("the register is still at %s", r.Time.Format(time.RFC3339))
		}
	})

	t.Run("what others opened before that clock was ahead keeps its time", func(t *testing.T) {
		r := FloatingRegister{Time: afterNoon(525_600), Sessions: []FloatingSession{
			{ID: "1", ClientID: "a", Created: afterNoon(0), Modified: afterNoon(10), Until: afterNoon(70)},
		}}
		count(t, r, 69, 1)
		count(t, r, 70, 0)
	})
}
