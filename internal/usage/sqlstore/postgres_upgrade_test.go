package sqlstore_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

// versionOne puts the tables back to what they were before migration 00002.
var versionOne = []string{
	"DROP INDEX usage_records_requester_prefix, usage_records_subject_prefix, usage_records_subject_name_prefix, usage_records_correlation_prefix",
	"CREATE INDEX usage_records_requester ON usage_records (requester_value, position)",
	"CREATE INDEX usage_records_subject ON usage_records (subject_uid, position) WHERE subject_uid <> ''",
	"CREATE INDEX usage_records_subject_name ON usage_records (subject_name, position) WHERE subject_name <> ''",
	"CREATE INDEX usage_records_correlation ON usage_records (correlation_id, position) WHERE correlation_id <> ''",
	"DELETE FROM usage_version WHERE version_id > 1",
}

// incompressible is a text that is as long in an index.
func incompressible() string {
	var text strings.Builder
	for n := range 200 {
		sum := sha256.Sum256([]byte{byte(n), byte(n >> 8)})
		text.WriteString(base64.StdEncoding.EncodeToString(sum[:]))
	}
	return text.String()
}

func TestWhatVersionOneCouldNotStoreIsStoredAfterTheUpgrade(t *testing.T) {
	t.Parallel()
	url := newDatabase(t)
	open := func(ctx context.Context) (usage.Store, error) { return open(ctx, url) }
	db := openTables(t, url)
	store := tampered(t, open, db, versionOne...)
	before, long := chargeOf("before"), chargeOf("long")
	long.RequesterValue = incompressible()
	if err := store.Append(t.Context(), []usage.Record{before}); err != nil {
		t.Fatal(err)
	}
	if err := store.Append(t.Context(), []usage.Record{long}); err == nil || errors.Is(err, usage.ErrUnavailable) {
		t.Fatalf("got %v, want a refusal", err)
	}
	for _, column := range []string{"usage_accounts DROP COLUMN dropped", "usage_counter DROP COLUMN kept_from", "usage_counter DROP COLUMN position_key"} { // of versions 3 and 4
		if _, err := db.ExecContext(t.Context(), "ALTER TABLE "+column); err != nil {
			t.Fatal(err)
		}
	}
	upgraded := tampered(t, open, db)
	if err := upgraded.Append(t.Context(), []usage.Record{long}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{before.ID, long.ID}, stored(t, upgraded)); diff != "" {
		t.Errorf("stored (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(indexes(t, openTables(t, newTables(t))), indexes(t, db)); diff != "" {
		t.Errorf("indexes of a month that was there before (-want as they are made today, +got)\n%s", diff)
	}
}

// newTables are those of today, with a month.
func newTables(t *testing.T) (url string) {
	t.Helper()
	url = newDatabase(t)
	store := tampered(t, func(ctx context.Context) (usage.Store, error) { return open(ctx, url) }, nil)
	if err := store.Append(t.Context(), []usage.Record{chargeOf("a")}); err != nil {
		t.Fatal(err)
	}
	return url
}

// indexes are what those of all tables are of, in any order of their names.
func indexes(t *testing.T, db *sql.DB) (of []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT tablename || regexp_replace(indexdef, '^.* USING', '') FROM pg_indexes
		WHERE schemaname = 'public' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var index string
		if err := rows.Scan(&index); err != nil {
			t.Fatal(err)
		}
		of = append(of, index)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return of
}

func TestPostgresFindsTextsByTheirIndexes(t *testing.T) {
	t.Parallel()
	url := newDatabase(t)
	db := openTables(t, url)
	var plans []string
	store, err := sqlstore.OpenPostgres(t.Context(), url, sqlstore.Options{Trace: func(statement string, args []any) {
		plans = append(plans, explain(t, db, statement, args))
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	var records []usage.Record
	for n := range 6000 {
		record := chargeOf(fmt.Sprint("t-", n))
		record.RequesterValue, record.CorrelationID = fmt.Sprint("user-", n%20), fmt.Sprint("c-", n)
		record.SubjectName, record.SubjectUID = fmt.Sprintf("00000000-0000-4000-8000-%012d", n), fmt.Sprint("uid-", n)
		records = append(records, record)
	}
	if err := store.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), "ANALYZE usage_records"); err != nil {
		t.Fatal(err)
	}
	for column, query := range map[string]usage.Query{
		"requester_value": {Requesters: []string{"user-7"}}, "subject_name": {Sessions: []string{"00000000-0000-4000-8000-000000000007"}},
		"subject_uid": {Sessions: []string{"uid-7"}}, "correlation_id": {CorrelationIDs: []string{"c-7"}},
	} {
		plans = nil
		for _, err := range store.Records(t.Context(), query) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := store.Aggregate(t.Context(), usage.Aggregation{Query: query, By: []usage.Dimension{usage.BySession}}); err != nil {
			t.Fatal(err)
		}
		if found := strings.Join(plans, ""); !strings.Contains(found, `"left"(`+column+", 512) = ") {
			t.Errorf("%s: its index is not used", column)
		}
		for i, plan := range plans {
			if strings.Contains(plan, "Seq Scan") {
				t.Errorf("%s: all records are read:\n%s", column, plan)
			}
			if i == 0 && column == "requester_value" && strings.Contains(plan, "Sort  ") {
				t.Errorf("%s: all that is selected is read for the first page:\n%s", column, plan)
			}
		}
	}
}

func explain(t *testing.T, db *sql.DB, statement string, args []any) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "EXPLAIN "+statement, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var plan strings.Builder
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		plan.WriteString(line + "\n")
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
