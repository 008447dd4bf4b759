package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const storeTimeout = time.Second

// world is one instance with the replicas that serve it. It lives in a synctest bubble: time passes only when everybody
// waits.
type world struct {
	*testing.T
	memory    *ledgertest.Memory
	recording *ledgertest.Recording
	id        ledger.AccountID
	sessions  []ledger.Subject
	clients   []ledger.Subject
	// sound says that nobody touched the account but the ledger, so that its history must verify.
	sound bool
}

// replica is one engine and its way to the store.
type replica struct {
	*ledger.Ledger
	client *ledgertest.Client
	world  *world
}

// inBubble runs a test in a world that sells the given number of tokens.
func inBubble(t *testing.T, tokens int64, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{T: t, memory: ledgertest.NewMemory(), recording: ledgertest.NewRecording(), sound: true}
		w.id = w.memory.CreateInstance(t)
		w.memory.SetCatalog(w.id, selling(tokens))
		test(w)
	})
}

// selling is a catalog with one line item "tokens" that sells "item" at 10 tokens and "cheap" at 1.
func selling(tokens int64) licensing.Catalog {
	start := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	return licensing.Catalog{
		LineItems: []licensing.LineItem{{
			ActivationID: "tokens", State: licensing.Deployed, Quantity: licensing.Tokens(tokens) * licensing.Token,
			Start: start, End: start.AddDate(100, 0, 0), Elastic: true, RateTableSeries: "series",
		}},
		RateTables: licensing.NewRateTables([]*licensing.RateTable{{
			Name: "table", Series: "series", Version: "1", EffectiveFrom: start,
			Rates: map[licensing.ItemKey]licensing.Rate{
				{Name: "item"}:  licensing.FixedRate(10 * licensing.Token),
				{Name: "cheap"}: licensing.FixedRate(licensing.Token),
			},
		}}),
	}
}

// replica starts an engine that is closed, if the test does not, when the test ends.
func (w *world) replica(name string, adjust ...func(*ledger.Options)) *replica {
	client := ledgertest.NewClient(w.memory)
	options := ledger.Options{
		Replica: name, Clock: clock.RealClock{}, Recorder: w.recording, StoreTimeout: storeTimeout,
		Terms: func(ledger.AccountID) licensing.Terms {
			return licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, HeartbeatGrace: 10 * time.Second, IdleLimit: 720 * time.Hour}
		},
	}
	for _, adjust := range adjust {
		adjust(&options)
	}
	r := &replica{ledger.New(client, options), client, w}
	w.Cleanup(func() { r.stop() })
	return r
}

// stop closes the engine, but does not wait for a store that answers no more.
func (r *replica) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = r.Close(ctx)
	time.Sleep(10 * storeTimeout) // lets calls that hang on their way end
}

func (r *replica) open() *replica {
	r.world.Helper()
	if _, err := r.Open(r.world.Context(), r.world.id); err != nil {
		r.world.Fatalf("open: %v", err)
	}
	return r
}

func (w *world) session() ledger.Subject {
	session := w.memory.CreateSession(w, w.id)
	w.sessions = append(w.sessions, session)
	return session
}

// settle lets everything under way come to an end, including what another replica finishes.
func (w *world) settle() {
	time.Sleep(time.Minute)
	synctest.Wait()
}

func (w *world) checkInvariants() {
	w.Helper()
	w.settle()
	history, err := w.memory.History(w.id)
	w.succeeds(err)
	if !w.sound {
		history = nil
	}
	if ids := w.recording.Contradicted(); len(ids) > 0 {
		w.Errorf("recorded twice, with other contents: %v", ids)
	}
	ledgertest.CheckInvariants(w, ledgertest.Evidence{
		Store: w.memory, Account: w.id, Transactions: w.recording.Transactions(w.id), Sessions: w.sessions, History: history,
	})
}

func (w *world) succeeds(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("unexpected error: %v", err)
	}
}

func (w *world) fails(err, want error) {
	w.Helper()
	if !errors.Is(err, want) {
		w.Fatalf("got error %v, want %v", err, want)
	}
}

// used is what the stored account says.
func (w *world) used() licensing.Tokens {
	w.Helper()
	account, _, err := w.memory.LoadAccount(w.Context(), w.id)
	w.succeeds(err)
	return account.Usage["tokens"]
}

func (w *world) expectUsed(want licensing.Tokens) {
	w.Helper()
	if got := w.used(); got != want {
		w.Fatalf("%s tokens are used, want %s", got, want)
	}
}

// causes counts the recorded transactions by what made them.
func (w *world) causes() map[licensing.Cause]int {
	causes := map[licensing.Cause]int{}
	for _, transaction := range w.recording.Transactions(w.id) {
		causes[transaction.Cause]++
	}
	return causes
}

func items(name string, count int) []licensing.RequestedItem {
	return []licensing.RequestedItem{{Name: name, Count: licensing.Count(count) * licensing.One}}
}

func (r *replica) oneOff(key string, count int) (ledger.OneOffAnswer, error) {
	return r.OneOff(r.world.Context(), r.world.id, ledger.OneOffRequest{
		Items: items("cheap", count), Idempotency: ledger.Idempotency{Key: key, Digest: fmt.Sprint(count)},
	})
}

func granted(answer ledger.OneOffAnswer) bool {
	return len(answer.Items) == 1 && answer.Items[0].Status == licensing.ItemGranted
}

// claim asks for a number of items, as the given generation of the session's spec does.
func (r *replica) claim(session ledger.Subject, generation int64, count int) (ledger.SessionAnswer, error) {
	return r.Access(r.world.Context(), r.world.id, session, licensing.Access{
		Items: items("item", count), RollbackOnDeny: true,
		Declared: licensing.Declaration{Generation: generation, Digest: fmt.Sprintf("%d of %d", count, generation)},
	}, ledger.Idempotency{})
}

// request asks for a number of items, as a call with an idempotency key does.
func (r *replica) request(session ledger.Subject, key string, count int) (ledger.SessionAnswer, error) {
	return r.Access(r.world.Context(), r.world.id, session, licensing.Access{
		Requester: lisa, Items: items("item", count), RollbackOnDeny: true,
	}, ledger.Idempotency{Key: key, Digest: fmt.Sprint(count)})
}

var lisa = licensing.Requester{Type: "user", Value: "LisaBarry"}

func (r *replica) halt(session ledger.Subject) (ledger.SessionAnswer, error) {
	return r.Access(r.world.Context(), r.world.id, session, licensing.Access{RollbackOnDeny: true}, ledger.Idempotency{})
}

func (r *replica) closeSession(session ledger.Subject) (ledger.SessionAnswer, error) {
	return r.CloseSession(r.world.Context(), r.world.id, session, time.Time{}, ledger.Idempotency{})
}

func (r *replica) advance(session ledger.Subject) (ledger.SessionAnswer, error) {
	return r.Advance(r.world.Context(), r.world.id, session)
}

// license is a named-user license with a limit.
func license(userID string, limit int64) ledger.License {
	return ledger.License{
		ActivationID: "license", UserID: userID, Active: true,
		Limitation: licensing.Limitation{ID: "feature", Limit: &limit, UserProvisioning: true, ResetMode: licensing.ResetNever, Enforce: true},
	}
}

// provision gives the user a seat, of which there are enough for everybody, and the unit.
func (r *replica) provision(user ledger.Subject, license ledger.License) (ledger.UserAnswer, error) {
	results := r.Batch(r.world.Context(), r.world.id, []ledger.Request{
		ledger.Seating{User: user, License: license},
		ledger.Provisioning{User: user, License: license, Origin: licensing.DeclaredHolding},
	})
	return results[1].User, errors.Join(results[0].Err, results[1].Err)
}

func (r *replica) revoke(user ledger.Subject, license ledger.License) (ledger.UserAnswer, error) {
	return r.Revoke(r.world.Context(), r.world.id, user, license)
}

// written waits until the session shows what was answered.
func (w *world) written(answer ledger.SessionAnswer, err error) ledger.SessionAnswer {
	w.Helper()
	w.succeeds(err)
	if answer.Written != nil {
		<-answer.Written
	}
	return answer
}

// neverWrites loses everything that is written through.
func neverWrites(call ledgertest.Call) (fault ledgertest.Fault) {
	if call.Op == ledgertest.OpWrite {
		fault.Before = ledgertest.ErrLost
	}
	return fault
}

// slow makes a call take its time.
func slow(op ledgertest.Op, duration time.Duration) func(ledgertest.Call) ledgertest.Fault {
	return func(call ledgertest.Call) (fault ledgertest.Fault) {
		if call.Op == op {
			fault.Delay = duration
		}
		return fault
	}
}
