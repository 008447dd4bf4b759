package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

func TestATransactionNamesItsCaller(t *testing.T) {
	inBubble(t, 0, func(w *world) {
		w.sellDesks(31, 1)
		r, session := w.replica("a").open(), w.session()
		r.user("ann")
		ctx := ledger.WithCaller(w.Context(), "shop")
		_, err := r.Access(ctx, w.id, session, licensing.Access{Requester: requester("ann"), Items: each([]string{desk})}, ledger.Idempotency{})
		w.succeeds(err)
		time.Sleep(time.Hour + time.Minute)
		// What is due comes first: a charge that nobody asked for.
		_, err = r.CloseSession(ctx, w.id, session, time.Time{}, ledger.Idempotency{})
		w.succeeds(err)
		for _, request := range []ledger.Request{consumption("", 1), consumption("", 100)} {
			w.succeeds(r.Batch(ctx, w.id, []ledger.Request{request})[0].Err)
		}
		w.checkInvariants()
		got := map[licensing.Cause][]string{}
		for _, transaction := range w.recording.Transactions(w.id) {
			got[transaction.Cause] = append(got[transaction.Cause], transaction.Caller)
		}
		want := map[licensing.Cause][]string{
			licensing.CauseProvisioned: {ledger.Kubernetes, "shop"}, // the seat, and the unit that comes with the tokens
			licensing.CauseAccess:      {"shop"}, licensing.CauseAutomaticCharge: {""}, licensing.CauseClosed: {"shop"},
			licensing.CauseConsumed: {"shop"}, licensing.CauseRefused: {"shop"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
