package sqlstore_test

import (
	"database/sql"
	"testing"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Whoever restores a backup has positions begin far behind all that were given since it was made.
func TestPositionsMayBeginFarBehindThoseOfABackup(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(*testing.T) (place string, db *sql.DB){
		"SQLite": func(t *testing.T) (string, *sql.DB) {
			path := newFile(t)
			return path, openDatabase(t, path)
		},
		"PostgreSQL": func(t *testing.T) (string, *sql.DB) {
			url := newDatabase(t)
			db, err := sql.Open("pgx", url)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			return url, db
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			place, db := make(t)
			for _, transaction := range []string{"a", "b"} {
				store, err := open(t.Context(), place)
				if err != nil {
					t.Fatal(err)
				}
				if err := store.Append(t.Context(), []usage.Record{chargeOf(transaction)}); err != nil {
					t.Fatal(err)
				}
				if err := store.Close(); err != nil {
					t.Fatal(err)
				}
				if _, err := db.Exec("UPDATE usage_counter SET position = position + 1000000000"); err != nil {
					t.Fatal(err)
				}
			}
			store, err := open(t.Context(), place)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = store.Close() })
			if newest, err := store.Newest(t.Context()); newest != 2_000_000_002 || err != nil {
				t.Errorf("the newest position is %d: %v", newest, err)
			}
			var positions []int64
			first := chargeOf("a").Time
			for record, err := range store.Records(t.Context(), usage.Query{From: first, To: first.Add(1)}) {
				if err != nil {
					t.Fatal(err)
				}
				positions = append(positions, record.Position)
			}
			if len(positions) != 2 || positions[0] != 1 || positions[1] != 1_000_000_002 {
				t.Errorf("the positions are %v", positions)
			}
			totals, err := store.Totals(t.Context(), usage.Account{Namespace: "acme", Instance: "desktop"})
			if totals.Records != 2 || totals.Position != 1_000_000_002 || err != nil {
				t.Errorf("the totals are %+v: %v", totals, err)
			}
			if err := store.Retain(t.Context(), first.AddDate(1, 0, 0)); err != nil {
				t.Fatal(err)
			}
			for record, err := range store.Records(t.Context(), usage.Query{}) {
				t.Errorf("record %s was not dropped: %v", record.ID, err)
			}
		})
	}
}
