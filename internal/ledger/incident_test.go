package ledger_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func (w *world) halted(err error) ledger.Incident {
	w.Helper()
	var halted *ledger.HaltedError
	if !errors.As(err, &halted) || !errors.Is(err, ledger.ErrUnavailable) {
		w.Fatalf("got error %v, want a halt", err)
	}
	return halted.Incident
}

// anchorNow lets the Instance remember the stored account, as its controller does.
func (w *world) anchorNow(accepted string) {
	w.Helper()
	account, _, err := w.memory.LoadAccount(w.Context(), w.id)
	if errors.Is(err, ledger.ErrAccountMissing) || errors.Is(err, ledger.ErrTampered) {
		anchor, _ := w.memory.Anchor(w.Context(), w.id)
		anchor.Accepted = accepted
		w.memory.SetAnchor(w, w.id, anchor)
		return
	}
	w.succeeds(err)
	w.memory.SetAnchor(w, w.id, ledger.Anchor{Sequence: account.Sequence, Hash: account.Hash, Accepted: accepted})
}

// accept does what an administrator does.
func (w *world) accept(incident ledger.Incident) {
	anchor, err := w.memory.Anchor(w.Context(), w.id)
	w.succeeds(err)
	anchor.Accepted = incident.ID
	w.memory.SetAnchor(w, w.id, anchor)
}

func TestChargingStopsOnAnAccountThatCannotBeTrusted(t *testing.T) {
	tests := []struct {
		name   string
		happen func(*world)
	}{
		{"missing", func(w *world) { w.memory.DeleteAccount(w, w.id) }},
		{"behind", func(w *world) { w.memory.RestoreAccount(w.id, 1) }},
		{"tampered", func(w *world) {
			w.memory.TamperAccount(w, w.id, ledger.PartUsage, func(text string) string { return strings.Replace(text, "30", "20", 1) })
		}},
		{"forked", func(w *world) {
			account, version, err := w.memory.LoadAccount(w.Context(), w.id)
			w.succeeds(err)
			account.Usage["tokens"]--
			_, err = w.memory.CommitAccount(w.Context(), account, version)
			w.succeeds(err)
		}},
		{"foreign", func(w *world) {
			other := w.memory.CreateInstance(w)
			stranger := w.replica("stranger")
			_, err := stranger.Open(w.Context(), other)
			w.succeeds(err)
			w.memory.CopyAccount(w.id, other)
		}},
	}
	for _, test := range tests {
		for _, restarted := range []bool{false, true} {
			name := test.name + " under a running replica"
			if restarted {
				name = test.name + " before a start"
			}
			t.Run(name, func(t *testing.T) {
				inBubble(t, 1000, func(w *world) {
					w.sound = false
					a, b := w.replica("a").open(), w.replica("b").open()
					session := w.session()
					w.written(a.claim(session, 1, 1))
					w.written(b.claim(session, 2, 3))
					w.settle()
					w.anchorNow("")
					test.happen(w)
					if restarted {
						a, b = w.replica("a again"), w.replica("b again")
					}

					_, err := a.oneOff("", 5)
					incident := w.halted(err)
					if !strings.HasPrefix(incident.ID, test.name+"-") {
						t.Errorf("got incident %+v", incident)
					}
					_, err = b.closeSession(session)
					w.halted(err)
					_, err = a.Open(w.Context(), w.id)
					w.halted(err)
					time.Sleep(time.Hour)
					_, err = a.oneOff("", 5)
					if again := w.halted(err); again.ID != incident.ID {
						t.Errorf("got incident %q, then %q", incident.ID, again.ID)
					}

					w.accept(incident)
					for _, r := range []*replica{a, b} { // b sees what a went on with at once
						_, err = r.Open(w.Context(), w.id)
						w.succeeds(err)
					}
					for _, r := range []*replica{a, b} {
						answer, err := r.oneOff("", 5)
						w.succeeds(err)
						if !granted(answer) {
							w.Errorf("got %v", answer)
						}
					}
					w.settle()
					account, _, err := w.memory.LoadAccount(w.Context(), w.id)
					w.succeeds(err)
					anchor, _ := w.memory.Anchor(w.Context(), w.id)
					if account.Sequence <= anchor.Sequence {
						w.Errorf("the account goes on with commit %d, the instance remembers %d", account.Sequence, anchor.Sequence)
					}
				})
			})
		}
	}
}

func TestAnAccountThatCannotBeReadCannotBeAccepted(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		a := w.replica("a").open()
		w.settle()
		w.memory.TamperAccount(w, w.id, ledger.PartHead, func(string) string { return "" })
		b := w.replica("b")
		_, err := b.oneOff("", 1)
		incident := w.halted(err)
		w.accept(incident)
		_, err = b.oneOff("", 1)
		w.halted(err)
		_, err = a.Snapshot(w.Context(), w.id, true)
		w.halted(err)
	})
}

func TestAChargeNeverCreatesAnAccount(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		a := w.replica("a")
		_, err := a.oneOff("", 1)
		w.fails(err, ledger.ErrUnavailable)
		_, _, err = w.memory.LoadAccount(w.Context(), w.id)
		w.fails(err, ledger.ErrAccountMissing)
		a.open()
		_, err = a.oneOff("", 1)
		w.succeeds(err)
		w.checkInvariants()
		w.expectUsed(licensing.Token)
	})
}

func TestTwoReplicasOpenOneAccount(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		a, b := w.replica("a"), w.replica("b")
		for _, r := range []*replica{a, b} {
			r.client.Inject(slow(ledgertest.OpCreate, 5*time.Millisecond))
		}
		failed := make(chan error, 2)
		for _, r := range []*replica{a, b} {
			go func() {
				_, err := r.Open(w.Context(), w.id)
				failed <- err
			}()
		}
		w.succeeds(<-failed)
		w.succeeds(<-failed)
		w.checkInvariants()
	})
}

func TestAReplicaThatHasSeenLessDoesNotGoOnFromARestoredAccount(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		w.sound = false
		a, b := w.replica("a").open(), w.replica("b").open()
		for range 10 {
			_, err := b.oneOff("", 1)
			w.succeeds(err)
		}
		w.settle()
		w.anchorNow("")
		w.memory.RestoreAccount(w.id, 5)
		_, err := a.oneOff("", 1)
		w.halted(err)
	})
}

// record is what the usage record remembers of the account.
type record struct {
	sequence int64
	err      error
}

func (r *record) known(o *ledger.Options) {
	o.LastRecorded = func(context.Context, ledger.AccountID) (int64, error) { return r.sequence, r.err }
}

func TestAnAccountThatWasRecordedDoesNotStartFromZero(t *testing.T) {
	down := errors.New("the usage store is down")
	t.Run("in a new cluster", func(t *testing.T) {
		inBubble(t, 1000, func(w *world) {
			records := &record{sequence: 7}
			engine := w.replica("a", records.known)
			_, err := engine.Open(w.Context(), w.id)
			incident := w.halted(err)
			if incident.ID != "missing-7" {
				t.Errorf("the incident is %s", incident.ID)
			}
			w.accept(incident)
			account, err := engine.Open(w.Context(), w.id)
			w.succeeds(err)
			if account.Sequence <= 7 {
				t.Errorf("the account goes on at commit %d", account.Sequence)
			}
		})
	})
	t.Run("where an older account was put", func(t *testing.T) {
		inBubble(t, 1000, func(w *world) {
			account, err := w.replica("a").open().Snapshot(w.Context(), w.id, true)
			w.succeeds(err)
			records := &record{sequence: account.Sequence + 1}
			_, err = w.replica("b", records.known).Open(w.Context(), w.id)
			if incident := w.halted(err); !strings.HasPrefix(incident.ID, "behind-") {
				t.Errorf("the incident is %s", incident.ID)
			}
		})
	})
	t.Run("while nobody can tell", func(t *testing.T) {
		inBubble(t, 1000, func(w *world) {
			records := &record{err: down}
			engine := w.replica("a", records.known)
			_, err := engine.Open(w.Context(), w.id)
			w.fails(err, ledger.ErrPastUnknown)
			w.fails(err, down)
			records.err = nil
			_, err = engine.Open(w.Context(), w.id)
			w.succeeds(err)
			records.err = down
			// One that is there charges nevertheless.
			_, err = w.replica("b", records.known).oneOff("", 1)
			w.succeeds(err)
		})
	})
	t.Run("which is as new as its records", func(t *testing.T) {
		inBubble(t, 1000, func(w *world) {
			engine := w.replica("a").open()
			_, err := engine.oneOff("", 1)
			w.succeeds(err)
			account, err := engine.Snapshot(w.Context(), w.id, true)
			w.succeeds(err)
			records := &record{sequence: account.Sequence}
			_, err = w.replica("b", records.known).oneOff("", 1)
			w.succeeds(err)
		})
	})
}
