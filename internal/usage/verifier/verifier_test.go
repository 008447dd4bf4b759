package verifier

import (
	"context"
	"errors"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

// world has accounts that say how many tokens are used of a line item, and a store that has totals of them.
type world struct {
	accounts map[string]licensing.Tokens
	totals   map[string]licensing.Tokens
	down     error
	// after is called after each reading of totals.
	after func()

	differing map[string]bool
	verified  []time.Duration
	idle      int
	began     time.Time
}

func (w *world) List(context.Context) (ids []ledger.AccountID, _ error) {
	for name := range w.accounts {
		ids = append(ids, ledger.AccountID{Namespace: "producer", Name: name})
	}
	return ids, nil
}

func (w *world) Of(id ledger.AccountID) audit.Ledger { return account{w, id} }

func (w *world) Totals(_ context.Context, of usage.Account) (usage.Totals, error) {
	if w.after != nil {
		defer w.after()
	}
	return usage.Totals{Used: map[string]licensing.Tokens{"item": w.totals[of.Instance]}}, w.down
}

func (w *world) Records(context.Context, usage.Query) iter.Seq2[usage.Record, error] {
	return func(func(usage.Record, error) bool) {}
}

type account struct {
	world *world
	id    ledger.AccountID
}

func (a account) Anchor(context.Context) (ledger.Anchor, error) { return ledger.Anchor{}, nil }

func (a account) Account(context.Context) (*ledger.Account, error) {
	return &ledger.Account{ID: a.id, Books: licensing.Books{Usage: map[string]licensing.Tokens{"item": a.world.accounts[a.id.Name]}}}, nil
}

func (a account) Spilled(context.Context) iter.Seq2[usage.Record, error] {
	return func(func(usage.Record, error) bool) {}
}

func (w *world) Differs(account ledger.AccountID, differs bool) { w.differing[account.Name] = differs }
func (w *world) Verified(at time.Time) {
	w.verified = append(w.verified, at.Sub(w.began).Round(time.Minute))
}
func (w *world) Idle() { w.idle++ }

func TestVerifier(t *testing.T) {
	tests := map[string]struct {
		world     *world
		follower  bool
		length    time.Duration
		differing map[string]bool
		verified  []time.Duration
		idle      int
	}{
		"accounts are compared soon after the start and every hour": {
			world:  &world{accounts: map[string]licensing.Tokens{"acme": 7}, totals: map[string]licensing.Tokens{"acme": 7}},
			length: 150 * time.Minute, differing: map[string]bool{"acme": false},
			verified: []time.Duration{5 * time.Minute, 65 * time.Minute, 125 * time.Minute},
		},
		"the one that differs is named": {
			world:  &world{accounts: map[string]licensing.Tokens{"acme": 7, "other": 8}, totals: map[string]licensing.Tokens{"acme": 7, "other": 9}},
			length: 10 * time.Minute, differing: map[string]bool{"acme": false, "other": true},
			verified: []time.Duration{5 * time.Minute},
		},
		"nothing is said while the store does not answer": {
			world:  &world{accounts: map[string]licensing.Tokens{"acme": 7}, down: errors.New("no route")},
			length: 150 * time.Minute, differing: map[string]bool{},
		},
		"a replica that does not lead leaves it to the one that does": {
			world:    &world{accounts: map[string]licensing.Tokens{"acme": 7}},
			follower: true, length: 70 * time.Minute, differing: map[string]bool{}, idle: 2,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := test.world
				w.run(t, !test.follower, test.length)
				if diff := cmp.Diff(test.differing, w.differing); diff != "" {
					t.Errorf("differing (-want +got)\n%s", diff)
				}
				if diff := cmp.Diff(test.verified, w.verified); diff != "" {
					t.Errorf("verified (-want +got)\n%s", diff)
				}
				if w.idle != test.idle {
					t.Errorf("was idle %d times, want %d", w.idle, test.idle)
				}
			})
		})
	}
}

func TestAnAccountThatIsGoneDoesNotDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{accounts: map[string]licensing.Tokens{"acme": 7}}
		time.AfterFunc(30*time.Minute, func() {
			if !w.differing["acme"] {
				t.Error("the account agrees with records that do not exist")
			}
			delete(w.accounts, "acme")
		})
		w.run(t, true, 70*time.Minute)
		if diff := cmp.Diff(map[string]bool{"acme": false}, w.differing); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

func TestADifferenceThatIsGoneAMomentLaterIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{accounts: map[string]licensing.Tokens{"acme": 7}, totals: map[string]licensing.Tokens{"acme": 6}}
		w.after = func() { w.totals["acme"] = 7 }
		w.run(t, true, 10*time.Minute)
		if diff := cmp.Diff(map[string]bool{"acme": false}, w.differing); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// run lets a verifier work for a while, in the time of the bubble.
func (w *world) run(t *testing.T, leads bool, d time.Duration) {
	w.began, w.differing = time.Now(), map[string]bool{}
	verifier := &Verifier{
		Accounts: w, Records: w, Leads: func() bool { return leads }, Observer: w, Clock: clock.RealClock{}, Log: logr.Discard(),
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := verifier.Start(ctx); err != nil {
		t.Error(err)
	}
}
