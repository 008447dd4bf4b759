package ledger_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// told is what the caller of a session request is told.
type told struct {
	CorrelationID string
	Verdict       licensing.Verdict
	Items         []licensing.ItemResult
	Message       string
	State         licensing.SessionState
	Until         time.Time
}

func tell(answer ledger.SessionAnswer) told {
	return told{answer.CorrelationID, answer.Verdict, answer.Items, answer.Message, answer.Next.State, answer.Next.ChargedUntil}
}

func (w *world) expectTold(first, again ledger.SessionAnswer) {
	w.Helper()
	if diff := cmp.Diff(tell(first), tell(again)); diff != "" {
		w.Errorf("the answers differ (-first +again):\n%s", diff)
	}
	if first.CorrelationID == "" {
		w.Error("the answer has no correlation id")
	}
}

// receipts are the answers that the stored account remembers.
func (w *world) receipts() []*ledger.Receipt {
	w.Helper()
	account, _, err := w.memory.LoadAccount(w.Context(), w.id)
	w.succeeds(err)
	return account.Receipts
}

func TestASessionRequestIsDecidedOnceForItsKey(t *testing.T) {
	for name, test := range map[string]struct {
		tokens int64
		want   licensing.Verdict
		used   licensing.Tokens
	}{
		"a granted one": {100, licensing.Granted, 30 * licensing.Token},
		"a denied one":  {29, licensing.Denied, 0},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, test.tokens, func(w *world) {
				a, b, session := w.replica("a").open(), w.replica("b").open(), w.session()
				first, err := a.request(session, "key", 3)
				w.succeeds(err)
				if first.Verdict != test.want {
					w.Fatalf("%s, want %s", first.Verdict, test.want)
				}
				w.memory.SetCatalog(w.id, selling(1000))
				w.settle()
				before := w.commits()
				for _, r := range []*replica{a, b, w.replica("c")} {
					again, err := r.request(session, "key", 3)
					w.succeeds(err)
					w.expectTold(first, again)
					if again.Transaction != nil || again.Changed {
						w.Error("the request was made again")
					}
					_, err = r.request(session, "key", 4)
					w.fails(err, ledger.ErrKeyReused)
				}
				if made := w.commits() - before; made > 0 {
					w.Errorf("%d commits for an answer that was given before", made)
				}
				w.expectUsed(test.used)
				w.checkInvariants()
			})
		})
	}
}

func TestWhatIsOverdueComesFirstAndIsNotTheAnswer(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		engine, session := w.replica("a").open(), w.session()
		w.written(engine.request(session, "first", 1))
		time.Sleep(61 * time.Minute)
		second, err := engine.request(session, "second", 2)
		w.succeeds(err)
		again, err := engine.request(session, "second", 2)
		w.succeeds(err)
		w.expectTold(second, again)
		if second.Verdict != licensing.Granted || len(w.receipts()) != 1 {
			w.Errorf("%s, %d answers are remembered, want 1: the first is too old", second.Verdict, len(w.receipts()))
		}
		w.checkInvariants()
		want := map[licensing.Cause]int{licensing.CauseAccess: 2, licensing.CauseAutomaticCharge: 1}
		if diff := cmp.Diff(want, w.causes()); diff != "" {
			w.Errorf("transactions (-want +got):\n%s", diff)
		}
	})
}

func TestACloseIsAnsweredAgainWhenTheSessionIsGone(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		engine, session := w.replica("a").open(), w.session()
		w.written(engine.request(session, "", 3))
		closeOnce := func(r *replica) (ledger.SessionAnswer, error) {
			return r.CloseSession(w.Context(), w.id, session, time.Time{}, ledger.Idempotency{Key: "key"})
		}
		first := w.written(closeOnce(engine))
		w.memory.Delete(w, session)
		for _, r := range []*replica{engine, w.replica("b")} {
			again, err := closeOnce(r)
			w.succeeds(err)
			w.expectTold(first, again)
		}
		_, err := w.replica("c").closeSession(session)
		w.fails(err, ledger.ErrSubjectGone)
		w.expectUsed(0)
	})
}

func TestTwoReplicasAskedAtTheSameTimeChargeOnce(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		replicas := []*replica{w.replica("a").open(), w.replica("b").open()}
		session := w.session()
		for round := range 10 {
			answers := make([]ledger.SessionAnswer, len(replicas))
			var asking sync.WaitGroup
			for i, r := range replicas {
				r.client.Inject(slow(ledgertest.OpCommit, time.Duration(1+(round+i)%2)*10*time.Millisecond))
				asking.Go(func() {
					var err error
					if answers[i], err = r.request(session, fmt.Sprint(round), 1+round); err != nil {
						w.Errorf("replica %d: %v", i, err)
					}
				})
			}
			asking.Wait()
			w.expectTold(answers[0], answers[1])
		}
		w.checkInvariants()
		if made := w.causes()[licensing.CauseAccess]; made != 10 {
			w.Errorf("%d transactions for 10 keys", made)
		}
	})
}

func TestARememberedAnswerIsSmall(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		engine, session := w.replica("a").open(), w.session()
		access := licensing.Access{Requester: lisa, RollbackOnDeny: true}
		access.Requester.Dictionary = map[string]string{"note": strings.Repeat("x", 256)}
		for i := range licensing.MaxRequestedItems {
			access.Items = append(access.Items, licensing.RequestedItem{
				Name: "item", Version: fmt.Sprint(i), Count: licensing.One, MetaData: json.RawMessage(`{"a":"` + strings.Repeat("x", 4000) + `"}`),
			})
		}
		once := ledger.Idempotency{Key: "key", Digest: "digest"}
		first, err := engine.Access(w.Context(), w.id, session, access, once)
		w.succeeds(err)
		again, err := engine.Access(w.Context(), w.id, session, access, once)
		w.succeeds(err)
		w.expectTold(first, again)
		if size := len(w.receipts()[0].Answer); size > licensing.MaxRequestedItems*512 {
			w.Errorf("the answer takes %d bytes", size)
		}
		_, err = engine.request(session, "granted", 1)
		w.succeeds(err)
		// The large one is on a page by now.
		if last := w.receipts()[0].Answer; len(last) > 350 {
			w.Errorf("an everyday answer takes %d bytes: %s", len(last), last)
		}
	})
}

// The replica dies at each of its calls of the store in turn; the client asks another one again, with the same keys.
func TestACrashAtAnyStepDecidesAKeyOnce(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n, survived := 1, false; !survived; n++ {
			t.Run(fmt.Sprintf("call %d, after it %v", n, after), func(t *testing.T) {
				inBubble(t, 1000, func(w *world) {
					w.replica("opener").open().stop()
					s := &shift{w, w.replica("first"), w.replica("second")}
					s.first.client.KillAt(n, after)
					session := w.session()
					granted := do(s, func(r *replica) (ledger.SessionAnswer, error) { return r.request(session, "granted", 3) })
					denied := do(s, func(r *replica) (ledger.SessionAnswer, error) { return r.request(session, "denied", 300) })
					oneOff := do(s, func(r *replica) (ledger.OneOffAnswer, error) { return r.oneOff("one-off", 5) })
					closed := do(s, func(r *replica) (ledger.SessionAnswer, error) {
						return r.CloseSession(w.Context(), w.id, session, time.Time{}, ledger.Idempotency{Key: "close"})
					})
					survived = !s.first.client.Killed()
					if granted.Verdict != licensing.Granted || denied.Verdict != licensing.Denied || closed.Next.State != licensing.Terminated {
						w.Errorf("granted %s, denied %s, closed %s", granted.Verdict, denied.Verdict, closed.Next.State)
					}
					again, err := s.second.request(session, "granted", 3)
					w.succeeds(err)
					w.expectTold(granted, again)
					oneOffAgain, err := s.second.oneOff("one-off", 5)
					w.succeeds(err)
					if diff := cmp.Diff(oneOff, oneOffAgain); diff != "" {
						w.Errorf("the answers differ (-first +again):\n%s", diff)
					}
					w.checkInvariants()
					want := map[licensing.Cause]int{licensing.CauseAccess: 1, licensing.CauseOneOff: 1, licensing.CauseRefused: 1, licensing.CauseClosed: 1}
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
