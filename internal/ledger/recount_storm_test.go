package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// recountStorm is a life of users and consumptions that is recounted all the time.
type recountStorm struct {
	*soak
	// careful says that no user is deleted who still holds something.
	careful bool
	stop    chan struct{}
	// recounts of users and consumptions, that were asked for and that were made
	asked, made int
}

// rest gives so much time that some things happen during each list.
func (s *recountStorm) rest(random *rand.Rand) {
	time.Sleep(time.Duration(random.Int64N(int64(60 * time.Millisecond))))
}

// member is a user who comes, changes and goes.
func (s *recountStorm) member(random *rand.Rand, userID string, steps int) {
	user := s.memory.CreateUser(s, s.id, "license", userID)
	ask := func(requests ...ledger.Request) {
		_, err := untilDecided(func() (any, error) {
			for _, result := range s.any(random).Batch(s.Context(), s.id, requests) {
				if result.Err != nil && !isReason(result.Err, licensing.InactiveUser) {
					return nil, result.Err
				}
			}
			return nil, nil
		})
		s.succeedsInBackground(err)
	}
	seat := ledger.Seating{User: user, License: license(userID, 6), Limits: seats(8)}
	for range steps {
		s.rest(random)
		feature := license(userID, 6)
		unit := ledger.Provisioning{User: user, License: feature, Origin: licensing.ConsumedHolding}
		seat.User = user
		switch random.IntN(6) {
		case 0:
			ask(seat)
		case 1, 2:
			ask(seat, unit)
		case 3:
			ask(ledger.Revocation{User: user, License: feature})
		case 4:
			moved := seat
			moved.Limits = red(4)
			ask(moved, unit)
		default:
			if s.careful || random.IntN(2) == 0 {
				ask(ledger.Release{User: user, License: feature})
			}
			user = s.memory.Recreate(s, user)
		}
	}
}

// spender consumes and rolls back.
func (s *recountStorm) spender(random *rand.Rand, name string, steps int) {
	endless := calls
	endless.Limitation.Limit = new(int64(1000))
	for n := range steps {
		s.rest(random)
		request := consumption(fmt.Sprint(name, " ", n), 1+random.IntN(4))
		request.Meter = endless
		answer, err := untilDecided(func() (ledger.ConsumptionAnswer, error) { return s.any(random).Consume(s.Context(), s.id, request) })
		s.succeedsInBackground(err)
		if random.IntN(3) > 0 {
			continue
		}
		s.rest(random)
		_, err = untilDecided(func() (ledger.ConsumptionAnswer, error) {
			return s.any(random).RollbackConsumption(s.Context(), s.id, ledger.RollbackRequest{Meter: endless, TransactionID: answer.TransactionID})
		})
		if !isReason(err, licensing.UnknownTransaction) { // an earlier try may have done it
			s.succeedsInBackground(err)
		}
	}
}

// counter recounts until everybody else is done.
func (s *recountStorm) counter(random *rand.Rand) {
	for {
		select {
		case <-s.stop:
			return
		default:
		}
		s.rest(random)
		changed, err := s.any(random).Recount(s.Context(), s.id, "license", []string{"feature"})
		if err == nil && changed && s.careful {
			s.Error("a recount changed balances that were right")
		}
		_, calculated := s.any(random).Recalculate(s.Context(), s.id, calls)
		s.mu.Lock()
		s.asked += 2
		for _, err := range []error{err, calculated} {
			if err == nil {
				s.made++
			}
		}
		s.mu.Unlock()
	}
}

func TestRecountsAreExactInAnyStorm(t *testing.T) {
	seeds := uint64(36)
	if testing.Short() {
		seeds = 6
	}
	storms := []ledgertest.Storm{bad, {Slow: 0.5, MaxDelay: 5 * time.Millisecond}, {Conflict: 0.02, Unanswered: 0.005, Slow: 0.5, MaxDelay: 20 * time.Millisecond}}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, 0, func(w *world) {
				random := func(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) } //nolint:gosec // repeatable, not secret
				s := &recountStorm{soak: &soak{world: w}, careful: seed%2 == 0, stop: make(chan struct{})}
				storm := storms[seed/6%3]
				storm.Old, storm.MaxLag = 0.8, 200*time.Millisecond
				lists := &listings{}
				for n := range 1 + seed/2%3 {
					r := w.replica(fmt.Sprint("replica ", n)).open()
					faults := storm.Faults(random(1000+n), storeTimeout)
					r.client.Inject(func(call ledgertest.Call) ledgertest.Fault {
						lists.take(call)
						return faults(call)
					})
					s.replicas = append(s.replicas, r)
				}
				var lives, counters sync.WaitGroup
				for n := range uint64(10) {
					lives.Go(func() { s.member(random(100+n), fmt.Sprint("user ", n), 40) })
				}
				for n := range uint64(4) {
					lives.Go(func() { s.spender(random(200+n), fmt.Sprint("spender ", n), 30) })
					counters.Go(func() { s.counter(random(300 + n)) })
				}
				lives.Wait()
				close(s.stop)
				counters.Wait()
				for _, r := range s.replicas {
					r.client.Inject(nil)
					r.open()
				}
				w.settle()
				_, err := s.replicas[0].Recount(w.Context(), w.id, "license", []string{"feature"})
				w.succeeds(err)
				_, err = s.replicas[0].Recalculate(w.Context(), w.id, calls)
				w.succeeds(err)
				w.checkInvariants()
				s.checkRecounts()
				if s.careful && len(s.replicas) == 1 && lists.made() > 2*s.asked {
					w.Errorf("%d lists for %d recounts on the only replica", lists.made(), s.asked)
				}
				if s.made < 20 {
					w.Errorf("only %d recounts: the test tests little", s.made)
				}
			})
		})
	}
}

// checkRecounts checks that recounts took off units of deleted users and changed nothing else. One that took off too much
// shows, because a later one gives it back.
func (s *recountStorm) checkRecounts() {
	s.Helper()
	for _, transaction := range s.recording.Transactions(s.id) {
		if transaction.Cause != licensing.CauseRecounted {
			continue
		}
		for _, entry := range transaction.Units {
			if entry.Units == 0 {
				continue // the period of a balance that nothing is held of
			}
			if s.careful || entry.Units > 0 || entry.LimitationID == calls.Limitation.ID {
				s.Errorf("commit %d recounts %s of %s", transaction.Sequence, entry.Units, entry.LimitationID)
			}
		}
	}
}
