package audit_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

var began = time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)

// world is one Instance with two replicas, in a synctest bubble.
type world struct {
	*testing.T
	*keeper
	random   *rand.Rand
	replicas []*ledger.Ledger
	clients  []*ledgertest.Client
	sessions []ledger.Subject
	users    []ledger.Subject
	consumed []string
	keys     int
}

func inBubble(t *testing.T, seed uint64, test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		memory := ledgertest.NewMemory()
		id := memory.CreateInstance(t)
		memory.SetCatalog(id, catalog())
		w := &world{T: t, keeper: newKeeper(memory, id), random: rand.New(rand.NewPCG(seed, 1))}
		for i := range 2 {
			client := ledgertest.NewClient(memory)
			w.clients = append(w.clients, client)
			w.replicas = append(w.replicas, ledger.New(client, ledger.Options{
				Replica: fmt.Sprint(i), Recorder: w.keeper,
				Terms: func(ledger.AccountID) licensing.Terms {
					return licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, HeartbeatGrace: 10 * time.Second, IdleLimit: 720 * time.Hour}
				},
			}))
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			for _, replica := range w.replicas {
				_ = replica.Close(ctx)
			}
			time.Sleep(time.Minute)
		})
		_, err := w.any().Open(t.Context(), id)
		w.succeeds(err)
		for range 4 {
			w.sessions = append(w.sessions, memory.CreateSession(t, id))
		}
		for i := range 3 {
			w.users = append(w.users, memory.CreateUser(t, id, "license", fmt.Sprint("user", i)))
		}
		test(w)
	})
}

// catalog sells from two line items, of which one has an allocation, at a price that cannot be split evenly.
func catalog() licensing.Catalog {
	item := func(id string, quantity int64) licensing.LineItem {
		return licensing.LineItem{
			ActivationID: id, State: licensing.Deployed, Quantity: licensing.Tokens(quantity) * licensing.Token,
			Start: began, End: began.AddDate(100, 0, 0), Elastic: true, RateTableSeries: "series",
		}
	}
	small, large := item("ACT/1", 25), item("ACT2", 1000)
	small.Actions = []licensing.Action{{ID: "everyone", Allow: true, Allocation: new(20 * licensing.Token)}}
	return licensing.Catalog{
		LineItems: []licensing.LineItem{small, large},
		RateTables: licensing.NewRateTables([]*licensing.RateTable{{
			Name: "table", Series: "series", Version: "1", EffectiveFrom: began,
			Rates: map[licensing.ItemKey]licensing.Rate{{Name: "item"}: licensing.FixedRate(3_333_333), {Name: "cheap"}: licensing.FixedRate(1)},
		}}),
	}
}

var calls = ledger.Meter{
	ActivationID: "license", Began: began,
	Limitation: licensing.Limitation{ID: "calls", Limit: new(int64(10)), ResetMode: licensing.ResetPeriodically, ResetPeriodDays: 1, Enforce: true},
}

func (w *world) any() *ledger.Ledger { return w.replicas[w.random.IntN(len(w.replicas))] }

func (w *world) succeeds(err error) {
	w.Helper()
	if err != nil {
		w.Fatalf("unexpected error: %v", err)
	}
}

// act does one thing of all that can happen on an account. Refusals are a part of life.
func (w *world) act() {
	ctx, r, random := w.Context(), w.any(), w.random
	session, user := w.sessions[random.IntN(len(w.sessions))], w.users[random.IntN(len(w.users))]
	count := licensing.Count(1+random.Int64N(40)) * licensing.One / 10
	items := []licensing.RequestedItem{{Name: []string{"item", "cheap"}[random.IntN(2)], Count: count, MetaData: []byte(`{"b": 1.50, "a": "é"}`)}}
	license := ledger.License{
		ActivationID: "license", UserID: user.Name, Active: true,
		Limitation: licensing.Limitation{ID: "feature", Limit: new(int64(2)), UserProvisioning: true, ResetMode: licensing.ResetNever, Enforce: true},
	}
	w.keys++
	once := ledger.Idempotency{Key: fmt.Sprint(w.keys), Digest: "x"}
	var err error
	switch random.IntN(12) {
	case 0, 1, 2:
		_, err = r.Access(ctx, w.id, session, licensing.Access{Requester: licensing.Requester{Type: "user", Value: "LisaBarry"}, Items: items, RollbackOnDeny: true}, once)
	case 3:
		_, err = r.Access(ctx, w.id, session, licensing.Access{RollbackOnDeny: true}, once)
	case 4:
		_, err = r.Advance(ctx, w.id, session)
	case 5, 6:
		_, err = r.OneOff(ctx, w.id, ledger.OneOffRequest{Requester: licensing.Requester{Type: "user", Value: "Max"}, Items: items, Idempotency: once})
	case 7:
		var answer ledger.ConsumptionAnswer
		answer, err = r.Consume(ctx, w.id, ledger.ConsumptionRequest{Meter: calls, Value: 1_500_000, UserID: user.Name, Idempotency: once})
		if answer.TransactionID != "" {
			w.consumed = append(w.consumed, answer.TransactionID)
		}
	case 8:
		if len(w.consumed) > 0 {
			_, err = r.RollbackConsumption(ctx, w.id, ledger.RollbackRequest{Meter: calls, TransactionID: w.consumed[random.IntN(len(w.consumed))]})
		}
	case 9:
		_, err = r.TakeSeat(ctx, w.id, user, license, licensing.Seating{})
		if err == nil {
			_, err = r.Provision(ctx, w.id, user, license, licensing.ConsumedHolding)
		}
	case 10:
		_, err = r.Release(ctx, w.id, user, license)
	case 11:
		_, err = r.ResetBalance(ctx, w.id, calls)
	}
	var refused *licensing.LimitationError
	if err != nil && !errors.As(err, &refused) {
		w.Fatalf("unexpected error: %v", err)
	}
}

// live lets a number of things happen, with pauses in which something becomes due.
func (w *world) live(steps int) {
	for range steps {
		w.act()
		if w.random.IntN(3) == 0 {
			time.Sleep(time.Duration(w.random.Int64N(int64(2 * time.Hour))))
		}
	}
}

// settle lets everything under way come to an end, with the store up.
func (w *world) settle() {
	w.fail(false)
	for range 3 {
		w.rest() // what came between the next two steps would be lost
		w.drain(1 << 20)
		w.mu.Lock()
		w.waiting = nil
		w.mu.Unlock()
	}
}

// rest lets everything under way come to an end. Before it, what the keeper has is not for tests to touch.
func (w *world) rest() {
	time.Sleep(time.Minute)
	synctest.Wait()
}

func (w *world) gather() audit.Evidence {
	w.Helper()
	evidence, err := audit.Gather(w.Context(), w.id, w.keeper, w.keeper, 0)
	w.succeeds(err)
	return evidence
}

// verdict is that of a verification that reads every record.
func (w *world) verdict() audit.Verdict {
	w.Helper()
	return w.verdictWith(audit.Options{})
}

func (w *world) verdictWith(options audit.Options) audit.Verdict {
	w.Helper()
	evidence := w.gather()
	replay, err := audit.Replayed(w.Context(), evidence, w.keeper)
	w.succeeds(err)
	return audit.Verify(evidence, replay, options)
}

func (w *world) expectSound() audit.Verdict {
	w.Helper()
	verdict := w.verdict()
	if !verdict.Sound() {
		w.Fatalf("findings: %v\n%+v", verdict.Findings, verdict.Compared)
	}
	return verdict
}

// stored is the account as it is.
func (w *world) stored() *ledger.Account {
	w.Helper()
	account, err := w.Account(w.Context())
	w.succeeds(err)
	return account
}

// figures are what must be the same before and after.
type figures struct {
	Books    licensing.Books
	Balances map[ledger.LimitationKey]licensing.Balance
}

func figuresOf(account *ledger.Account) figures { return figures{account.Books, account.Balances} }

func (w *world) expectFigures(what string, want figures) {
	w.Helper()
	noZeros := cmpopts.IgnoreMapEntries(func(_ any, tokens licensing.Tokens) bool { return tokens == 0 })
	if diff := cmp.Diff(want, figuresOf(w.stored()), noZeros); diff != "" {
		w.Fatalf("%s (-want +got):\n%s", what, diff)
	}
}
