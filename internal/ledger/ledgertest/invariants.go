package ledgertest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Evidence is what the invariants are checked on, after a scenario has come to rest.
type Evidence struct {
	Store   ledger.Store
	Account ledger.AccountID
	// Transactions are those in the usage record. Repetitions do no harm.
	Transactions []*ledger.Transaction
	// Sessions are those that still exist.
	Sessions []ledger.Subject
	// History are all commits, oldest first; nil where the store keeps none.
	History []*ledger.Account
	// Lowered says that the producer took away what was sold, so that more may be used than there is.
	Lowered bool
	// ReceiptRetention is that of the ledger, if it is not the default.
	ReceiptRetention time.Duration
}

// CheckInvariants reports every invariant of the ledger that does not hold.
func CheckInvariants(t testing.TB, evidence Evidence) {
	t.Helper()
	account, _, err := evidence.Store.LoadAccount(t.Context(), evidence.Account)
	if err != nil {
		t.Errorf("account %s: %v", evidence.Account, err)
		return
	}
	check := &checker{TB: t, Evidence: evidence, account: account}
	check.transactions()
	check.onePerKey()
	check.receipts()
	check.nothingOpen()
	check.usage()
	check.movements()
	check.capacity()
	check.balances()
	check.holdings()
	check.consumptions()
	check.together()
	check.sessions()
	if err := ledger.VerifyChain(evidence.History); err != nil {
		t.Errorf("history of %s: %v", evidence.Account, err)
	}
}

type checker struct {
	testing.TB
	Evidence
	account *ledger.Account
	// once are the recorded transactions, each once, in commit order.
	once []*ledger.Transaction
}

func (c *checker) transactions() {
	known := map[string]*ledger.Transaction{}
	for _, transaction := range c.Transactions {
		if first := known[transaction.ID]; first == nil {
			known[transaction.ID] = transaction
			c.once = append(c.once, transaction)
		} else if diff := cmp.Diff(first, transaction, equalities...); diff != "" {
			c.Errorf("transaction %s was recorded with two contents (-first +second):\n%s", transaction.ID, diff)
		}
	}
	slices.SortStableFunc(c.once, func(a, b *ledger.Transaction) int { return int(a.Sequence - b.Sequence) })
}

var equalities = []cmp.Option{cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(ledger.Transaction{})}

func (c *checker) nothingOpen() {
	for _, transaction := range c.account.Open {
		c.Errorf("transaction %s (%s of commit %d) is still open", transaction.ID, transaction.Cause, transaction.Sequence)
	}
}

// usage is what the recorded entries add up to, to the last micro-token.
func (c *checker) usage() {
	recorded := licensing.NewBooks()
	for _, transaction := range c.once {
		if err := recorded.Apply(transaction.Entries); err != nil {
			c.Errorf("transaction %s (%s of commit %d): %v", transaction.ID, transaction.Cause, transaction.Sequence, err)
		}
	}
	if diff := cmp.Diff(withoutZeros(recorded.Usage), withoutZeros(c.account.Usage)); diff != "" {
		c.Errorf("used of each line item (-recorded +account):\n%s", diff)
	}
	if diff := cmp.Diff(withoutZeros(recorded.Allocations), withoutZeros(c.account.Allocations)); diff != "" {
		c.Errorf("used under each action (-recorded +account):\n%s", diff)
	}
}

// movements are counted by the account unless it was made by hand, or anew.
func (c *checker) movements() {
	if c.account.Movements == nil {
		return
	}
	recorded := 0
	for _, transaction := range c.once {
		recorded += len(transaction.Entries) + len(transaction.Units)
	}
	if int64(recorded) != *c.account.Movements {
		c.Errorf("%d movements are recorded, the account counts %d", recorded, *c.account.Movements)
	}
}

func (c *checker) capacity() {
	catalog, err := c.Store.Catalog(c.Context(), c.Account, true)
	if err != nil {
		c.Errorf("catalog: %v", err)
		return
	}
	accounts := append([]*ledger.Account{c.account}, c.History...)
	for _, lineItem := range catalog.LineItems {
		for _, account := range accounts {
			if used := account.Usage[lineItem.ActivationID]; used < 0 || (used > lineItem.Capacity() && !c.Lowered) {
				c.Errorf("line item %s: %s used at commit %d, must be from 0 to %s", lineItem.ActivationID, used, account.Sequence, lineItem.Capacity())
				break
			}
		}
		for _, action := range lineItem.Actions {
			if action.Allow && action.Allocation != nil {
				c.allocation(licensing.AllocationKey{ActivationID: lineItem.ActivationID, ActionID: action.ID}, *action.Allocation, accounts)
			}
		}
	}
}

func (c *checker) allocation(key licensing.AllocationKey, most licensing.Tokens, accounts []*ledger.Account) {
	for _, account := range accounts {
		if used := account.Allocations[key]; used < 0 || (used > most && !c.Lowered) {
			c.Errorf("action %s of line item %s: %s used at commit %d, must be from 0 to %s", key.ActionID, key.ActivationID, used, account.Sequence, most)
			return
		}
	}
}

// sessions follows each session through its transactions.
func (c *checker) sessions() {
	followed := map[ledger.Subject][]*ledger.Transaction{}
	for _, transaction := range c.once {
		if transaction.Subject.Kind == ledger.SessionSubject {
			followed[transaction.Subject] = append(followed[transaction.Subject], transaction)
		}
	}
	for subject, transactions := range followed {
		if err := followSession(transactions); err != nil {
			c.Errorf("session %s: %v", subject.Name, err)
		}
	}
	for _, subject := range c.Sessions {
		sighting, err := c.Store.Read(c.Context(), subject)
		if errors.Is(err, ledger.ErrSubjectGone) {
			continue
		}
		if err != nil {
			c.Errorf("session %s: %v", subject.Name, err)
			continue
		}
		want := ledger.State{}
		if transactions := followed[subject]; len(transactions) > 0 {
			want = transactions[len(transactions)-1].State
		}
		if want.Revision() != sighting.State.Revision() || want.Session != nil && !cmp.Equal(want, sighting.State, equalities...) {
			c.Errorf("session %s differs from its last transaction (-recorded +object):\n%s", subject.Name, cmp.Diff(want, sighting.State, equalities...))
		}
	}
}

// followSession checks that there was one open charge at most, that refunds went where that charge came from, and that
// no revision was made twice.
func followSession(transactions []*ledger.Transaction) error {
	open := licensing.Usage{}
	revision := int64(0)
	for _, transaction := range transactions {
		if transaction.Base != revision || transaction.State.Revision() != revision+1 {
			return fmt.Errorf("commit %d goes from revision %d to %d, the session was at %d", transaction.Sequence, transaction.Base, transaction.State.Revision(), revision)
		}
		revision++
		charged := licensing.Usage{}
		for _, entry := range transaction.Entries {
			if entry.Kind == licensing.EntryCharge {
				charged[entry.ActivationID] += entry.Tokens
				continue
			}
			if open[entry.ActivationID] -= entry.Tokens; open[entry.ActivationID] < 0 {
				return fmt.Errorf("commit %d refunds %s more on line item %s than its open charge", transaction.Sequence, -open[entry.ActivationID], entry.ActivationID)
			}
		}
		// What was not refunded is spent: the new charge takes the place of the old one.
		open = charged
		held := licensing.Usage{}
		for _, item := range transaction.State.Session.Items {
			for _, charge := range item.Charges {
				held[charge.ActivationID] += charge.Tokens
			}
		}
		if diff := cmp.Diff(withoutZeros(charged), withoutZeros(held)); diff != "" {
			return fmt.Errorf("commit %d leaves a session with other charges than it made (-made +session):\n%s", transaction.Sequence, diff)
		}
	}
	return nil
}

func withoutZeros[K comparable](amounts map[K]licensing.Tokens) map[K]licensing.Tokens {
	kept := maps.Clone(amounts)
	maps.DeleteFunc(kept, func(_ K, amount licensing.Tokens) bool { return amount == 0 })
	return kept
}
