package cluster

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Scenario is what came to its end.
type Scenario struct {
	Account ledger.AccountID
	// Recorded reads the usage record of the account, repetitions included.
	Recorded func() ([]*ledger.Transaction, error)
	// Lowered says that the producer took away what was sold.
	Lowered bool
	// Tampered says that somebody else wrote the account: its commits do not form a chain. ByHand are the movements that
	// an administrator accepted thereby.
	Tampered bool
	ByHand   []*ledger.Transaction
}

// CheckInvariants waits until the account has come to rest, and then reports every invariant of the ledger that does not
// hold: on the account and all its commits, sessions, named users, line items and the usage record.
func (c *Cluster) CheckInvariants(t testing.TB, scenario Scenario) {
	t.Helper()
	id := scenario.Account
	account := c.rest(t, id)
	commits, broken := c.History.Commits(id)
	if broken != "" && !scenario.Tampered {
		t.Errorf("account %s: %s", id, broken)
	}
	recorded, err := scenario.Recorded()
	if err != nil {
		t.Fatalf("usage record: %v", err)
	}
	// The record leaves out the states; the commits have them.
	made := transactions(commits)
	compareRecord(t, made, recorded)
	if scenario.Tampered {
		commits = nil
	}
	ledgertest.CheckInvariants(t, ledgertest.Evidence{
		Store: c.Store, Account: id, Transactions: append(made, scenario.ByHand...),
		Sessions: c.sessions(t, id), History: commits, Lowered: scenario.Lowered,
	})
	c.compareLineItems(t, account)
}

// rest waits until nothing is open, every commit was seen, and every session object shows what was committed to it.
func (c *Cluster) rest(t testing.TB, id ledger.AccountID) *ledger.Account {
	t.Helper()
	var account *ledger.Account
	Eventually(t, "account "+id.String()+" to come to rest", func(ctx context.Context) error {
		var err error
		if account, _, err = c.Store.LoadAccount(ctx, id); err != nil {
			return err
		}
		if seen := c.History.last(id); seen != account.Sequence || len(account.Open) > 0 {
			return fmt.Errorf("commit %d, the last one seen is %d, with %d open transactions", account.Sequence, seen, len(account.Open))
		}
		return nil
	})
	return account
}

// compareRecord checks that the usage record has every transaction that was committed and no other.
func compareRecord(t testing.TB, made, recorded []*ledger.Transaction) {
	t.Helper()
	byID := func(transactions []*ledger.Transaction) map[string]ledger.Transaction {
		result := make(map[string]ledger.Transaction, len(transactions))
		for _, transaction := range transactions {
			// What an object asks for again, after a crash, may be refused again under the same id.
			if first, found := result[transaction.ID]; found && transaction.IsDenial() && first.Sequence < transaction.Sequence {
				continue
			}
			stripped := *transaction
			stripped.State = ledger.State{}
			result[transaction.ID] = stripped
		}
		return result
	}
	diff := cmp.Diff(byID(made), byID(recorded), cmpopts.EquateEmpty(), cmpopts.IgnoreUnexported(ledger.Transaction{}))
	if diff != "" {
		t.Errorf("transactions (-committed +in the usage record):\n%s", diff)
	}
}

func (c *Cluster) sessions(t testing.TB, id ledger.AccountID) (subjects []ledger.Subject) {
	t.Helper()
	var list v1alpha1.SessionList
	if err := c.Client.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	for i := range list.Items {
		if kubestore.AccountOfSession(&list.Items[i]) == id {
			subjects = append(subjects, kubestore.SessionSubject(&list.Items[i]))
		}
	}
	return subjects
}

// compareLineItems waits until the line items show what the account says.
func (c *Cluster) compareLineItems(t testing.TB, account *ledger.Account) {
	t.Helper()
	Eventually(t, "the line items to show the account", func(ctx context.Context) error {
		var list v1alpha1.LineItemList
		err := c.Client.List(ctx, &list, client.InNamespace(account.ID.Namespace), client.MatchingFields{kubestore.IndexInstance: account.ID.Name})
		if err != nil {
			return err
		}
		for i := range list.Items {
			shown, err := licensing.ParseTokens(list.Items[i].Status.Used.String())
			used := account.Usage[kubestore.ActivationID(&list.Items[i])]
			if err != nil || shown != used {
				return fmt.Errorf("line item %s shows %q used, the account has %s", list.Items[i].Name, list.Items[i].Status.Used, used)
			}
		}
		return nil
	})
}
