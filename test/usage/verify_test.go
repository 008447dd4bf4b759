package usage

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

func v1alpha1Scheme() (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	if err := clientgoscheme.AddToScheme(scheme); err != nil {
		return nil, err
	}
	return scheme, v1alpha1.AddToScheme(scheme)
}

// shown is how many differences of a kind are worth reading.
const shown = 10

// recorded is what the records of a transaction say together.
type recorded struct {
	charged  licensing.Tokens
	charges  int
	units    int
	refusals int
}

// verify compares the records with every commit, with the accounts and with what clients were answered.
func (w *world) verify(t *testing.T) {
	t.Helper()
	store, err := kept.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	w.verifyRecords(t, store)
	all, err := w.all(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	objects, err := w.audited()
	if err != nil {
		t.Fatal(err)
	}
	for _, account := range all {
		verifyTotals(t, store, account)
		audited(t, store, objects.Of(account.ID), account.ID)
	}
}

func (w *world) audited() (kubestore.Audited, error) {
	accounts, err := cluster.NewAccounts(system.Config)
	return kubestore.Audited{Store: kubestore.New(kubestore.Options{Accounts: accounts, Live: w.Client}), Accounts: accounts}, err
}

// audited has the operator's own verification say the same, with all records replayed.
func audited(t *testing.T, store usage.Store, object audit.Ledger, id ledger.AccountID) {
	t.Helper()
	records := audit.Stored{Store: store}
	evidence, err := audit.Gather(t.Context(), id, records, object, 0)
	if err != nil {
		t.Fatal(err)
	}
	replay, err := audit.Replayed(t.Context(), evidence, records)
	if err != nil {
		t.Fatal(err)
	}
	if verdict := audit.Verify(evidence, replay, audit.Options{}); !verdict.Sound() {
		t.Errorf("account %s: %+v", id, verdict.Findings)
	}
}

func (w *world) verifyRecords(t *testing.T, store usage.Store) {
	t.Helper()
	found, byTransaction := map[string]bool{}, map[string]recorded{}
	kinds, position, wrong := map[usage.Kind]int{}, int64(0), 0
	for record, err := range store.Records(t.Context(), usage.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if record.Position <= position {
			t.Errorf("record %s is at position %d, after %d", record.ID, record.Position, position)
		}
		position = record.Position
		kinds[record.Kind]++
		hash, committed := w.commits.records[record.ID]
		if wrong < shown {
			switch {
			case found[record.ID]:
				t.Errorf("record %s is there twice", record.ID)
				wrong++
			case !committed:
				t.Errorf("record %s was never committed: %+v", record.ID, record)
				wrong++
			case hash != hashOf(record):
				t.Errorf("record %s is not what was committed: %+v", record.ID, record)
				wrong++
			}
		}
		found[record.ID] = true
		sum := byTransaction[record.TransactionID]
		sum.add(record)
		byTransaction[record.TransactionID] = sum
	}
	missing := 0
	for id := range w.commits.records {
		if !found[id] {
			if missing++; missing <= shown {
				t.Errorf("record %s is missing", id)
			}
		}
	}
	t.Logf("%d records of %d: %v", len(found), len(w.commits.records), kinds)
	for _, kind := range usage.Kinds() {
		if kinds[kind] == 0 && kind != usage.Correction {
			t.Errorf("there is no record of kind %s: the load tests less than it should", kind)
		}
	}
	w.answers.verify(t, byTransaction)
}

func (r *recorded) add(record usage.Record) {
	switch record.Kind {
	case usage.Charge:
		r.charges++
		r.charged += record.Tokens
	case usage.Provision, usage.Consumption:
		r.units++
	case usage.Denial:
		r.refusals++
	case usage.AutomaticCharge, usage.Refund, usage.Revoke, usage.Rollback, usage.Correction:
	}
}

// verify wants records of everything that was answered. What was refused alone may be left out while the record cannot keep
// up, whole.
func (a *answers) verify(t *testing.T, byTransaction map[string]recorded) {
	t.Helper()
	wrong, leftOut := 0, 0
	report := func(id string, told any) {
		if wrong++; wrong <= shown {
			t.Errorf("%s was answered with %v, and recorded as %+v", id, told, byTransaction[id])
		}
	}
	for id, charged := range a.charged {
		if sum := byTransaction[id]; sum.charges == 0 || sum.charged != charged {
			report(id, charged)
		}
	}
	for id := range a.units {
		if byTransaction[id].units == 0 {
			report(id, "a unit")
		}
	}
	for id, refused := range a.refused {
		_, granted := a.charged[id]
		switch sum := byTransaction[id]; {
		case sum.refusals == 0 && !granted:
			leftOut++
		case sum.refusals != refused:
			report(id, refused)
		}
	}
	t.Logf("%d answers charged something, %d gave units, %d refused something, of which %d are left out; %d refused without an id",
		len(a.charged), len(a.units), len(a.refused), leftOut, a.nameless)
	// On a slow machine many are, by design: the record cannot keep up. Never all of them.
	if len(a.refused) > 0 && leftOut == len(a.refused) {
		t.Errorf("all of %d refusals are left out of the record", len(a.refused))
	}
}

// verifyTotals compares what the store says that it adds up to with what the account says.
func verifyTotals(t *testing.T, store usage.Store, account *ledger.Account) {
	t.Helper()
	totals, err := store.Totals(t.Context(), usage.Account{Namespace: account.ID.Namespace, Instance: account.ID.Name})
	if err != nil {
		t.Fatal(err)
	}
	want := usage.Totals{
		Used: maps.Clone(account.Usage), Allocations: map[usage.ActionKey]licensing.Tokens{}, Units: map[usage.LimitationKey]licensing.Balance{},
	}
	for key, used := range account.Allocations {
		want.Allocations[usage.ActionKey{ActivationID: key.ActivationID, ActionID: key.ActionID}] = used
	}
	for key, balance := range account.Balances {
		want.Units[usage.LimitationKey{ActivationID: key.ActivationID, LimitationID: key.LimitationID}] = balance
	}
	options := cmp.Options{
		cmpopts.IgnoreFields(usage.Totals{}, "Records", "Sequence", "Position"), cmpopts.EquateEmpty(),
		ignoreZeros[string, licensing.Tokens](), ignoreZeros[usage.ActionKey, licensing.Tokens](), ignoreZeros[usage.LimitationKey, licensing.Balance](),
	}
	if diff := cmp.Diff(want, totals, options...); diff != "" {
		t.Errorf("account %s and its records (-account +records):\n%s", account.ID, diff)
	}
	if totals.Sequence > account.Sequence {
		t.Errorf("the records of account %s go to commit %d, it is at %d", account.ID, totals.Sequence, account.Sequence)
	}
}

func ignoreZeros[K, V comparable]() cmp.Option {
	var zero V
	return cmpopts.IgnoreMapEntries(func(_ K, amount V) bool { return amount == zero })
}
