package ledger_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// bad is a network that loses, repeats and delays.
var bad = ledgertest.Storm{
	Conflict: 0.05, Lost: 0.05, Unanswered: 0.05, Late: 0.03, Slow: 0.5, MaxDelay: 5 * time.Millisecond,
}

func (r *replica) storm(storm ledgertest.Storm, seed uint64) {
	r.client.Inject(storm.Faults(rand.New(rand.NewPCG(seed, 0)), storeTimeout)) //nolint:gosec // repeatable, not secret
}

// untilDecided asks again for as long as the ledger cannot decide.
func untilDecided[T any](ask func() (T, error)) (T, error) {
	for {
		answer, err := ask()
		if !errors.Is(err, ledger.ErrUnavailable) {
			return answer, err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func TestExactlyAsManyClaimsAreGrantedAsThereAreTokens(t *testing.T) {
	const tokens, claims = 40, 100
	for seed := range uint64(50) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, tokens, func(w *world) {
				replicas := []*replica{w.replica("a").open(), w.replica("b").open()}
				for i, r := range replicas {
					r.storm(bad, 2*seed+uint64(i))
				}
				var mu sync.Mutex
				grants := 0
				var callers sync.WaitGroup
				for n := range claims {
					callers.Go(func() {
						answer, err := untilDecided(func() (ledger.OneOffAnswer, error) {
							return replicas[rand.IntN(len(replicas))].oneOff(fmt.Sprint("claim ", n), 1) //nolint:gosec // which one must not matter
						})
						mu.Lock()
						defer mu.Unlock()
						if err != nil {
							w.Errorf("claim %d: %v", n, err)
						}
						if granted(answer) {
							grants++
						}
					})
				}
				callers.Wait()
				for _, r := range replicas {
					r.client.Inject(nil)
					r.open()
				}
				w.checkInvariants()
				w.expectUsed(tokens * licensing.Token)
				recorded := w.causes()
				if grants != tokens || recorded[licensing.CauseOneOff] != tokens {
					w.Errorf("%d claims were granted and %d recorded, %d tokens were there", grants, recorded[licensing.CauseOneOff], tokens)
				}
				if denied := recorded[licensing.CauseRefused]; denied != claims-tokens {
					w.Errorf("%d denials are recorded of %d", denied, claims-tokens)
				}
			})
		})
	}
}

func TestADenialRestsOnTheNewestAccount(t *testing.T) {
	tests := []struct {
		name    string
		request func(r *replica, running, idle ledger.Subject) (bool, error)
	}{
		{"a claim", func(r *replica, _, idle ledger.Subject) (bool, error) {
			answer, err := r.claim(idle, 1, 1)
			return answer.Verdict == licensing.Granted, err
		}},
		{"a larger claim of a running session", func(r *replica, running, _ ledger.Subject) (bool, error) {
			answer, err := r.claim(running, 2, 2)
			return answer.Verdict == licensing.Granted, err
		}},
		{"a one-off request", func(r *replica, _, _ ledger.Subject) (bool, error) {
			answer, err := r.oneOff("", 10)
			return granted(answer), err
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, 20, func(w *world) {
				a, b := w.replica("a").open(), w.replica("b").open()
				session, running, idle := w.session(), w.session(), w.session()
				w.written(a.claim(session, 1, 1))
				w.written(a.claim(running, 1, 1))
				w.written(b.closeSession(session)) // a does not know that there are tokens again
				granted, err := test.request(a, running, idle)
				w.succeeds(err)
				if !granted {
					w.Error("denied on a stale account")
				}
				w.checkInvariants()
			})
		})
	}
}

func TestADenialRestsOnTheNewestCatalog(t *testing.T) {
	inBubble(t, 10, func(w *world) {
		engine := w.replica("a").open()
		w.memory.SetLiveCatalog(w.id, selling(20))
		answer, err := engine.claim(w.session(), 1, 2)
		w.succeeds(err)
		if answer.Verdict != licensing.Granted {
			w.Errorf("denied on a stale catalog: %s", answer.Message)
		}
		w.checkInvariants()
	})
}

func TestNothingToDoIsSaidOnlyOfTheNewestAccount(t *testing.T) {
	t.Run("a session that another replica claimed is halted", func(t *testing.T) {
		inBubble(t, 10, func(w *world) {
			a, b := w.replica("a").open(), w.replica("b").open()
			session := w.session()
			w.written(a.claim(session, 1, 1))
			w.written(a.halt(session))
			w.written(b.claim(session, 2, 1))
			if answer := w.written(a.halt(session)); !answer.Changed {
				w.Errorf("got %v for a session that is charged", answer.Verdict)
			}
			w.checkInvariants()
			w.expectUsed(0)
		})
	})
	t.Run("a user whom another replica gave a unit is revoked", func(t *testing.T) {
		inBubble(t, 0, func(w *world) {
			a, b := w.replica("a").open(), w.replica("b").open()
			ann := w.memory.CreateUser(w, w.id, "license", "ann")
			_, err := a.revoke(ann, license("ann", 1))
			w.succeeds(err)
			_, err = b.provision(ann, license("ann", 1))
			w.succeeds(err)
			answer, err := a.revoke(ann, license("ann", 1))
			w.succeeds(err)
			if !answer.Changed {
				w.Error("a held unit was not revoked")
			}
			w.checkInvariants()
		})
	})
	t.Run("a user from whom another replica took the unit is given one", func(t *testing.T) {
		inBubble(t, 0, func(w *world) {
			a, b := w.replica("a").open(), w.replica("b").open()
			ann := w.memory.CreateUser(w, w.id, "license", "ann")
			_, err := a.provision(ann, license("ann", 1))
			w.succeeds(err)
			_, err = b.revoke(ann, license("ann", 1))
			w.succeeds(err)
			answer, err := a.provision(ann, license("ann", 1))
			w.succeeds(err)
			if answer.Repeated || !answer.Granted {
				w.Errorf("got %+v for a user who holds nothing", answer.Provisioned)
			}
			w.checkInvariants()
		})
	})
	t.Run("a unit that another replica freed is given", func(t *testing.T) {
		inBubble(t, 0, func(w *world) {
			a, b := w.replica("a").open(), w.replica("b").open()
			ann, bob := w.memory.CreateUser(w, w.id, "license", "ann"), w.memory.CreateUser(w, w.id, "license", "bob")
			_, err := a.provision(ann, license("ann", 1))
			w.succeeds(err)
			_, err = b.revoke(ann, license("ann", 1))
			w.succeeds(err)
			answer, err := a.provision(bob, license("bob", 1))
			w.succeeds(err)
			if !answer.Granted {
				w.Errorf("refused on a stale account: %s", answer.Message)
			}
			w.checkInvariants()
		})
	})
}

func TestAPausedWriteThroughDoesNotOverwriteANewerState(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		session := w.session()
		release, landed, first := make(chan struct{}), make(chan struct{}), true
		a.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpWrite && first {
				first = false
				fault.Held, fault.Landed = release, landed
			}
			return fault
		})
		_, err := a.claim(session, 1, 1)
		w.succeeds(err)
		w.written(b.claim(session, 2, 3))
		w.written(b.closeSession(session))
		close(release)
		<-landed
		w.checkInvariants()
		if used := w.used(); used > licensing.Token {
			w.Errorf("%s tokens are used by a session that ran for seconds", used)
		}
	})
}

func TestATransactionLeftBehindIsFinishedAlsoWhenANewerOneWaitsForIt(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		session := w.session()
		a.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpWrite {
				a.client.KillLocked()
				fault.Before = ledgertest.ErrKilled
			}
			return fault
		})
		_, err := a.claim(session, 1, 1)
		w.succeeds(err)
		time.Sleep(time.Millisecond)
		answer := w.written(b.claim(session, 2, 2))
		if answer.Verdict != licensing.Granted {
			w.Errorf("got %v", answer.Verdict)
		}
		w.checkInvariants()
		sighting, err := w.memory.Read(w.Context(), session)
		w.succeeds(err)
		if revision := sighting.State.Revision(); revision != 2 {
			w.Errorf("the session is at revision %d", revision)
		}
	})
}

func TestAnotherReplicasTransactionsAreNotWrittenTwice(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		for n := range 20 {
			w.written(a.claim(w.session(), 1, 1))
			_, err := b.oneOff(fmt.Sprint(n), 1)
			w.succeeds(err)
		}
		w.checkInvariants()
		if deliveries := w.recording.Deliveries(); deliveries != 40 {
			w.Errorf("%d deliveries of 40 transactions", deliveries)
		}
	})
}
