package ledger_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// refused asks for more than is sold, and wants to hear so.
func (r *replica) refused(key string) {
	answer, err := r.oneOff(key, 1_000_000)
	r.world.succeedsInBackground(err)
	if err == nil && granted(answer) {
		r.world.Error("granted what is not sold")
	}
}

func TestDenialsLeaveRoomForCharges(t *testing.T) {
	inBubble(t, 10_000, func(w *world) {
		observer := &ledgertest.Unrecorded{}
		r := w.replica("a", small, func(o *ledger.Options) { o.Observer = observer }).open()
		w.recording.Fail(errors.New("the usage record is not there"))
		const denials = 100
		for n := range denials {
			r.refused(fmt.Sprint(n))
		}
		account, _, err := w.memory.LoadAccount(w.Context(), w.id)
		w.succeeds(err)
		parts, err := account.Encode()
		w.succeeds(err)
		if size := len(parts[ledger.PartOpen]); size < 4096/2-1024 || size > 4096/2+64 {
			t.Errorf("denials have %d bytes of the open list, and half of it is theirs, %d", size, 4096/2)
		}
		if answer, err := r.oneOff("", 1); err != nil || !granted(answer) {
			t.Errorf("a charge is not answered while denials wait to be recorded: %v", err)
		}
		w.recording.Fail(nil)
		recorded := len(w.denials())
		if left := int(observer.Count.Load()); recorded == 0 || left == 0 || recorded+left != denials {
			t.Errorf("%d denials are recorded and %d left out, of %d", recorded, left, denials)
		}
		w.expectUsed(licensing.Token)
	})
}

// What an object asks for is asked again until it is recorded, and then is not left out. A call is not made again.
func TestADenialThatIsRecordedLaterIsNotCountedAsLeftOut(t *testing.T) {
	const users = 1000
	limited := license("", 0)
	for name, request := range map[string]func(user ledger.Subject, license ledger.License) ledger.Request{
		"who waits": func(user ledger.Subject, license ledger.License) ledger.Request {
			return ledger.Waiting{User: user, License: license, Refusal: licensing.Provisioned{RefusedBy: "feature", Message: "none left"}}
		},
		"who is refused": func(user ledger.Subject, license ledger.License) ledger.Request {
			return ledger.Seating{User: user, License: license, Limits: seats(0)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 10, func(w *world) {
				observer := &ledgertest.Unrecorded{}
				r := w.replica("a", func(o *ledger.Options) { o.OpenBytes, o.Observer = 64<<10, observer }).open()
				left := make([]ledger.Request, users)
				for n := range left {
					limited.UserID = fmt.Sprint(n)
					left[n] = request(w.memory.CreateUser(w, w.id, "license", limited.UserID), limited)
				}
				for tries := 0; len(left) > 0 && tries < users; tries++ {
					asked := left
					left = nil
					for n, result := range r.Batch(w.Context(), w.id, asked) {
						w.succeeds(result.Err)
						if result.User.NotRecorded {
							left = append(left, asked[n])
						}
					}
					time.Sleep(time.Second)
				}
				if denials := w.denials(); len(left) > 0 || len(denials) != users || observer.Count.Load() != 0 {
					t.Errorf("%d denials are recorded and %d counted as left out, of %d; %d are left", len(denials), observer.Count.Load(), users, len(left))
				}
			})
		})
	}
}

func TestADenialOfACallThatFindsNoRoomIsCounted(t *testing.T) {
	inBubble(t, 10, func(w *world) {
		observer := &ledgertest.Unrecorded{}
		r := w.replica("a", small, func(o *ledger.Options) { o.Observer = observer }).open()
		requests := make([]ledger.Request, 100)
		for n := range requests {
			asking := license(fmt.Sprint(n), 0)
			requests[n] = ledger.Seating{User: w.memory.CreateUser(w, w.id, "license", asking.UserID), License: asking, Limits: seats(0)}
		}
		r.Batch(ledger.WithCaller(w.Context(), "key 7"), w.id, requests)
		if recorded, left := len(w.denials()), int(observer.Count.Load()); recorded == 0 || left == 0 || recorded+left != len(requests) {
			t.Errorf("%d denials are recorded and %d left out, of %d", recorded, left, len(requests))
		}
	})
}

func TestADenialThatIsTooLargeIsLeftOut(t *testing.T) {
	inBubble(t, 10, func(w *world) {
		observer := &ledgertest.Unrecorded{}
		r := w.replica("a", small, func(o *ledger.Options) { o.Observer = observer }).open()
		request := ledger.OneOffRequest{Items: items("cheap", 1_000_000)}
		request.Items[0].MetaData = json.RawMessage(`"` + strings.Repeat("<", 1000) + `"`)
		answer, err := r.OneOff(w.Context(), w.id, request)
		w.succeeds(err)
		if granted(answer) || observer.Count.Load() != 1 || len(w.denials()) != 0 {
			t.Errorf("granted %t, %d left out, recorded %v", granted(answer), observer.Count.Load(), w.denials())
		}
	})
}

func TestDenialsAreLeftOutWhileTheRecordCannotKeepUp(t *testing.T) {
	inBubble(t, 10, func(w *world) {
		observer, pressed := &ledgertest.Unrecorded{}, &atomic.Bool{}
		r := w.replica("a", func(o *ledger.Options) {
			o.Observer, o.Pressed = observer, func(id ledger.AccountID) bool { return id == w.id && pressed.Load() }
		}).open()
		pressed.Store(true)
		before := w.commits()
		r.refused("")
		if w.settle(); w.commits() != before || observer.Count.Load() != 1 {
			t.Errorf("%d commits for a denial that is left out, %d are counted", w.commits()-before, observer.Count.Load())
		}
		pressed.Store(false)
		r.refused("")
		if denials := w.denials(); len(denials) != 1 || observer.Count.Load() != 1 {
			t.Errorf("%d denials are recorded, %d left out, want 1 and 1", len(denials), observer.Count.Load())
		}
	})
}

func TestDenialsThatNobodyKeepsAreNotCommitted(t *testing.T) {
	for name, nobody := range map[string]func(*ledger.Options){
		"without a recorder":       func(o *ledger.Options) { o.Recorder = nil },
		"with one that keeps none": func(o *ledger.Options) { o.NoDenials = true },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 10, func(w *world) {
				observer := &ledgertest.Unrecorded{}
				r := w.replica("a", nobody, func(o *ledger.Options) { o.Observer = observer }).open()
				before := w.commits()
				r.refused("")
				if w.settle(); w.commits() != before || observer.Count.Load() > 0 {
					t.Errorf("%d commits, %d are counted", w.commits()-before, observer.Count.Load())
				}
			})
		})
	}
}

// Callers who are refused ask again at once, two hundred of them. Somebody who is charged beside them waits no longer than
// for the commits of a few more.
func TestAStormOfDenialsDoesNotStarveCharges(t *testing.T) {
	const storm, charges = 200, 80
	took := map[bool]time.Duration{}
	for _, stormy := range []bool{false, true} {
		inBubble(t, 100_000, func(w *world) {
			r := w.replica("a").open()
			r.client.Inject(networkDelays)
			stop, denied := make(chan struct{}), &atomic.Int64{}
			var callers sync.WaitGroup
			if stormy {
				for range storm {
					callers.Go(func() {
						for {
							select {
							case <-stop:
								return
							default:
								r.refused("")
								denied.Add(1)
							}
						}
					})
				}
			}
			started := time.Now()
			for range charges {
				_, err := r.oneOff("", 1)
				w.succeeds(err)
			}
			took[stormy] = time.Since(started)
			close(stop)
			callers.Wait()
			if rate := float64(denied.Load()) / took[stormy].Seconds(); stormy && rate < 5000 {
				t.Errorf("a storm of only %.0f denials a second", rate)
			}
			w.checkInvariants()
		})
	}
	if took[true] > 6*took[false] {
		t.Errorf("%d charges take %s in the storm, %s without", charges, took[true], took[false])
	}
}

func TestTwoReplicasThatDenyLetEachOtherCommit(t *testing.T) {
	inBubble(t, 100_000, func(w *world) {
		replicas := []*replica{w.replica("a").open(), w.replica("b").open()}
		stop := make(chan struct{})
		var callers sync.WaitGroup
		for _, r := range replicas {
			r.client.Inject(networkDelays)
			for range 10 {
				callers.Go(func() {
					for {
						select {
						case <-stop:
							return
						default:
							r.refused("")
						}
					}
				})
			}
		}
		for n := range 10 {
			_, err := replicas[n%2].oneOff("", 1)
			w.succeeds(err)
		}
		close(stop)
		callers.Wait()
		w.checkInvariants()
		w.expectUsed(10 * licensing.Token)
	})
}

// deniesAll is every refusal that an object can meet, and then a charge.
func (s *shift) deniesAll() {
	session, ann := s.session(), s.memory.FindUser("ann")
	do(s, func(r *replica) (ledger.SessionAnswer, error) { return r.claim(session, 1, 1000) })
	do(s, func(r *replica) (ledger.UserAnswer, error) { return r.provisionAlone(ann, license("ann", 0)) })
	do(s, func(r *replica) (ledger.ConsumptionAnswer, error) { return r.consume("consumption", 1000) })
	do(s, func(r *replica) (ledger.OneOffAnswer, error) { return r.oneOff("one-off", 10_000) })
	do(s, func(r *replica) (ledger.OneOffAnswer, error) { return r.oneOff("granted", 1) })
	s.settle()
	do(s, func(r *replica) (ledger.Snapshot, error) { return r.Snapshot(s.Context(), s.id, true) })
}

// A replica dies at each of its calls of the store in turn. What asks again is asked until it is answered, and the record
// has each refusal once.
func TestACrashAtAnyStepRecordsADenialOnce(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n, survived := 1, false; !survived; n++ {
			t.Run(fmt.Sprintf("call %d, after it %v", n, after), func(t *testing.T) {
				inBubble(t, 100, func(w *world) {
					opener := w.replica("opener").open()
					opener.user("ann")
					opener.stop()
					s := &shift{w, w.replica("first"), w.replica("second")}
					s.first.client.KillAt(n, after)
					s.deniesAll()
					survived = !s.first.client.Killed()
					w.checkInvariants()
					want := map[licensing.Cause]int{licensing.CauseProvisioned: 1, licensing.CauseRefused: 4, licensing.CauseOneOff: 1}
					if diff := cmp.Diff(want, w.causes()); diff != "" {
						w.Errorf("transactions (-want +got):\n%s", diff)
					}
				})
			})
			if n > 200 {
				t.Fatal("the scenario never ends")
			}
		}
	}
}

// The network loses, repeats and delays, and three replicas take turns.
func TestAStormRecordsEveryDenialOnce(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			inBubble(t, 50, func(w *world) {
				sessions := make([]ledger.Subject, 30)
				for n := range sessions {
					sessions[n] = w.session()
				}
				replicas := w.three(seed)
				// Each claims twice what is there, as a loop does: again and again, by any replica.
				for range 3 {
					grants := w.crowd(replicas, len(sessions), func(r *replica, n int) (bool, error) {
						answer, err := r.claim(sessions[n], 1, 10)
						return answer.Verdict == licensing.Granted, err
					})
					if grants > 0 {
						w.Errorf("%d claims were granted", grants)
					}
				}
				w.calm(replicas)
				if denied := w.causes()[licensing.CauseRefused]; denied != len(sessions) {
					w.Errorf("%d denials of %d claims", denied, len(sessions))
				}
			})
		})
	}
}

func TestADenialWhoseCommitIsLostIsStillRecorded(t *testing.T) {
	inBubble(t, 20, func(w *world) {
		r, session := w.replica("a").open(), w.session()
		lose := true
		r.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpCommit && lose {
				lose, fault.Before = false, ledgertest.ErrLost
			}
			return fault
		})
		answer, err := r.claim(session, 1, 3)
		w.succeeds(err)
		if denials := w.denials(); len(denials) != 1 || denials[0].ID != answer.CorrelationID {
			t.Errorf("recorded is %+v, the answer was %s", denials, answer.CorrelationID)
		}
	})
}
