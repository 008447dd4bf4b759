package audit_test

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
	"github.com/licensing-operator/licensing-operator/internal/usage/sqlstore"
)

// still is an account to which nothing happens.
type still struct{ account *ledger.Account }

func (s still) Anchor(context.Context) (ledger.Anchor, error) {
	return ledger.Anchor{Sequence: s.account.Sequence, Hash: s.account.Hash}, nil
}
func (s still) Account(context.Context) (*ledger.Account, error)           { return s.account, nil }
func (s still) Spilled(context.Context) iter.Seq2[usage.Record, error]     { return each() }
func (s still) Shown(context.Context) (map[string]licensing.Tokens, error) { return nil, nil }
func (s still) AcceptedDifference(context.Context) (string, error)         { return "", nil }

// kept is an account with a history of two months in a store that keeps it in a file.
type kept struct {
	*testing.T
	still

	store usage.Store
	// file is the store's, for those who change it behind its back.
	file   *sql.DB
	newest time.Time
}

func newKept(t *testing.T) *kept {
	t.Helper()
	k := &kept{T: t}
	var records []usage.Record
	inMonths(t, func(w *world, newest time.Time) {
		records, k.newest, k.account = w.records, newest, w.stored()
	})
	path := filepath.Join(t.TempDir(), "usage.db")
	var err error
	if k.store, err = sqlstore.OpenSQLite(t.Context(), path, sqlstore.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.store.Close() })
	if err := k.store.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	if k.file, err = sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.file.Close() })
	return k
}

// changes runs a statement behind the store's back, and gives the number of rows that it changed.
func (k *kept) changes(statement string, args ...any) int64 {
	k.Helper()
	result, err := k.file.ExecContext(k.Context(), statement, args...)
	if err != nil {
		k.Fatal(err)
	}
	rows, err := result.RowsAffected()
	if err != nil {
		k.Fatal(err)
	}
	return rows
}

func (k *kept) verdict(options audit.Options) audit.Verdict {
	k.Helper()
	evidence := k.gather()
	replay, err := audit.Replayed(k.Context(), evidence, audit.Stored{Store: k.store})
	if err != nil {
		k.Fatal(err)
	}
	return audit.Verify(evidence, replay, options)
}

func (k *kept) gather() audit.Evidence {
	k.Helper()
	evidence, err := audit.Gather(k.Context(), k.account.ID, audit.Stored{Store: k.store}, k, 0)
	if err != nil {
		k.Fatal(err)
	}
	return evidence
}

// quick is the verdict of those who do not read every record.
func (k *kept) quick() audit.Verdict {
	k.Helper()
	evidence := k.gather()
	if err := evidence.CompareSums(k.Context(), audit.Stored{Store: k.store}); err != nil {
		k.Fatal(err)
	}
	return audit.Verify(evidence, nil, audit.Options{})
}

func (k *kept) expectSound(options audit.Options) {
	k.Helper()
	if verdict := k.verdict(options); !verdict.Sound() {
		k.Fatalf("%v", verdict.Findings)
	}
	if verdict := k.quick(); !verdict.Sound() {
		k.Fatalf("%v", verdict.Findings)
	}
}

func ofSums(finding audit.Finding) bool { return finding.Kind == audit.SumsDiffer }

// The cubes of months: by requester, and by line item, item and more.
const monthlyCubes = "cube IN (1, 2)"

func TestASumThatWasAlteredInTheStoreIsFound(t *testing.T) {
	k := newKept(t)
	k.expectSound(audit.Options{})
	var rows int64
	if err := k.file.QueryRow("SELECT count(*) FROM usage_rollups WHERE " + monthlyCubes).Scan(&rows); err != nil || rows < 10 {
		t.Fatalf("%d sums, %v", rows, err)
	}
	for _, column := range []string{"records", "charged", "charged_micros", "refunded", "units"} {
		for row := range rows {
			add := func(n int) {
				if changed := k.changes(fmt.Sprintf(`UPDATE usage_rollups SET %s = %s + %d WHERE (cube, account, hour, series) IN
					(SELECT cube, account, hour, series FROM usage_rollups WHERE %s LIMIT 1 OFFSET %d)`, column, column, n, monthlyCubes, row)); changed != 1 {
					t.Fatalf("%d rows were changed", changed)
				}
			}
			add(-1)
			if verdict := k.verdict(audit.Options{}); !has(verdict, ofSums) || verdict.Difference != "" {
				t.Errorf("%s of row %d: %v", column, row, verdict.Findings)
			}
			add(1)
		}
	}
	k.expectSound(audit.Options{})
}

func TestASumThatIsNotTheTotalIsFoundWithoutReadingRecords(t *testing.T) {
	k := newKept(t)
	for _, statement := range []string{"UPDATE usage_rollups SET charged = charged %s 1000", "UPDATE usage_rollups SET records = records %s -1 WHERE cube = 2"} {
		k.changes(fmt.Sprintf(statement, "-"))
		if verdict := k.quick(); !has(verdict, ofSums) || verdict.Difference != "" {
			t.Errorf("%s: %v", statement, verdict.Findings)
		}
		k.changes(fmt.Sprintf(statement, "+"))
		k.expectSound(audit.Options{})
	}
}

// Bills are read from the sums. Nobody dropped any.
func TestSumsThatAreGoneAreMissed(t *testing.T) {
	k := newKept(t)
	for _, gone := range []string{"cube = 2 AND series = (SELECT max(series) FROM usage_rollups WHERE cube = 2)", "cube = 2", "cube > 0"} {
		if k.changes("DELETE FROM usage_rollups WHERE "+gone) == 0 {
			t.Fatalf("there is no sum where %s", gone)
		}
		if verdict := k.quick(); !has(verdict, ofSums) || verdict.Difference != "" || len(verdict.Notes) > 0 {
			t.Errorf("sums are gone where %s: %v, %v", gone, verdict.Findings, verdict.Notes)
		}
	}
}

func TestWhatWasDroppedIsNotMissedInTheSums(t *testing.T) {
	k := newKept(t)
	if verdict := k.quick(); !verdict.Sound() || len(verdict.Notes) > 0 {
		t.Errorf("%v %v", verdict.Findings, verdict.Notes)
	}
	k.retain(k.newest)
	verdict := k.quick()
	if want := "not compared with its totals: records from before " + k.newest.Format(time.DateOnly) + " were dropped"; !verdict.Sound() ||
		len(verdict.Notes) != 1 || !strings.Contains(verdict.Notes[0], want) {
		t.Errorf("%v, %v, want a note %q", verdict.Findings, verdict.Notes, want)
	}
}

func TestARecordThatIsDeletedInTheStoreIsMissedInAMonthThatIsKept(t *testing.T) {
	k := newKept(t)
	if err := k.store.Retain(t.Context(), k.newest); err != nil {
		t.Fatal(err)
	}
	k.expectSound(audit.Options{Retention: true})
	if verdict := k.verdict(audit.Options{Retention: true}); verdict.Compared.Replayed == 0 || verdict.Compared.Replayed == verdict.Compared.Records {
		t.Fatalf("too little was dropped: %+v", verdict.Compared)
	}
	if changed := k.changes("DELETE FROM usage_records WHERE position = (SELECT (min(position) + max(position)) / 2 FROM usage_records)"); changed != 1 {
		t.Fatalf("%d records were deleted", changed)
	}
	if verdict := k.verdict(audit.Options{Retention: true}); !has(verdict, ofSums) {
		t.Errorf("%v", verdict.Findings)
	}
}

func TestSumsThatAreTooManyAreLeftOut(t *testing.T) {
	const most = 10_000
	k := newKeeper(nil, ledger.AccountID{Namespace: "acme", Name: "plant"})
	charge := func(i int) {
		k.append(usage.Record{
			ID: fmt.Sprint(i, "/0"), TransactionID: fmt.Sprint(i), Sequence: int64(i + 1), Kind: usage.Charge, Namespace: "acme", Instance: "plant",
			ActivationID: "ACT", RequesterValue: fmt.Sprint("user", i), Tokens: 1,
		}.Sealed())
	}
	for i := range most + 1 {
		if i == most {
			expectNotes(t, k)
		}
		charge(i)
	}
	expectNotes(t, k, "the store's sums by month and requester were not compared: there are more than 10000")
}

func expectNotes(t *testing.T, k *keeper, want ...string) {
	t.Helper()
	totals, err := k.Totals(t.Context(), usage.Account{})
	if err != nil {
		t.Fatal(err)
	}
	evidence := audit.Evidence{ID: k.id, Totals: totals, Account: &ledger.Account{ID: k.id}, Committed: audit.SumsOf(totals)}
	evidence.Account.Books, evidence.Account.Balances, evidence.Account.Sequence = evidence.Committed.Books, evidence.Committed.Balances, totals.Sequence
	replay, err := audit.Replayed(t.Context(), evidence, k)
	if err != nil {
		t.Fatal(err)
	}
	verdict := audit.Verify(evidence, replay, audit.Options{})
	if !verdict.Sound() || !slices.Equal(verdict.Notes, want) {
		t.Errorf("%d records: %v, %v", totals.Records, verdict.Findings, verdict.Notes)
	}
}
