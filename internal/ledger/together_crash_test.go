package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// takesAlong is everything that takes units along with tokens, and what is refused for lack of either. Two units are
// there, and tokens for three desks.
func (s *shift) takesAlong() {
	session := s.session()
	do(s, func(r *replica) (ledger.SessionAnswer, error) {
		return r.uses(session, "ann", "ann claims", desk, visit)
	})
	do(s, func(r *replica) (ledger.OneOffAnswer, error) { return r.buys("bob", "bob buys", desk) })
	time.Sleep(time.Minute)
	noUnit := do(s, func(r *replica) (ledger.OneOffAnswer, error) { return r.buys("eve", "eve buys", desk) })
	if got := noUnit.Items[0].Status; got != licensing.ItemUserNotProvisioned {
		s.Errorf("%s with both units taken", got)
	}
	do(s, func(r *replica) (ledger.UserAnswer, error) {
		return r.revoke(s.memory.FindUser("bob"), license("bob", 2))
	})
	noTokens := do(s, func(r *replica) (ledger.OneOffAnswer, error) { return r.buys("eve", "eve buys more", desk, "item") })
	if diff := cmp.Diff([]licensing.ItemStatus{licensing.ItemGranted, licensing.ItemInsufficientTokens}, statuses(noTokens.Items)); diff != "" {
		s.Errorf("(-want +got):\n%s", diff)
	}
	do(s, func(r *replica) (ledger.SessionAnswer, error) { return r.closeSession(session) })
	s.settle()
	// Whoever leads looks at every account once in a while.
	do(s, func(r *replica) (ledger.Snapshot, error) { return r.Snapshot(s.Context(), s.id, true) })
}

// A replica dies at each of its calls of the store in turn, before or after that call took effect, and another one goes
// on. Tokens and unit are both there or neither is.
func TestACrashNeverSeparatesTokensFromTheirUnit(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n, survived := 1, false; !survived; n++ {
			t.Run(fmt.Sprintf("call %d, after it %v", n, after), func(t *testing.T) {
				inBubble(t, 0, func(w *world) {
					w.sellDesks(31, 2)
					opener := w.replica("opener").open()
					users := map[string]ledger.Subject{}
					for _, userID := range []string{"ann", "bob", "eve"} {
						users[userID] = opener.user(userID)
					}
					opener.stop()
					s := &shift{w, w.replica("first"), w.replica("second")}
					s.first.client.KillAt(n, after)
					s.takesAlong()
					survived = !s.first.client.Killed()
					w.checkInvariants()
					want := map[licensing.Cause]int{
						// A seat for each of three users, and a unit for each as well.
						licensing.CauseProvisioned: 6, licensing.CauseAccess: 1, licensing.CauseOneOff: 2, licensing.CauseRevoked: 1, licensing.CauseClosed: 1,
						licensing.CauseRefused: 1,
					}
					if diff := cmp.Diff(want, w.causes()); diff != "" {
						w.Errorf("transactions (-want +got):\n%s", diff)
					}
					w.expectUnits(2)
					for userID, holds := range map[string]bool{"ann": true, "bob": false, "eve": true} {
						if w.holds(users[userID]) != holds {
							w.Errorf("whether %s holds a unit is %v, want %v", userID, !holds, holds)
						}
					}
				})
			})
			if n > 500 {
				t.Fatal("the scenario never ends")
			}
		}
	}
}

// Both are committed, and the only replica dies before either object is written. Another one, on the same store, writes
// both.
func TestAnotherReplicaFinishesBothTransactions(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		w.sellDesks(1000, 1)
		first, session := w.replica("first").open(), w.session()
		ann := first.user("ann")
		w.settle()
		first.client.Inject(neverWrites)
		answer, err := first.uses(session, "ann", "", desk)
		w.succeeds(err)
		first.client.Kill()
		if w.holds(ann) || answer.Verdict != licensing.Granted {
			w.Fatalf("%s, holds is %v", answer.Verdict, w.holds(ann))
		}
		second := w.replica("second").open()
		// Before anything is written, the second one knows of both.
		again, err := second.uses(session, "ann", "", desk, visit)
		w.succeeds(err)
		if again.Verdict != licensing.Granted || licensing.TakenUnits(again.Items) != nil {
			w.Errorf("%s, and takes %v", again.Verdict, licensing.TakenUnits(again.Items))
		}
		w.checkInvariants()
		if !w.holds(ann) {
			w.Error("the user's object was never written")
		}
		w.expectUnits(1)
	})
}

func TestExactlyAsManyUsersAreAdmittedAsThereAreUnits(t *testing.T) {
	const units, users = 7, 40
	for seed := range uint64(30) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, 0, func(w *world) {
				w.sellDesks(10*users, units)
				replicas := []*replica{w.replica("a").open(), w.replica("b").open(), w.replica("c").open()}
				for n := range users {
					replicas[0].user(fmt.Sprint("user ", n))
				}
				sessions := make([]ledger.Subject, users)
				for n := range sessions {
					sessions[n] = w.session()
				}
				for i, r := range replicas {
					r.storm(bad, 3*seed+uint64(i))
				}
				var mu sync.Mutex
				admitted := 0
				var callers sync.WaitGroup
				for n := range users {
					callers.Go(func() {
						r, userID, key := replicas[rand.IntN(3)], fmt.Sprint("user ", n), fmt.Sprint("claim ", n) //nolint:gosec // which one must not matter
						items, err := untilDecided(func() ([]licensing.ItemResult, error) {
							if n%2 == 0 {
								answer, err := r.buys(userID, key, desk)
								return answer.Items, err
							}
							answer, err := r.uses(sessions[n], userID, key, desk)
							return answer.Items, err
						})
						mu.Lock()
						defer mu.Unlock()
						switch {
						case err != nil:
							w.Errorf("%s: %v", userID, err)
						case items[0].Status == licensing.ItemGranted:
							admitted++
						case items[0].Status != licensing.ItemUserNotProvisioned:
							w.Errorf("%s: %s", userID, items[0].Message)
						}
					})
				}
				callers.Wait()
				for _, r := range replicas {
					r.client.Inject(nil)
					r.open()
				}
				w.checkInvariants()
				w.expectUsed(units * deskRate)
				w.expectUnits(units)
				if taken := len(w.taken()); admitted != units || taken != units {
					w.Errorf("%d users were admitted and %d units taken, %d were there", admitted, taken, units)
				}
			})
		})
	}
}

// guest is a user who asks for desks in every way, and whose unit is taken back from time to time.
func (s *soak) guest(random *rand.Rand, userID string, session ledger.Subject, steps int) {
	for n := range steps {
		rest(random, 20*time.Minute)
		key := fmt.Sprint(userID, " ", n)
		_, err := untilDecided(func() (any, error) {
			r := s.any(random)
			switch random.IntN(6) {
			case 0:
				return r.buys(userID, key, desk)
			case 1:
				return r.buys(userID, key, visit, desk, "cheap")
			case 2:
				return r.uses(session, userID, key, desk, "cheap")
			case 3:
				return r.uses(session, userID, key, visit)
			case 4:
				return r.halt(session)
			default:
				return r.revoke(s.memory.FindUser(userID), license(userID, 3))
			}
		})
		s.succeedsInBackground(err)
	}
}

func TestTokensAndUnitsStayTogetherInAnyLife(t *testing.T) {
	seeds := uint64(10)
	if testing.Short() {
		seeds = 2
	}
	total := 0
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, 0, func(w *world) {
				random := func(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) } //nolint:gosec // repeatable, not secret
				w.sellDesks(100+int64(seed)*100, 3)
				s := &soak{world: w, answers: map[string]bool{}, options: func(*ledger.Options) {}}
				opener := w.replica("opener").open()
				for n := range 8 {
					opener.user(fmt.Sprint("guest ", n))
				}
				opener.stop()
				for n := range 2 + int(seed%2) {
					r := w.replica(fmt.Sprint("first ", n), s.options)
					r.storm(bad, seed*10+uint64(n))
					s.replicas = append(s.replicas, r)
				}
				var lives sync.WaitGroup
				for n := range uint64(8) {
					session := w.session()
					lives.Go(func() { s.guest(random(100+n), fmt.Sprint("guest ", n), session, 25) })
				}
				lives.Go(func() {
					crashes := random(400)
					for range 4 {
						time.Sleep(time.Duration(crashes.Int64N(int64(30 * time.Minute))))
						s.replace(crashes)
					}
				})
				lives.Wait()
				for _, r := range s.replicas {
					r.client.Inject(nil)
					r.open()
				}
				w.checkInvariants()
				total += len(w.taken())
			})
		})
	}
	if !t.Failed() && total < int(seeds) {
		t.Errorf("only %d units were taken along: the test tests little", total)
	}
}
