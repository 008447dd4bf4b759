package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// tampered is a store whose tables were changed by somebody else.
func tampered(t *testing.T, open func(context.Context) (usage.Store, error), db *sql.DB, statements ...string) usage.Store {
	t.Helper()
	store, err := open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

func openTables(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// saying is a record with a message, of an account of its own.
func saying(transaction, message string) usage.Record {
	record := chargeOf(transaction)
	record.Instance, record.Item, record.Message = "of-"+transaction, "item-"+transaction, message
	return record
}

// expectRefused appends two records of which the second cannot be stored, and then the first.
func expectRefused(t *testing.T, store usage.Store, message string) {
	t.Helper()
	whole, bad := saying("whole", ""), saying("bad", message)
	if err := store.Append(t.Context(), []usage.Record{whole, bad}); err == nil || errors.Is(err, usage.ErrUnavailable) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if got := stored(t, store); len(got) > 0 {
		t.Errorf("of a batch that was refused %v are stored", got)
	}
	// What was learned of the batch was rolled back with it.
	later := saying("later", "")
	for _, record := range []usage.Record{later, whole} {
		if err := store.Append(t.Context(), []usage.Record{record}); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{later.ID, whole.ID}, stored(t, store)); diff != "" {
		t.Errorf("stored (-want +got)\n%s", diff)
	}
	for _, record := range []usage.Record{later, whole} {
		totals, err := store.Totals(t.Context(), usage.Account{Namespace: record.Namespace, Instance: record.Instance})
		if err != nil || totals.Records != 1 || totals.Used[""] != record.Tokens {
			t.Errorf("totals of %s: %+v, %v", record.Instance, totals, err)
		}
		buckets, err := store.Aggregate(t.Context(), usage.Aggregation{By: []usage.Dimension{usage.ByInstance}, Query: usage.Query{Items: []string{record.Item}}})
		if err != nil || len(buckets) != 1 || buckets[0].Key[0] != record.Instance || buckets[0].Records != 1 {
			t.Errorf("sums of %s: %+v, %v", record.Item, buckets, err)
		}
	}
}

// stored are the ids of the records there are.
func stored(t *testing.T, store usage.Store) (ids []string) {
	t.Helper()
	for record, err := range store.Records(t.Context(), usage.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, record.ID)
	}
	return ids
}

// raise has a record raise what its message says.
const raise = `CREATE FUNCTION raise_message() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN IF NEW.message <> '' THEN RAISE EXCEPTION 'made to fail' USING ERRCODE = NEW.message; END IF; RETURN NEW; END $$`

func TestPostgresRefusesWhatItsValuesForbid(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"22001", "22021", "22P05", "23502", "23514", "54000"} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			url := newDatabase(t)
			store := tampered(t, func(ctx context.Context) (usage.Store, error) { return open(ctx, url) }, openTables(t, url), raise,
				"CREATE TRIGGER raise_message BEFORE INSERT ON usage_records FOR EACH ROW EXECUTE FUNCTION raise_message()")
			expectRefused(t, store, code)
		})
	}
}

func TestPostgresThatFailsOtherwiseIsNotAvailable(t *testing.T) {
	t.Parallel()
	url := newDatabase(t)
	store := tampered(t, func(ctx context.Context) (usage.Store, error) { return open(ctx, url) }, openTables(t, url), raise,
		"CREATE TRIGGER raise_message BEFORE INSERT ON usage_records FOR EACH ROW EXECUTE FUNCTION raise_message()")
	for _, code := range []string{
		"08006", "25006", "40001", "40P01", "42501", "42P01", "53100", "53200", "53300", "55P03", "57014", "57P01", "58030", "XX001",
	} {
		if err := store.Append(t.Context(), []usage.Record{saying("a", code)}); !errors.Is(err, usage.ErrUnavailable) {
			t.Errorf("%s: got %v, want that it is not available", code, err)
		}
	}
	if err := store.Append(t.Context(), []usage.Record{saying("a", "")}); err != nil {
		t.Error(err)
	}
}

// A server that gives no transaction ids any more answers 54000 to whoever changes anything.
func TestPostgresThatTakesNothingAtAllIsNotAvailable(t *testing.T) {
	t.Parallel()
	const function = `CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN RAISE EXCEPTION 'made to fail' USING ERRCODE = '54000'; END $$`
	for name, trigger := range map[string]string{
		"at the beginning": "CREATE TRIGGER refuse BEFORE UPDATE ON usage_counter FOR EACH ROW EXECUTE FUNCTION refuse()",
		"at the end":       "CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON usage_ids DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newDatabase(t)
			store := tampered(t, func(ctx context.Context) (usage.Store, error) { return open(ctx, url) }, openTables(t, url), function, trigger)
			if err := store.Append(t.Context(), []usage.Record{chargeOf("a")}); !errors.Is(err, usage.ErrUnavailable) {
				t.Errorf("got %v, want that it is not available", err)
			}
		})
	}
}

func TestSQLiteRefusesWhatItsValuesForbid(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	store := tampered(t, func(ctx context.Context) (usage.Store, error) { return open(ctx, path) }, openDatabase(t, path),
		"CREATE TRIGGER refuse BEFORE INSERT ON usage_records WHEN NEW.message <> '' BEGIN SELECT RAISE(ABORT, 'made to fail'); END")
	expectRefused(t, store, "forbidden")
}

func TestSQLiteThatFailsOtherwiseIsNotAvailable(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	store := tampered(t, func(ctx context.Context) (usage.Store, error) { return open(ctx, path) }, openDatabase(t, path), "DROP TABLE usage_used")
	if err := store.Append(t.Context(), []usage.Record{chargeOf("a")}); !errors.Is(err, usage.ErrUnavailable) {
		t.Errorf("got %v, want that it is not available", err)
	}
}
