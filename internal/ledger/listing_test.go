package ledger_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const listingTakes = storeTimeout * 4 / 5

// listings counts lists. They take a time, in the first half of which nothing has been listed yet, or everything has.
type listings struct {
	mu    sync.Mutex
	count int
	late  bool
}

func (l *listings) take(call ledgertest.Call) (fault ledgertest.Fault) {
	if call.Op != ledgertest.OpUsers && call.Op != ledgertest.OpConsumptions {
		return fault
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	if l.late {
		return ledgertest.Fault{Delay: listingTakes}
	}
	return ledgertest.Fault{Lag: listingTakes}
}

// recounted is a license of which ann, bob and eve hold a seat and a unit, and a replica that recounts it.
type recounted struct {
	*world
	a, b *replica
	listings
}

func (r *recounted) user(userID string) ledger.Subject { return r.memory.FindUser(userID) }

func (r *recounted) gives(by *replica, userID string) {
	r.Helper()
	user := r.user(userID)
	if (user == ledger.Subject{}) {
		user = r.memory.CreateUser(r, r.id, "license", userID)
	}
	answer, err := by.provision(user, license(userID, 100))
	r.succeeds(err)
	if answer.Written != nil {
		<-answer.Written
	}
}

func (r *recounted) release(userID string) {
	r.Helper()
	answer, err := r.a.Release(r.Context(), r.id, r.user(userID), license(userID, 100))
	r.succeeds(err)
	<-answer.Written
}

func (r *recounted) recount(by *replica) bool {
	changed, err := by.Recount(r.Context(), r.id, "license", []string{"feature"})
	r.succeedsInBackground(err)
	return changed
}

// whileListing does something in the middle of a listing.
func (r *recounted) whileListing(do func(*recounted), decide func()) {
	var deciding sync.WaitGroup
	deciding.Go(decide)
	time.Sleep(listingTakes / 4)
	do(r)
	deciding.Wait()
}

func inRecount(t *testing.T, late bool, test func(r *recounted)) {
	t.Helper()
	inBubble(t, 100, func(w *world) {
		r := &recounted{world: w, a: w.replica("a").open(), b: w.replica("b").open()}
		r.late = late
		for _, userID := range []string{"ann", "bob", "eve"} {
			r.gives(r.a, userID)
		}
		w.settle()
		r.a.client.Inject(r.take)
		test(r)
	})
}

func TestARecountIsExactWhateverHappensWhileItLists(t *testing.T) {
	type result struct {
		Changed         bool
		Listings, Units int
	}
	nothingWrong := func(units int) [2]result { return [2]result{{false, 1, units}, {false, 1, units}} }
	tests := map[string]struct {
		meanwhile func(r *recounted)
		// want is with lists that are made at once, and with such that are made late.
		want [2]result
	}{
		"nothing": {func(*recounted) {}, nothingWrong(3)},
		"a new user is given a unit": {func(r *recounted) {
			r.gives(r.a, "zoe")
		}, nothingWrong(4)},
		"a new user is given a unit, which is taken back and given again": {func(r *recounted) {
			r.gives(r.a, "zoe")
			r.release("zoe")
			r.gives(r.a, "zoe")
		}, nothingWrong(4)},
		"a new user of another license is given a unit": {func(r *recounted) {
			other := license("zoe", 100)
			other.ActivationID = "other"
			_, err := r.a.provision(r.memory.CreateUser(r, r.id, "other", "zoe"), other)
			r.succeeds(err)
		}, nothingWrong(3)},
		"a new client is given a token": {func(r *recounted) {
			_, err := r.a.provisionAlone(r.memory.CreateActivation(r, r.id, "license", "device"), token("device", 1))
			r.succeeds(err)
		}, nothingWrong(3)},
		"a unit is revoked": {func(r *recounted) {
			_, err := r.a.revoke(r.user("ann"), license("ann", 100))
			r.succeeds(err)
		}, nothingWrong(2)},
		"a unit is revoked and given again, and the seat moves": {func(r *recounted) {
			_, err := r.a.revoke(r.user("ann"), license("ann", 100))
			r.succeeds(err)
			_, err = r.a.takeSeat(r.user("ann"), "ann", red(1))
			r.succeeds(err)
			_, err = r.a.provisionAlone(r.user("ann"), license("ann", 100))
			r.succeeds(err)
		}, nothingWrong(3)},
		"a unit is revoked and never written": {func(r *recounted) {
			r.a.client.Inject(neverWrites)
			_, err := r.a.revoke(r.user("ann"), license("ann", 100))
			r.succeeds(err)
		}, nothingWrong(2)},
		"a user gives everything back and is deleted": {func(r *recounted) {
			r.release("ann")
			r.memory.Delete(r, r.user("ann"))
		}, nothingWrong(2)},
		"a user is replaced by another one of the same name": {func(r *recounted) {
			r.release("ann")
			r.memory.Recreate(r, r.user("ann"))
			r.gives(r.a, "ann")
		}, nothingWrong(3)},
		"a user is deleted": {func(r *recounted) {
			r.memory.Delete(r, r.user("ann"))
		}, [2]result{{false, 1, 3}, {true, 1, 2}}},
		"a user is deleted and given a unit all the same": {func(r *recounted) {
			user := r.user("ann")
			_, err := r.a.revoke(user, license("ann", 100))
			r.succeeds(err)
			r.memory.Delete(r, user)
			_, err = r.a.provisionAlone(user, license("ann", 100))
			r.succeeds(err) // the replica does not know yet
		}, [2]result{{false, 1, 3}, {true, 1, 2}}},
		"a user is deleted, which another recount notices": {func(r *recounted) {
			r.memory.Delete(r, r.user("ann"))
			r.a.client.Inject(nil)
			if !r.recount(r.a) {
				r.Error("the other recount did not notice")
			}
			r.a.client.Inject(r.take)
		}, [2]result{{false, 2, 2}, {false, 2, 2}}},
		"a user is deleted, which another replica notices": {func(r *recounted) {
			r.memory.Delete(r, r.user("ann"))
			if !r.recount(r.b) {
				r.Error("the other recount did not notice")
			}
		}, [2]result{{false, 2, 2}, {false, 2, 2}}},
		"another replica gives a unit": {func(r *recounted) {
			r.gives(r.b, "zoe")
		}, [2]result{{false, 2, 4}, {false, 2, 4}}},
		"another replica gives a unit, and this one hears of it": {func(r *recounted) {
			r.gives(r.b, "zoe")
			r.gives(r.a, "zac")
		}, [2]result{{false, 2, 5}, {false, 2, 5}}},
		"a commit fails and is made again": {func(r *recounted) {
			fail := true
			r.a.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
				if call.Op == ledgertest.OpCommit && fail {
					fail, fault.Before = false, ledgertest.ErrLost
				}
				return fault
			})
			r.gives(r.a, "zoe")
		}, nothingWrong(4)},
		"the answer to a commit is lost": {func(r *recounted) {
			lose := true
			r.a.client.Inject(func(call ledgertest.Call) ledgertest.Fault {
				if call.Op == ledgertest.OpCommit && lose {
					lose = false
					return ledgertest.Fault{After: ledgertest.ErrLost}
				}
				return r.take(call)
			})
			r.gives(r.a, "zoe")
		}, [2]result{{false, 2, 4}, {false, 2, 4}}},
		"more is given than can be kept": {func(r *recounted) {
			for range 100 {
				large := license("ann", 100)
				large.ExternalID = strings.Repeat("x", 100_000)
				_, err := r.a.revoke(r.user("ann"), large)
				r.succeeds(err)
				_, err = r.a.provisionAlone(r.user("ann"), large)
				r.succeeds(err)
			}
		}, [2]result{{false, 2, 3}, {false, 2, 3}}},
	}
	for name, test := range tests {
		for i, when := range []string{" after it listed", " before it lists"} {
			t.Run(name+when, func(t *testing.T) {
				inRecount(t, i == 1, func(r *recounted) {
					var got result
					r.whileListing(test.meanwhile, func() { got.Changed = r.recount(r.a) })
					got.Listings, got.Units = r.count, int(r.units()/licensing.Token)
					if diff := cmp.Diff(test.want[i], got); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
					r.a.client.Inject(nil)
					r.settle()
					r.recount(r.a)
					r.checkInvariants()
				})
			})
		}
	}
}

// Of a user who is gone nothing counts, whatever is still on its way to the object.
func TestARecountDoesNotCountOpenTransactionsOfWhoIsGone(t *testing.T) {
	inRecount(t, true, func(r *recounted) {
		r.a.client.Inject(func(call ledgertest.Call) ledgertest.Fault {
			if call.Op == ledgertest.OpWrite {
				return ledgertest.Fault{Delay: storeTimeout / 2, Before: ledgertest.ErrLost}
			}
			return r.take(call)
		})
		user := r.memory.CreateUser(r, r.id, "license", "zoe")
		_, err := r.a.provision(user, license("zoe", 100))
		r.succeeds(err)
		r.memory.Delete(r, user)
		changed := false
		r.whileListing(func(r *recounted) {
			// The replica does not know yet that the user is gone.
			_, err := r.a.revoke(user, license("zoe", 100))
			r.succeeds(err)
		}, func() { changed = r.recount(r.a) })
		if got := r.balance(licensing.SeatID).Consumed; !changed || r.units() != 3*licensing.Token || got != 3*licensing.Token {
			t.Errorf("changed is %v, %s units and %s seats are held", changed, r.units(), got)
		}
		r.a.client.Inject(nil)
		r.checkInvariants()
	})
}

func TestNobodyWaitsWhileObjectsAreListed(t *testing.T) {
	inRecount(t, false, func(r *recounted) {
		for name, count := range map[string]func() error{
			"users": func() error {
				_, err := r.a.Recount(r.Context(), r.id, "license", []string{"feature"})
				return err
			},
			"consumptions": func() error {
				_, err := r.a.Recalculate(r.Context(), r.id, calls)
				return err
			},
		} {
			r.whileListing(func(r *recounted) {
				started := time.Now()
				_, err := r.a.oneOff("", 1)
				r.succeeds(err)
				r.gives(r.a, "zoe")
				r.release("zoe")
				r.consumes(r.a, 1)
				if took := time.Since(started); took > listingTakes/4 {
					t.Errorf("while %s are listed requests take %s", name, took)
				}
			}, func() {
				started := time.Now()
				r.succeedsInBackground(count())
				if took := time.Since(started); took != listingTakes {
					t.Errorf("listing %s took %s, want once %s", name, took, listingTakes)
				}
			})
		}
		r.checkInvariants()
	})
}

// Another replica commits during each listing that lets it. It has to wait for none but the last.
func TestARecountEndsAlsoWhenOtherReplicasKeepCommitting(t *testing.T) {
	for _, deleted := range []bool{false, true} {
		inRecount(t, false, func(r *recounted) {
			if deleted {
				r.memory.Delete(r, r.user("ann"))
			}
			stop := make(chan struct{})
			var other sync.WaitGroup
			other.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(listingTakes * 7 / 16):
					}
					if r.listings.made() <= 3 {
						_, err := r.b.oneOff("", 1)
						r.succeedsInBackground(err)
					}
				}
			})
			r.b.client.Inject(nil)
			if changed := r.recount(r.a); changed != deleted {
				t.Errorf("changed is %v", changed)
			}
			close(stop)
			other.Wait()
			if r.count != 4 {
				t.Errorf("the users were listed %d times", r.count)
			}
			r.a.client.Inject(nil)
			r.checkInvariants()
		})
	}
}

func (l *listings) made() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

func TestAListThatFailsIsNoEmptyList(t *testing.T) {
	inRecount(t, false, func(r *recounted) {
		r.a.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpUsers || call.Op == ledgertest.OpConsumptions {
				fault.Before = ledgertest.ErrLost
			}
			return fault
		})
		_, err := r.a.Recount(r.Context(), r.id, "license", []string{"feature"})
		r.fails(err, ledger.ErrUnavailable)
		_, err = r.a.Recalculate(r.Context(), r.id, calls)
		r.fails(err, ledger.ErrUnavailable)
		r.a.client.Inject(nil)
		r.checkInvariants()
	})
}

func TestARecalculationIsExactWhateverHappensWhileItLists(t *testing.T) {
	tests := map[string]struct {
		meanwhile func(r *recounted, transaction string)
		listings  int
		want      licensing.Tokens
	}{
		"nothing":          {func(*recounted, string) {}, 1, 3},
		"more is consumed": {func(r *recounted, _ string) { r.consumes(r.a, 2) }, 1, 5},
		"more is consumed and never stored": {func(r *recounted, _ string) {
			r.a.client.Inject(neverWrites)
			r.consumes(r.a, 2)
		}, 1, 5},
		"it is rolled back": {func(r *recounted, transaction string) {
			_, err := r.a.rollBack(transaction)
			r.succeeds(err)
		}, 1, 0},
		"more is consumed and rolled back": {func(r *recounted, _ string) {
			more := r.consumes(r.a, 2)
			_, err := r.a.rollBack(more)
			r.succeeds(err)
			r.consumes(r.a, 1)
		}, 1, 4},
		"more is consumed of another limitation and another license": {func(r *recounted, _ string) {
			for _, other := range []func(*ledger.ConsumptionRequest){
				func(request *ledger.ConsumptionRequest) { request.Limitation.ID = "other" },
				func(request *ledger.ConsumptionRequest) { request.ActivationID = "other" },
			} {
				request := consumption("", 1)
				other(&request)
				_, err := r.a.Consume(r.Context(), r.id, request)
				r.succeeds(err)
			}
		}, 1, 3},
		"the period ends": {func(r *recounted, _ string) {
			_, err := r.a.ResetBalance(r.Context(), r.id, calls)
			r.succeeds(err)
			r.consumes(r.a, 2)
		}, 1, 2},
		"another replica consumes": {func(r *recounted, _ string) { r.consumes(r.b, 2) }, 2, 5},
		"another one rolls it back": {func(r *recounted, transaction string) {
			_, err := r.b.rollBack(transaction)
			r.succeeds(err)
		}, 2, 0},
		"users are recounted": {func(r *recounted, _ string) {
			r.memory.Delete(r, r.user("ann"))
			r.a.client.Inject(nil)
			r.recount(r.a)
			r.a.client.Inject(r.take)
		}, 2, 3},
	}
	for name, test := range tests {
		for _, late := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				inRecount(t, late, func(r *recounted) {
					transaction := r.consumes(r.a, 3)
					r.settle()
					var standing licensing.Standing
					r.whileListing(func(r *recounted) { test.meanwhile(r, transaction) }, func() {
						var err error
						standing, err = r.a.Recalculate(r.Context(), r.id, calls)
						r.succeedsInBackground(err)
					})
					if want := test.want * licensing.Token; standing.Balance != want || r.consumed() != want || r.count != test.listings {
						t.Errorf("recalculated %s, stored %s, want %s; %d listings", standing.Balance, r.consumed(), want, r.count)
					}
					r.a.client.Inject(nil)
					r.checkInvariants()
					for _, transaction := range r.recording.Transactions(r.id) {
						if transaction.Cause == licensing.CauseRecounted && name != "users are recounted" {
							t.Errorf("a balance that was right was changed by %v", transaction.Units)
						}
					}
				})
			})
		}
	}
}

// Whoever gives up a recount leaves nothing behind that goes on.
func TestARecountThatNobodyWaitsForIsGivenUp(t *testing.T) {
	inRecount(t, false, func(r *recounted) {
		r.a.client.Inject(slow(ledgertest.OpUsers, time.Hour))
		_, err := r.a.Recount(r.Context(), r.id, "license", []string{"feature"})
		r.fails(err, ledger.ErrUnavailable)
		r.a.client.Inject(nil)
		synctest.Wait()
		before := r.a.client.Calls()
		time.Sleep(time.Hour)
		if calls := r.a.client.Calls() - before; calls > 0 {
			t.Errorf("%d calls of the store afterwards", calls)
		}
		r.gives(r.a, "zoe")
		r.checkInvariants()
	})
}
