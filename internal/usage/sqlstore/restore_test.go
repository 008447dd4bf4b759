package sqlstore_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"modernc.org/sqlite"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/usagetest"
)

func TestPostgresThatIsPutBackIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	for name, stores := range map[string]int{"one process": 1, "several processes": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := newDatabase(t)
			opener := func(ctx context.Context) (usage.Store, error) { return open(ctx, url) }
			usagetest.RunStoreRestore(t, opener, stores, func() func() error {
				restore, err := cluster.Dump(t.Context(), url)
				if err != nil {
					t.Fatal(err)
				}
				return restore
			})
		})
	}
}

func TestSQLiteThatIsPutBackIsTakenAsItIs(t *testing.T) {
	t.Parallel()
	path, saved := newFile(t), filepath.Join(t.TempDir(), "saved.db")
	opener := func(ctx context.Context) (usage.Store, error) { return open(ctx, path) }
	usagetest.RunStoreRestore(t, opener, 1, func() func() error {
		db := openDatabase(t, path)
		if _, err := db.Exec("VACUUM INTO ?", saved); err != nil {
			t.Fatal(err)
		}
		return func() error { return restoreFile(t.Context(), db, saved) }
	})
}

// restoreFile does what .restore of the program sqlite3 does.
func restoreFile(ctx context.Context, db *sql.DB, from string) error {
	connection, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	err = connection.Raw(func(driver any) error {
		backup, err := driver.(interface { //nolint:forcetypeassert // the driver's only kind of connection
			NewRestore(from string) (*sqlite.Backup, error)
		}).NewRestore(from)
		if err != nil {
			return err
		}
		_, err = backup.Step(-1)
		return errors.Join(err, backup.Finish())
	})
	return errors.Join(err, connection.Close())
}

// An account that is gone, or has another one's id, is found anew, and nothing is stored as another one's meanwhile.
func TestAnAccountIsNotTakenForTheOneThatHasItsID(t *testing.T) {
	t.Parallel()
	for name, alter := range map[string]string{
		"it is gone":      "DELETE FROM usage_accounts WHERE instance <> ''",
		"it has moved on": "UPDATE usage_accounts SET id = id + 100",
	} {
		path := newFile(t)
		store, err := open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Append(t.Context(), []usage.Record{chargeOf("a")}); err != nil {
			t.Fatal(err)
		}
		if _, err := openDatabase(t, path).Exec(alter); err != nil {
			t.Fatal(err)
		}
		next := []usage.Record{chargeOf("b")}
		err = store.Append(t.Context(), next)
		if !errors.Is(err, usage.ErrUnavailable) || !strings.Contains(err.Error(), "account acme/desktop: 0 rows of usage_accounts have its id 1") {
			t.Errorf("%s: got %v, want an error that names the account", name, err)
		}
		if err := store.Append(t.Context(), next); err != nil {
			t.Errorf("%s: the next try: %v", name, err)
		}
		totals, err := store.Totals(t.Context(), usage.Account{Namespace: "acme", Instance: "desktop"})
		if err != nil || totals.Position != 2 {
			t.Errorf("%s: totals are %+v and %v, want position 2", name, totals, err)
		}
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}
}
