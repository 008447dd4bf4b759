package ledger_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
)

// alarm is told on which accounts charging has stopped.
type alarm struct {
	ledger.Unobserved

	mu   sync.Mutex
	told []bool
}

func (a *alarm) Halted(_ ledger.AccountID, halted bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, halted)
}

func (a *alarm) observes(o *ledger.Options) { o.Observer = a }

func (a *alarm) expect(t *testing.T, want ...bool) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if diff := cmp.Diff(want, a.told); diff != "" {
		t.Fatalf("what was reported (-want +got)\n%s", diff)
	}
}

// stopped has two replicas report that charging has stopped, because the account is missing.
func (w *world) stopped() (first, second *alarm, incident ledger.Incident) {
	w.Helper()
	w.sound = false
	first, second = &alarm{}, &alarm{}
	a, b := w.replica("a", first.observes).open(), w.replica("b", second.observes).open()
	w.settle()
	w.anchorNow("")
	w.memory.DeleteAccount(w, w.id)
	for _, r := range []*replica{a, b} {
		_, err := r.oneOff("", 1)
		incident = w.halted(err)
	}
	first.expect(w.T, true)
	second.expect(w.T, true)
	return first, second, incident
}

func TestNobodyNeedAskForWhatAReplicaReportsToEnd(t *testing.T) {
	t.Run("when the instance is deleted", func(t *testing.T) {
		inBubble(t, 1000, func(w *world) {
			first, second, _ := w.stopped()
			time.Sleep(time.Hour)
			first.expect(t, true)
			w.memory.SetAnchor(w, w.id, ledger.Anchor{Gone: true})
			w.settle()
			first.expect(t, true, false)
			second.expect(t, true, false)
		})
	})
	t.Run("when the incident is accepted", func(t *testing.T) {
		inBubble(t, 1000, func(w *world) {
			first, second, incident := w.stopped()
			w.accept(incident)
			w.settle()
			first.expect(t, true, false)
			second.expect(t, true, false)
		})
	})
	t.Run("when the instance is deleted, and what was recorded cannot be read", func(t *testing.T) {
		inBubble(t, 1000, func(w *world) {
			told, records := &alarm{}, &record{sequence: 7}
			_, err := w.replica("a", told.observes, records.known).Open(w.Context(), w.id)
			w.halted(err)
			told.expect(t, true)
			records.sequence, records.err = 0, errors.New("the usage store is down")
			w.memory.SetAnchor(w, w.id, ledger.Anchor{Gone: true})
			w.settle()
			told.expect(t, true, false)
		})
	})
	t.Run("when the store has been down meanwhile", func(t *testing.T) {
		inBubble(t, 1000, func(w *world) {
			first := &alarm{}
			a := w.replica("a", first.observes).open()
			w.settle()
			w.memory.TamperAccount(w, w.id, ledger.PartHead, func(string) string { return "" })
			_, err := a.Open(w.Context(), w.id)
			w.halted(err)
			a.client.Inject(func(ledgertest.Call) ledgertest.Fault { return ledgertest.Fault{Before: ledgertest.ErrLost} })
			w.settle()
			w.memory.SetAnchor(w, w.id, ledger.Anchor{Gone: true})
			w.settle()
			first.expect(t, true)
			a.client.Inject(nil)
			w.settle()
			first.expect(t, true, false)
		})
	})
}

func TestAnInstanceThatIsGoneIsNotReported(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		w.sound = false
		told := &alarm{}
		a := w.replica("a", told.observes).open()
		w.settle()
		w.memory.DeleteAccount(w, w.id)
		w.memory.SetAnchor(w, w.id, ledger.Anchor{Gone: true})
		// Sessions of it that are still there wait, and go on waiting.
		for range 3 {
			_, err := a.Snapshot(w.Context(), w.id, true)
			w.halted(err)
			time.Sleep(100 * time.Millisecond)
		}
		told.expect(t)

		w.memory.SetAnchor(w, w.id, ledger.Anchor{})
		_, err := a.Open(w.Context(), w.id)
		w.halted(err)
		told.expect(t, true)
	})
}
