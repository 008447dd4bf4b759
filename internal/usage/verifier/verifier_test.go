package verifier

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
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
	// less is what the store's sums lack, gone how many of the records of an account they are not of, keptFrom since when nothing
	// of an account was dropped.
	less     map[string]licensing.Tokens
	gone     map[string]int64
	keptFrom map[string]time.Time
	down     error
	// unreadable are accounts whose page of waiting records was altered, waiting is how many records of an account wait,
	// accepted which difference of it is accepted.
	unreadable map[string]bool
	waiting    map[string]int
	accepted   map[string]string
	// after is called after each reading of totals, and each of later by the first look at the accounts after so long.
	after func()
	later map[time.Duration]func()

	differing map[string]bool
	leading   []time.Duration
	verified  []time.Duration
	idle      bool
	began     time.Time
	log       logr.Logger
}

func (w *world) List(context.Context) (ids []ledger.AccountID, _ error) {
	for after, do := range w.later {
		if time.Since(w.began) > after {
			do()
			delete(w.later, after)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.accounts)) {
		ids = append(ids, ledger.AccountID{Namespace: "producer", Name: name})
	}
	return ids, nil
}

func (w *world) Of(id ledger.AccountID) audit.Ledger { return account{w, id} }

// recorded is how many records there are of each account.
const recorded = 9

func (w *world) Totals(_ context.Context, of usage.Account) (usage.Totals, error) {
	if w.after != nil {
		defer w.after()
	}
	return usage.Totals{Used: map[string]licensing.Tokens{"item": w.totals[of.Instance]}, Records: recorded}, w.down
}

func (w *world) Aggregate(_ context.Context, aggregation usage.Aggregation) ([]usage.Bucket, error) {
	name := aggregation.Instances[0]
	return []usage.Bucket{{Key: []string{"item"}, Records: recorded - w.gone[name], Charged: (w.totals[name] - w.less[name]).Sum()}}, w.down
}

func (w *world) KeptFrom(_ context.Context, query usage.Query) (time.Time, error) {
	return w.keptFrom[query.Instances[0]], w.down
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
	return func(yield func(usage.Record, error) bool) {
		if a.world.unreadable[a.id.Name] {
			yield(usage.Record{}, errors.New("a page was altered"))
			return
		}
		for i := range a.world.waiting[a.id.Name] {
			if !yield(usage.Record{ID: fmt.Sprint(i, "/0"), TransactionID: fmt.Sprint(i), Kind: usage.Denial}.Sealed(), nil) {
				return
			}
		}
	}
}

func (a account) Shown(context.Context) (map[string]licensing.Tokens, error) { return nil, nil }

func (a account) AcceptedDifference(context.Context) (string, error) {
	return a.world.accepted[a.id.Name], nil
}

func (w *world) Differs(account ledger.AccountID, differs bool) { w.differing[account.Name] = differs }
func (w *world) Leads(since time.Time) {
	w.leading = append(w.leading, since.Sub(w.began).Round(time.Minute))
}
func (w *world) Verified(at time.Time) {
	w.verified = append(w.verified, at.Sub(w.began).Round(time.Minute))
}
func (w *world) Idle() { w.idle = true }

func TestVerifier(t *testing.T) {
	tests := map[string]struct {
		world     *world
		follower  bool
		length    time.Duration
		differing map[string]bool
		verified  []time.Duration
		idle      bool
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
		"so is the one that the store has other sums of than totals": {
			world: &world{
				accounts: map[string]licensing.Tokens{"acme": 7, "other": 8}, totals: map[string]licensing.Tokens{"acme": 7, "other": 8},
				less: map[string]licensing.Tokens{"other": 1},
			},
			length: 10 * time.Minute, differing: map[string]bool{"acme": false, "other": true},
			verified: []time.Duration{5 * time.Minute},
		},
		"so is the one of which sums are gone, unless something of it was dropped": {
			world: &world{
				accounts: map[string]licensing.Tokens{"acme": 7, "other": 8}, totals: map[string]licensing.Tokens{"acme": 7, "other": 8},
				less: map[string]licensing.Tokens{"acme": 1, "other": 1}, gone: map[string]int64{"acme": 2, "other": 2},
				keptFrom: map[string]time.Time{"acme": time.Unix(0, 0)},
			},
			length: 10 * time.Minute, differing: map[string]bool{"acme": false, "other": true},
			verified: []time.Duration{5 * time.Minute},
		},
		"nothing is said while the store does not answer": {
			world:  &world{accounts: map[string]licensing.Tokens{"acme": 7}, down: errors.New("no route")},
			length: 150 * time.Minute, differing: map[string]bool{},
		},
		"an account that cannot be read holds up no other one, and not all are compared": {
			world: &world{
				accounts: map[string]licensing.Tokens{"acme": 7, "broken": 7, "other": 8}, totals: map[string]licensing.Tokens{"acme": 7, "broken": 7, "other": 9},
				unreadable: map[string]bool{"broken": true},
			},
			length: 150 * time.Minute, differing: map[string]bool{"acme": false, "other": true},
		},
		"an account of which much waits for the store is compared later": {
			world: &world{
				accounts: map[string]licensing.Tokens{"acme": 7, "long": 7}, totals: map[string]licensing.Tokens{"acme": 7, "long": 7},
				waiting: map[string]int{"acme": mostWaiting, "long": mostWaiting + 1},
			},
			length: 10 * time.Minute, differing: map[string]bool{"acme": false},
		},
		"a replica that does not lead leaves it to the one that does": {
			world:    &world{accounts: map[string]licensing.Tokens{"acme": 7}},
			follower: true, length: 70 * time.Minute, differing: map[string]bool{}, idle: true,
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
				if leads := len(w.leading) == 1 && w.leading[0] == 0; w.idle != test.idle || leads == test.idle {
					t.Errorf("idle %t, want %t; leads since %v", w.idle, test.idle, w.leading)
				}
			})
		})
	}
}

func TestAnAccountThatIsGoneDoesNotDiffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{accounts: map[string]licensing.Tokens{"acme": 7}}
		w.later = map[time.Duration]func(){30 * time.Minute: func() {
			if !w.differing["acme"] {
				t.Error("the account agrees with records that do not exist")
			}
			delete(w.accounts, "acme")
		}}
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

func TestWhatCouldNotBeComparedStaysAsItWasFound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{accounts: map[string]licensing.Tokens{"acme": 7}, unreadable: map[string]bool{}}
		w.later = map[time.Duration]func(){30 * time.Minute: func() { w.unreadable["acme"] = true }}
		w.run(t, true, 70*time.Minute)
		if diff := cmp.Diff(map[string]bool{"acme": true}, w.differing); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		if len(w.verified) != 1 {
			t.Errorf("verified at %v, want once", w.verified)
		}
	})
}

func TestAStoreThatDoesNotAnswerIsNotAskedForEveryAccount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		w := &world{accounts: map[string]licensing.Tokens{}, down: usage.ErrUnavailable, after: func() { asked++ }}
		for i := range 100 {
			w.accounts[fmt.Sprint(i)] = 7
		}
		w.run(t, true, 10*time.Minute)
		if asked != mostRefusals {
			t.Errorf("it was asked %d times, want %d", asked, mostRefusals)
		}
	})
}

func TestAnAcceptedDifferenceIsNoneUntilItIsAnotherOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var lines []string
		w := &world{accounts: map[string]licensing.Tokens{"acme": 7}, totals: map[string]licensing.Tokens{"acme": 5}, accepted: map[string]string{}}
		w.log = funcr.New(func(_, line string) { lines = append(lines, line) }, funcr.Options{Verbosity: 1})
		w.later = map[time.Duration]func(){30 * time.Minute: func() {
			if !w.differing["acme"] {
				t.Error("a difference that nobody has accepted is none")
			}
			found := regexp.MustCompile(`"difference"="([0-9a-f]{12})"`).FindStringSubmatch(strings.Join(lines, "\n"))
			if found == nil {
				t.Fatalf("the log names no difference: %v", lines)
			}
			w.accepted["acme"], lines = found[1], nil
		}, 4*time.Hour - 30*time.Minute: func() {
			if w.differing["acme"] {
				t.Error("a difference that was accepted is one")
			}
			if len(lines) != 1 || !strings.Contains(lines[0], "as was accepted") {
				t.Errorf("logged of the accepted difference: %v", lines)
			}
			w.accounts["acme"]++
		}}
		w.run(t, true, 5*time.Hour)
		if !w.differing["acme"] {
			t.Error("a further difference is accepted with the one before")
		}
		if len(w.verified) != 5 {
			t.Errorf("verified at %v", w.verified)
		}
	})
}

func TestWhoBeginsToLeadSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{accounts: map[string]licensing.Tokens{"acme": 7}, totals: map[string]licensing.Tokens{"acme": 7}}
		w.runWhile(t, func() bool {
			since := time.Since(w.began)
			return since > 30*time.Minute+30*time.Second && since < 90*time.Minute || since > 99*time.Minute+30*time.Second
		}, 110*time.Minute)
		if diff := cmp.Diff([]time.Duration{31 * time.Minute, 100 * time.Minute}, w.leading); diff != "" {
			t.Errorf("leads since (-want +got)\n%s", diff)
		}
		if diff := cmp.Diff([]time.Duration{36 * time.Minute, 105 * time.Minute}, w.verified); diff != "" {
			t.Errorf("verified (-want +got)\n%s", diff)
		}
	})
}

// run lets a verifier work for a while, in the time of the bubble.
func (w *world) run(t *testing.T, leads bool, d time.Duration) {
	t.Helper()
	w.runWhile(t, func() bool { return leads }, d)
}

func (w *world) runWhile(t *testing.T, leads func() bool, d time.Duration) {
	t.Helper()
	w.began, w.differing = time.Now(), map[string]bool{}
	verifier := &Verifier{
		Accounts: w, Records: w, Leads: leads, Observer: w, Clock: clock.RealClock{}, Log: w.log,
	}
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := verifier.Start(ctx); err != nil {
		t.Error(err)
	}
}
