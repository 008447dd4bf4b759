package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// three are replicas that share an account over a bad network.
func (w *world) three(seed uint64) []*replica {
	replicas := []*replica{w.replica("a").open(), w.replica("b").open(), w.replica("c").open()}
	for i, r := range replicas {
		r.storm(bad, 3*seed+uint64(i))
	}
	return replicas
}

// calm ends the storm and lets everything come to rest.
func (w *world) calm(replicas []*replica) {
	for _, r := range replicas {
		r.client.Inject(nil)
		r.open()
	}
	w.settle()
	_, err := replicas[0].Recount(w.Context(), w.id, "license", []string{"feature"})
	w.succeeds(err)
	w.checkInvariants()
}

// crowd asks as many times as wanted at once, each time until it is decided, and counts what is granted.
func (w *world) crowd(replicas []*replica, many int, ask func(r *replica, n int) (bool, error)) int {
	var (
		mu      sync.Mutex
		grants  int
		callers sync.WaitGroup
	)
	for n := range many {
		callers.Go(func() {
			granted, err := untilDecided(func() (bool, error) {
				return ask(replicas[rand.IntN(len(replicas))], n) //nolint:gosec // which one must not matter
			})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				w.Errorf("request %d: %v", n, err)
			}
			if granted {
				grants++
			}
		})
	}
	callers.Wait()
	return grants
}

func TestTheLastUnitIsGivenOnce(t *testing.T) {
	const many = 200
	everybody := func(w *world, n int) (ledger.Subject, string) {
		userID := fmt.Sprint("user ", n)
		return w.memory.FindUser(userID), userID
	}
	tests := []struct {
		name string
		ask  func(w *world, r *replica, n int) (bool, error)
		unit string
	}{
		{"of seats", func(w *world, r *replica, n int) (bool, error) {
			user, userID := everybody(w, n)
			answer, err := r.takeSeat(user, userID, seats(1))
			return answer.Granted, err
		}, licensing.SeatID},
		{"of a group's seats", func(w *world, r *replica, n int) (bool, error) {
			user, userID := everybody(w, n)
			answer, err := r.takeSeat(user, userID, red(1))
			return answer.Granted, err
		}, licensing.GroupSeatID("red")},
		{"of a limitation", func(w *world, r *replica, n int) (bool, error) {
			user, userID := everybody(w, n)
			answer, err := r.provision(user, license(userID, 1))
			return answer.Granted, err
		}, "feature"},
		{"of tokens", func(w *world, r *replica, n int) (bool, error) {
			_, userID := everybody(w, n)
			answer, err := r.provisionAlone(w.clients[n], token(userID, 1))
			return answer.Granted, err
		}, licensing.TokenID},
		{"of a consumption", func(_ *world, r *replica, n int) (bool, error) {
			request := consumption(fmt.Sprint("request ", n), 10)
			answer, err := r.Consume(r.world.Context(), r.world.id, request)
			return answer.Granted, err
		}, "calls"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(3) {
				inBubble(t, 0, func(w *world) {
					for n := range many {
						w.memory.CreateUser(w, w.id, "license", fmt.Sprint("user ", n))
						w.clients = append(w.clients, w.memory.CreateActivation(w, w.id, "license", fmt.Sprint("client ", n)))
					}
					replicas := w.three(seed)
					if grants := w.crowd(replicas, many, func(r *replica, n int) (bool, error) { return test.ask(w, r, n) }); grants != 1 {
						t.Errorf("%d of %d were granted, want 1", grants, many)
					}
					w.calm(replicas)
					want := licensing.Token
					if test.unit == "calls" {
						want *= 10
					}
					if got := w.balance(test.unit).Consumed; got != want {
						t.Errorf("the balance is %s, want %s", got, want)
					}
				})
			}
		})
	}
}

func TestRepeatedRequestsOfOneUserMakeOneHolding(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		ann := w.memory.CreateUser(w, w.id, "license", "ann")
		replicas := w.three(1)
		_, err := untilDecided(func() (ledger.UserAnswer, error) { return replicas[0].takeSeat(ann, "ann", seats(1)) })
		w.succeeds(err)
		var mu sync.Mutex
		transactions := map[string]bool{}
		grants := w.crowd(replicas, 50, func(r *replica, _ int) (bool, error) {
			answer, err := r.provisionAlone(ann, license("ann", 3))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				transactions[answer.Holding.TransactionID] = true
			}
			return answer.Granted, err
		})
		if grants != 50 || len(transactions) != 1 {
			w.Errorf("%d of 50 were granted as %d transactions, want all as one", grants, len(transactions))
		}
		w.calm(replicas)
		if got := w.balance("feature").Consumed; got != licensing.Token {
			w.Errorf("%s units are held, want 1", got)
		}
	})
}

// A user is deleted while others ask on the user's behalf. What was given in vain is found by the recount.
func TestDeletionsLeaveNothingHeld(t *testing.T) {
	for seed := range uint64(5) {
		inBubble(t, 0, func(w *world) {
			var users []ledger.Subject
			for n := range 20 {
				users = append(users, w.memory.CreateUser(w, w.id, "license", fmt.Sprint("user ", n)))
			}
			replicas := w.three(seed)
			var deletions sync.WaitGroup
			deletions.Go(func() {
				random := rand.New(rand.NewPCG(seed, 9)) //nolint:gosec // repeatable, not secret
				for n, user := range users {
					time.Sleep(time.Duration(random.Int64N(int64(20 * time.Millisecond))))
					if n%2 == 0 {
						w.memory.Delete(w, user)
					}
				}
			})
			w.crowd(replicas, len(users), func(r *replica, n int) (bool, error) {
				answer, err := r.provision(users[n], license(fmt.Sprint("user ", n), 20))
				if isGone(err) {
					err = nil
				}
				return answer.Granted, err
			})
			deletions.Wait()
			w.calm(replicas)
			if got := w.balance("feature").Consumed; got != 10*licensing.Token {
				w.Errorf("%s units are held by the 10 who are left", got)
			}
			if got := w.balance(licensing.SeatID).Consumed; got != 10*licensing.Token {
				w.Errorf("%s seats are held by the 10 who are left", got)
			}
		})
	}
}

func TestASeatAndTheGroupsSeatGoTogether(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		r := w.replica("a").open()
		ann, bob := w.memory.CreateUser(w, w.id, "license", "ann"), w.memory.CreateUser(w, w.id, "license", "bob")
		balances := func(seats, inRed, inBlue licensing.Tokens) {
			t.Helper()
			for id, want := range map[string]licensing.Tokens{licensing.SeatID: seats, licensing.GroupSeatID("red"): inRed, licensing.GroupSeatID("blue"): inBlue} {
				if got := w.balance(id).Consumed; got != want*licensing.Token {
					t.Errorf("%s is %s, want %d", id, got, want)
				}
			}
		}
		take := func(user ledger.Subject, userID string, limits licensing.Seating, refusedBy string) {
			t.Helper()
			answer, err := r.takeSeat(user, userID, limits)
			w.succeeds(err)
			if answer.RefusedBy != refusedBy || answer.Granted != (refusedBy == "") {
				t.Errorf("%s: got %+v", userID, answer)
			}
		}
		take(ann, "ann", red(1), "")
		balances(1, 1, 0)
		take(bob, "bob", red(1), licensing.GroupSeatID("red"))
		balances(1, 1, 0)
		take(ann, "ann", licensing.Seating{Limit: new(int32(1)), GroupID: "blue"}, "")
		balances(1, 0, 1)
		take(bob, "bob", licensing.Seating{Limit: new(int32(1)), GroupID: "red", GroupLimit: new(int32(1))}, licensing.SeatID)
		balances(1, 0, 1)

		_, err := r.provisionAlone(ann, license("ann", 1))
		w.succeeds(err)
		freed, err := r.freeSeat(ann, "ann")
		w.succeeds(err)
		if again, err := r.freeSeat(ann, "ann"); err != nil || again.Changed || !freed.Changed {
			t.Errorf("freed %v, then %v, %v", freed.Changed, again.Changed, err)
		}
		balances(0, 0, 0)
		if got := w.balance("feature").Consumed; got != licensing.Token {
			t.Errorf("an inactive user holds %s units, want the one of before", got)
		}
		_, err = r.provisionAlone(ann, ledger.License{ActivationID: "license", UserID: "ann", Active: true, Limitation: licensing.Limitation{ID: "other", UserProvisioning: true}})
		w.refuses(err, licensing.InactiveUser)

		released, err := r.Release(w.Context(), w.id, ann, license("ann", 1))
		w.succeeds(err)
		if !released.Changed || w.balance("feature").Consumed != 0 {
			t.Errorf("released %v, %s units are held", released.Changed, w.balance("feature").Consumed)
		}
		w.checkInvariants()
	})
}
