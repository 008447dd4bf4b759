package outbox

import (
	"database/sql"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

// forbid is a store that does not take the records of an account, however often they come, until it is told to.
func forbid(t *testing.T, account ledger.AccountID) (store usage.Store, allow func()) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "usage.db")
	store, err := sqlstore.OpenSQLite(t.Context(), path, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	change := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	change("CREATE TRIGGER forbid BEFORE INSERT ON usage_records WHEN NEW.requester_value = '" + account.Name + "' BEGIN SELECT RAISE(ABORT, 'too long'); END")
	return store, func() { change("DROP TRIGGER forbid") }
}

// commitOf is a transaction of one record of an account.
func commitOf(account ledger.AccountID, sequence int64) []*ledger.Transaction {
	transactions := commit(sequence)
	transactions[0].ID = account.Name + "-" + transactions[0].ID
	transactions[0].Requester = licensing.Requester{Type: "user", Value: account.Name}
	return transactions
}

func TestARecordThatTheStoreNeverTakesHoldsUpItsAccountOnly(t *testing.T) {
	store, allow := forbid(t, bad)
	b := newBench(t)
	b.options.Store = store
	b.look(t)
	record := func(account ledger.AccountID, sequence int64) {
		t.Helper()
		if err := b.Record(t.Context(), account, commitOf(account, sequence)); err != nil {
			t.Fatal(err)
		}
	}
	expect := func(account ledger.AccountID, want []int64) {
		t.Helper()
		var got []int64
		for record, err := range store.Records(t.Context(), usage.Query{Instances: []string{account.Name}}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, record.Sequence)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("stored of %s (-want +got)\n%s", account, diff)
		}
	}
	for n := range int64(5) {
		record(bad, n+1)
		record(good, n+1)
		expect(good, numbers(1, n+1)) // at once: it was recorded when it was stored
		b.clock.Step(gather)          // pages of one account are not made one after the other
		b.look(t)
		if pages := len(b.spill.of(good)); pages > 0 || b.down.Load() {
			t.Fatalf("after %d rounds others have %d pages, and the store is down: %t", n+1, pages, b.down.Load())
		}
	}
	if state := b.StateOf(bad); state.Refused == "" || state.Down != "" || state.Waiting.Records != 5 {
		t.Errorf("the state is %+v", state)
	}
	if state := b.StateOf(good); state.Refused != "" || state.Waiting.Records != 0 {
		t.Errorf("the state of others is %+v", state)
	}
	expect(bad, nil)
	allow()
	b.clock.Step(b.options.Retry)
	for b.look(t) {
		continue
	}
	expect(bad, numbers(1, 5))
	if state := b.StateOf(bad); state.Refused != "" || state.Waiting.Records != 0 {
		t.Errorf("in the end the state is %+v", state)
	}
}

// Records of several accounts go to the store as one append, which it refuses as a whole.
func TestWhoIsStoredTogetherWithARecordThatTheStoreNeverTakesIsStored(t *testing.T) {
	store, _ := forbid(t, bad)
	b := newBench(t)
	b.options.Store = store
	var together []*batch
	for _, account := range []ledger.AccountID{{Namespace: "shop", Name: "a"}, bad, good} {
		records := usage.RecordsOf(account, commitOf(account, 1)[0])
		together = append(together, &batch{records: records, done: make(chan error, 1)})
	}
	b.appendTogether(together)
	for i, want := range []bool{true, false, true} {
		if err := <-together[i].done; (err == nil) != want {
			t.Errorf("batch %d: %v", i, err)
		}
	}
	if b.down.Load() {
		t.Error("the store is taken for down")
	}
}
