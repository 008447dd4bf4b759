package ledger_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// A replica whose clock is ahead forgets early, and one that is behind must not bring back what is gone, nor lose what is
// there.
func TestReplicasWhoseClocksDifferKeepTheAnswers(t *testing.T) {
	inBubble(t, 100_000, func(w *world) {
		ahead := func(o *ledger.Options) { o.Clock = skewed{o.Clock, 30 * time.Second} }
		replicas := []*replica{w.replica("a", tinyPages).open(), w.replica("b", tinyPages, ahead).open()}
		answers := map[int]ledger.OneOffAnswer{}
		for n := range 400 {
			answer, err := untilDecided(func() (ledger.OneOffAnswer, error) { return replicas[n/5%2].oneOff(fmt.Sprint(n), 1+n%3) })
			w.succeeds(err)
			answers[n] = answer
			time.Sleep(3 * time.Second)
		}
		// Ten minutes less half a minute, less the last one.
		for n := 400 - 189; n < 400; n++ {
			again, err := replicas[n%2].oneOff(fmt.Sprint(n), 1+n%3)
			w.succeeds(err)
			if diff := cmp.Diff(answers[n], again); diff != "" {
				w.Fatalf("request %d (-first +again):\n%s", n, diff)
			}
		}
	})
}

// skewed is a clock that is ahead.
type skewed struct {
	clock.Clock
	by time.Duration
}

func (c skewed) Now() time.Time                   { return c.Clock.Now().Add(c.by) }
func (c skewed) Since(at time.Time) time.Duration { return c.Now().Sub(at) }

func TestReplicasStoreThePagesOfOneAccountAtTheSameTime(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, 100_000, func(w *world) {
				replicas := []*replica{w.replica("a", tinyPages).open(), w.replica("b", tinyPages).open(), w.replica("c", tinyPages).open()}
				for i, r := range replicas {
					r.storm(bad, 3*seed+uint64(i))
				}
				var mu sync.Mutex
				answers := map[int]ledger.OneOffAnswer{}
				var callers sync.WaitGroup
				for caller := range 10 {
					callers.Go(func() {
						for n := range 30 {
							key := 30*caller + n
							answer, err := untilDecided(func() (ledger.OneOffAnswer, error) {
								return replicas[(caller+n)%3].oneOff(fmt.Sprint(key), 1+key%3)
							})
							w.succeedsInBackground(err)
							mu.Lock()
							answers[key] = answer
							mu.Unlock()
						}
					})
				}
				callers.Wait()
				for _, r := range replicas {
					r.client.Inject(nil)
					r.open()
				}
				for _, r := range append(replicas, w.replica("d")) {
					r.answersAgain(answers)
				}
				w.checkInvariants()
				w.expectUsed(600 * licensing.Token)
			})
		})
	}
}

// The replica dies at each of its calls of the store in turn, also at those for pages; the client asks another one again.
func TestACrashAtAnyStepLosesNoAnswer(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n, survived := 1, false; !survived; n++ {
			t.Run(fmt.Sprintf("call %d, after it %v", n, after), func(t *testing.T) {
				inBubble(t, 1000, func(w *world) {
					w.replica("opener").open().stop()
					s := &shift{w, w.replica("first", tinyPages), w.replica("second", tinyPages)}
					s.first.client.KillAt(n, after)
					answers := map[int]ledger.OneOffAnswer{}
					for key := range 40 {
						answers[key] = do(s, func(r *replica) (ledger.OneOffAnswer, error) { return r.oneOff(fmt.Sprint(key), 1+key%3) })
						time.Sleep(time.Millisecond) // lets a page be stored
					}
					survived = !s.first.client.Killed()
					s.second.answersAgain(answers)
					w.replica("third").answersAgain(answers)
					if pages := len(w.account().Pages); pages < 4 {
						w.Errorf("%d pages", pages)
					}
					w.checkInvariants()
					if made := w.causes()[licensing.CauseOneOff]; made != 40 {
						w.Errorf("%d transactions for 40 keys", made)
					}
				})
			})
			if n > 300 {
				t.Fatal("the scenario never ends")
			}
		}
	}
}
