package sqlstore_test

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

// traced is a statement as the store ran it.
type traced struct {
	text string
	args []any
}

// What plans say of an index of subjects, and of whatever else there is.
var (
	bySubject = regexp.MustCompile(`USING INDEX usage_records_subject|Index Cond: \(+"left"\(subject_(uid|name), 512\) = `)
	byOthers  = regexp.MustCompile(`Seq Scan|SCAN usage_records|PRIMARY KEY|_pkey`)
)

// A session has a few records among millions: they are found by the indexes of UIDs and names, and by nothing else.
func TestASessionIsLookedUpByItsIndexes(t *testing.T) {
	t.Parallel()
	file, url := newFile(t), newDatabase(t)
	for name, test := range map[string]struct {
		open                 func(sqlstore.Options) (usage.Store, error)
		driver, source, plan string
	}{
		"SQLite": {
			func(o sqlstore.Options) (usage.Store, error) { return sqlstore.OpenSQLite(t.Context(), file, o) },
			"sqlite", "file:" + strings.NewReplacer("?", "%3f", "#", "%23", "%", "%25").Replace(file), "EXPLAIN QUERY PLAN ",
		},
		"PostgreSQL": {
			func(o sqlstore.Options) (usage.Store, error) { return sqlstore.OpenPostgres(t.Context(), url, o) },
			"pgx", url, "EXPLAIN ",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var asked []traced
			store, err := test.open(sqlstore.Options{Trace: func(text string, args []any) { asked = append(asked, traced{text, args}) }})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { store.Close() }) //nolint:errcheck // it was read only
			record := manySessions(t, store)
			db, err := sql.Open(test.driver, test.source)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() }) //nolint:errcheck // it was read only
			if _, err := db.ExecContext(t.Context(), "ANALYZE"); err != nil {
				t.Fatal(err)
			}
			for _, session := range []string{record.SubjectUID, record.SubjectName} {
				asked = nil
				query := usage.Query{Sessions: []string{session}}
				if buckets, err := store.Aggregate(t.Context(), usage.Aggregation{Query: query}); err != nil || len(buckets) != 1 || buckets[0].Records != 1 {
					t.Errorf("%v %v, want one record", buckets, err)
				}
				for _, err := range store.Records(t.Context(), query) {
					if err != nil {
						t.Fatal(err)
					}
				}
				for _, statement := range asked {
					if !strings.Contains(statement.text, "usage_records") {
						continue
					}
					if plan := explained(t, db, test.plan, statement); !bySubject.MatchString(plan) || byOthers.MatchString(plan) {
						t.Errorf("%s:\n%s", statement.text, plan)
					}
				}
			}
		})
	}
}

// manySessions stores a record each, and gives one of them.
func manySessions(t *testing.T, store usage.Store) usage.Record {
	t.Helper()
	records := make([]usage.Record, 3000)
	for n := range records {
		records[n] = chargeOf(fmt.Sprint(n))
		records[n].SubjectKind, records[n].SubjectName, records[n].SubjectUID = "Session", uuid.NewString(), uuid.NewString()
	}
	if err := store.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	return records[1000]
}

func explained(t *testing.T, db *sql.DB, explain string, statement traced) (plan string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), explain+statement.text, statement.args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		fields := make([]any, len(columns))
		for i := range fields {
			fields[i] = new(sql.NullString)
		}
		if err := rows.Scan(fields...); err != nil {
			t.Fatal(err)
		}
		plan += fields[len(fields)-1].(*sql.NullString).String + "\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan
}
