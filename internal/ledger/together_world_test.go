package ledger_test

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// desk is an item of 10 tokens that requires a unit of the limitation "feature", and takes a free one along. For a visit,
// which costs a token, the unit has to be held before. A locker, for a token, takes a unit of another limitation.
const (
	desk     = "desk"
	deskRate = 10 * licensing.Token
	visit    = "visit"
	locker   = "locker"
)

// sellDesks sells the given number of tokens, and licenses "feature" to so many users.
func (w *world) sellDesks(tokens, units int64) {
	w.Helper()
	w.memory.SetCatalog(w.id, sellingDesks(tokens))
	w.memory.SetLicenses(w.id, licenseFor(units))
}

func sellingDesks(tokens int64) licensing.Catalog {
	catalog := selling(tokens)
	table, _ := catalog.RateTables.Effective("series", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
	table.Rates[licensing.ItemKey{Name: desk}] = licensing.FixedRate(deskRate)
	table.Rates[licensing.ItemKey{Name: visit}] = licensing.FixedRate(licensing.Token)
	table.Rates[licensing.ItemKey{Name: locker}] = licensing.FixedRate(licensing.Token)
	table.Requirements = map[licensing.ItemKey]licensing.Requirement{
		{Name: desk}:  {LimitationID: "feature", Provision: true},
		{Name: visit}: {LimitationID: "feature"},

		{Name: locker}: {LimitationID: "storage", Provision: true},
	}
	catalog.RateTables = licensing.NewRateTables([]*licensing.RateTable{table})
	return catalog
}

func licenseFor(units int64) licensing.UserLicense {
	start := time.Date(1999, 1, 1, 0, 0, 0, 0, time.UTC)
	feature := license("", units).Limitation
	storage := feature
	storage.ID = "storage"
	return licensing.UserLicense{
		LineItem:    licensing.LineItem{ActivationID: "license", State: licensing.Deployed, Start: start, End: start.AddDate(100, 0, 0)},
		Limitations: []licensing.Limitation{feature, storage},
	}
}

// user is a new user of the license who has a seat, and holds nothing else.
func (r *replica) user(userID string) ledger.Subject {
	r.world.Helper()
	user := r.world.memory.CreateUser(r.world, r.world.id, "license", userID)
	answer, err := r.TakeSeat(r.world.Context(), r.world.id, user, license(userID, 0), licensing.Seating{})
	r.world.succeeds(err)
	if !answer.Granted {
		r.world.Fatalf("no seat for %s: %s", userID, answer.Message)
	}
	return user
}

func requester(userID string) licensing.Requester {
	return licensing.Requester{Type: "user", Value: userID}
}

// buys makes a one-off request of one of each item.
func (r *replica) buys(userID, key string, names ...string) (ledger.OneOffAnswer, error) {
	return r.OneOff(r.world.Context(), r.world.id, ledger.OneOffRequest{
		Requester: requester(userID), Items: each(names), Idempotency: ledger.Idempotency{Key: key, Digest: fmt.Sprint(userID, names)},
	})
}

// uses asks for one of each item in a session.
func (r *replica) uses(session ledger.Subject, userID, key string, names ...string) (ledger.SessionAnswer, error) {
	return r.Access(r.world.Context(), r.world.id, session, licensing.Access{
		Requester: requester(userID), Items: each(names), RollbackOnDeny: true,
	}, ledger.Idempotency{Key: key, Digest: fmt.Sprint(userID, names)})
}

func each(names []string) (items []licensing.RequestedItem) {
	for _, name := range names {
		items = append(items, licensing.RequestedItem{Name: name, Count: licensing.One})
	}
	return items
}

func (w *world) expectUnits(want int64) {
	w.Helper()
	if got := w.units(); got != licensing.Tokens(want)*licensing.Token {
		w.Fatalf("%s units are held, want %d", got, want)
	}
}

// taken are the transactions that gave a unit along with tokens.
func (w *world) taken() (transactions []*ledger.Transaction) {
	for _, transaction := range w.recording.Transactions(w.id) {
		if transaction.CorrelationID != "" {
			transactions = append(transactions, transaction)
		}
	}
	return transactions
}

// holds tells whether the user's object shows the unit.
func (w *world) holds(user ledger.Subject) bool {
	w.Helper()
	sighting, err := w.memory.Read(w.Context(), user)
	w.succeeds(err)
	if sighting.State.User == nil {
		return false
	}
	_, held := sighting.State.User.Holding("feature")
	return held
}

// openedBytes observes how many bytes the ledger counts as open.
type openedBytes struct {
	ledger.Unobserved

	bytes atomic.Int64
}

func (o *openedBytes) Opened(_ ledger.AccountID, bytes int) { o.bytes.Store(int64(bytes)) }
