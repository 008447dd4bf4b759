package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// answered is what a preview and the request have in common.
type answered struct {
	Verdict licensing.Verdict
	Message string
	Items   []licensing.ItemResult
	State   licensing.SessionState
	Until   time.Time
}

func of(answer ledger.SessionAnswer) answered {
	return answered{answer.Verdict, answer.Message, answer.Items, answer.Next.State, answer.Next.ChargedUntil}
}

// Whatever happened before, what a preview says is what the request gets.
func TestAPreviewIsWhatTheRequestIsAnswered(t *testing.T) {
	verdicts := map[licensing.Verdict]int{}
	for seed := range uint64(100) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			inBubble(t, 20+random.Int64N(400), func(w *world) {
				replicas := []*replica{w.replica("a").open(), w.replica("b").open()}
				sessions := []ledger.Subject{w.session(), w.session()}
				for range 12 {
					preview, asked := replicas[random.IntN(2)], replicas[random.IntN(2)]
					session := sessions[random.IntN(2)]
					time.Sleep(time.Duration(random.IntN(100)) * time.Minute)
					if random.IntN(3) > 0 {
						_, err := asked.Heartbeat(w.Context(), session)
						w.succeeds(err)
					}
					access := licensing.Access{Requester: lisa, Items: items("item", random.IntN(12)), RollbackOnDeny: random.IntN(4) > 0}
					if access.Items[0].Count == 0 {
						access.Items = nil
					}
					before := w.commits()
					foreseen, err := preview.PreviewAccess(w.Context(), w.id, session, access)
					w.succeeds(err)
					request := ledger.OneOffRequest{Requester: lisa, Items: items("cheap", 1+random.IntN(50)), Idempotency: ledger.Idempotency{Key: "key"}}
					foreseenOneOff, err := preview.PreviewOneOff(w.Context(), w.id, request)
					w.succeeds(err)
					if w.commits() != before || len(w.receipts()) > 0 {
						w.Error("a preview was committed")
					}
					if foreseen.CorrelationID == "" || foreseenOneOff.CorrelationID == "" {
						w.Error("a preview has no correlation id")
					}
					if random.IntN(4) == 0 {
						request.Idempotency = ledger.Idempotency{}
						answer, err := asked.OneOff(w.Context(), w.id, request)
						w.succeeds(err)
						if diff := cmp.Diff(foreseenOneOff.Items, answer.Items); diff != "" {
							w.Errorf("one-off (-preview +answer):\n%s", diff)
						}
						continue
					}
					answer, err := asked.Access(w.Context(), w.id, session, access, ledger.Idempotency{})
					w.succeeds(err)
					if diff := cmp.Diff(of(foreseen), of(answer)); diff != "" {
						w.Errorf("access (-preview +answer):\n%s", diff)
					}
					verdicts[answer.Verdict]++
				}
				w.checkInvariants()
			})
		})
	}
	for _, verdict := range []licensing.Verdict{licensing.Granted, licensing.Denied, licensing.Unchanged} {
		if verdicts[verdict] < 20 {
			t.Errorf("only %d answers were %s: the test tests little", verdicts[verdict], verdict)
		}
	}
}

func TestAPreviewRestsOnTheNewestAccountAndPrices(t *testing.T) {
	inBubble(t, 100, func(w *world) {
		a, b, session := w.replica("a").open(), w.replica("b").open(), w.session()
		if _, err := a.oneOff("", 95); err != nil {
			w.Fatal(err)
		}
		if _, err := b.Snapshot(w.Context(), w.id, true); err != nil {
			w.Fatal(err)
		}
		access := licensing.Access{Requester: lisa, Items: items("item", 1), RollbackOnDeny: true}
		preview := func() licensing.Verdict {
			answer, err := b.PreviewAccess(w.Context(), w.id, session, access)
			w.succeeds(err)
			return answer.Verdict
		}
		if got := preview(); got != licensing.Denied {
			w.Errorf("%s with 5 tokens left", got)
		}
		// The cache has not heard of it yet.
		w.memory.SetLiveCatalog(w.id, selling(105))
		if got := preview(); got != licensing.Granted {
			w.Errorf("%s with 10 tokens left", got)
		}
		w.memory.SetCatalog(w.id, selling(105))
		if _, err := a.oneOff("", 1); err != nil {
			w.Fatal(err)
		}
		if got := preview(); got != licensing.Denied {
			w.Errorf("%s with 9 tokens left", got)
		}
	})
}
