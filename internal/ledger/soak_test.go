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

// soak is random life on random replicas.
type soak struct {
	*world
	mu       sync.Mutex
	replicas []*replica
	started  int
	answers  map[string]bool
	options  func(*ledger.Options)
}

// any is a replica that lives.
func (s *soak) any(random *rand.Rand) *replica {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replicas[random.IntN(len(s.replicas))]
}

// replace kills a replica and starts another one in its place.
func (s *soak) replace(random *rand.Rand) {
	s.mu.Lock()
	defer s.mu.Unlock()
	place := random.IntN(len(s.replicas))
	s.replicas[place].client.Kill()
	s.started++
	s.replicas[place] = s.world.replica(fmt.Sprint("replica ", s.started), s.options)
	s.replicas[place].storm(bad, random.Uint64())
}

// rest is long, so that something becomes due, or so short that many ask at once.
func rest(random *rand.Rand, longest time.Duration) {
	if random.IntN(2) == 0 {
		longest = 20 * time.Millisecond
	}
	time.Sleep(time.Duration(random.Int64N(int64(longest))))
}

// holder uses one session for as long as the soak lasts.
func (s *soak) holder(random *rand.Rand, session ledger.Subject, steps int) {
	for generation := int64(1); generation <= int64(steps); generation++ {
		rest(random, 40*time.Minute)
		_, err := untilDecided(func() (any, error) {
			r := s.any(random)
			switch roll := random.IntN(10); {
			case roll < 4:
				return r.claim(session, generation, 1+random.IntN(3))
			case roll < 5:
				return r.halt(session)
			case roll < 8:
				return r.advance(session)
			default:
				return r.Heartbeat(s.Context(), session)
			}
		})
		s.succeedsInBackground(err)
	}
	if random.IntN(2) == 0 {
		_, err := untilDecided(func() (ledger.SessionAnswer, error) { return s.any(random).closeSession(session) })
		s.succeedsInBackground(err)
	}
}

// buyer makes one-off requests, and remembers what was answered.
func (s *soak) buyer(random *rand.Rand, name string, steps int) {
	for n := range steps {
		rest(random, 20*time.Minute)
		key := fmt.Sprint(name, " ", n)
		count := 1 + random.IntN(5)
		answer, err := untilDecided(func() (ledger.OneOffAnswer, error) { return s.any(random).oneOff(key, count) })
		s.succeedsInBackground(err)
		s.mu.Lock()
		s.answers[key] = granted(answer)
		s.mu.Unlock()
	}
}

// provisioner gives a user a seat in one group or another and a unit, and takes them back. At times the user is deleted
// and comes back.
func (s *soak) provisioner(random *rand.Rand, userID string, steps int) {
	user := s.memory.CreateUser(s, s.id, "license", userID)
	for range steps {
		rest(random, 30*time.Minute)
		roll, limits := random.IntN(12), []licensing.Seating{seats(4), red(2), {}}[random.IntN(3)]
		if roll == 0 {
			user = s.memory.Recreate(s, user)
		}
		_, err := untilDecided(func() (ledger.UserAnswer, error) {
			switch r := s.any(random); {
			case roll < 4:
				return r.takeSeat(user, userID, limits)
			case roll < 8:
				return r.provisionAlone(user, license(userID, 3))
			case roll < 10:
				return r.revoke(user, license(userID, 3))
			case roll < 11:
				return r.freeSeat(user, userID)
			default:
				return r.Release(s.Context(), s.id, user, license(userID, 3))
			}
		})
		if !isReason(err, licensing.InactiveUser) {
			s.succeedsInBackground(err)
		}
	}
}

// client activates the license, and gives the token back.
func (s *soak) client(random *rand.Rand, clientID string, steps int) {
	client := s.memory.CreateActivation(s, s.id, "license", clientID)
	for range steps {
		rest(random, 30*time.Minute)
		gives := random.IntN(2) == 0
		_, err := untilDecided(func() (ledger.UserAnswer, error) {
			if gives {
				return s.any(random).provisionAlone(client, token(clientID, 2))
			}
			return s.any(random).revoke(client, token(clientID, 2))
		})
		s.succeedsInBackground(err)
	}
}

// consumer takes from a limitation that starts again every day, and gives some of it back.
func (s *soak) consumer(random *rand.Rand, name string, steps int) {
	daily := calls
	daily.Limitation.ResetMode, daily.Limitation.ResetPeriodDays = licensing.ResetPeriodically, 1
	for n := range steps {
		rest(random, 6*time.Hour)
		request := consumption(fmt.Sprint(name, " ", n), 1+random.IntN(4))
		request.Meter = daily
		answer, err := untilDecided(func() (ledger.ConsumptionAnswer, error) {
			return s.any(random).Consume(s.Context(), s.id, request)
		})
		s.succeedsInBackground(err)
		if !answer.Granted || random.IntN(2) == 0 {
			continue
		}
		rest(random, 6*time.Hour)
		_, err = untilDecided(func() (ledger.ConsumptionAnswer, error) {
			return s.any(random).RollbackConsumption(s.Context(), s.id, ledger.RollbackRequest{Meter: daily, TransactionID: answer.TransactionID})
		})
		if !isReason(err, licensing.UnknownTransaction) { // an earlier try may have done it
			s.succeedsInBackground(err)
		}
	}
}

func TestEveryInvariantHoldsAfterAnyLife(t *testing.T) {
	seeds := uint64(12)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, 150, func(w *world) {
				random := func(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) } //nolint:gosec // repeatable, not secret
				s := &soak{world: w, answers: map[string]bool{}, options: func(*ledger.Options) {}}
				if seed%2 == 1 {
					s.options = tinyPages
				}
				if seed%3 == 1 {
					w.allocate(110)
				}
				w.replica("opener").open().stop()
				for n := range 2 + int(seed%2) {
					r := w.replica(fmt.Sprint("first ", n), s.options)
					r.storm(bad, seed*10+uint64(n))
					s.replicas = append(s.replicas, r)
				}
				var lives sync.WaitGroup
				for n := range uint64(12) {
					session := w.session()
					lives.Go(func() { s.holder(random(100+n), session, 15) })
					lives.Go(func() { s.buyer(random(200+n), fmt.Sprint("buyer ", n), 10) })
				}
				for n := range uint64(5) {
					lives.Go(func() { s.provisioner(random(300+n), fmt.Sprint("user ", n), 12) })
					lives.Go(func() { s.client(random(500+n), fmt.Sprint("client ", n), 12) })
					lives.Go(func() { s.consumer(random(600+n), fmt.Sprint("consumer ", n), 12) })
				}
				lives.Go(func() {
					crashes := random(400)
					for range 4 {
						time.Sleep(time.Duration(crashes.Int64N(int64(time.Hour))))
						s.replace(crashes)
					}
				})
				lives.Wait()
				for _, r := range s.replicas {
					r.client.Inject(nil)
					r.open()
				}
				w.settle()
				_, err := s.replicas[0].Recount(w.Context(), w.id, "license", []string{"feature"})
				w.succeeds(err)
				w.checkInvariants()

				bought, refused := map[string]int{}, map[string]int{}
				for _, transaction := range w.recording.Transactions(w.id) {
					switch transaction.Cause { //nolint:exhaustive // the others are not a buyer's
					case licensing.CauseOneOff:
						bought[transaction.Key]++
					case licensing.CauseRefused:
						refused[transaction.Key]++
					}
				}
				for key, granted := range s.answers {
					if granted != (bought[key] == 1) || granted != (refused[key] == 0) || bought[key]+refused[key] != 1 {
						w.Errorf("%s was answered granted=%v and has %d transactions, and %d denials", key, granted, bought[key], refused[key])
					}
				}
			})
		})
	}
}
