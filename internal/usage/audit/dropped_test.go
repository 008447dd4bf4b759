package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

func (k *kept) dropped(from time.Time) *audit.Dropped {
	k.Helper()
	of := usage.Account{Namespace: k.account.ID.Namespace, Instance: k.account.ID.Name}
	found, err := audit.DroppedSince(k.Context(), from, of, audit.Stored{Store: k.store})
	if err != nil {
		k.Fatal(err)
	}
	return found
}

func (k *kept) retain(before time.Time) {
	k.Helper()
	if err := k.store.Retain(k.Context(), before); err != nil {
		k.Fatal(err)
	}
}

func TestABillSaysWhichRecordsAreNotThereAnyMore(t *testing.T) {
	k := newKept(t)
	if found := k.dropped(time.Time{}); found != nil {
		t.Errorf("nothing was dropped: %s", found)
	}
	k.retain(k.newest)
	var oldest usage.Record
	for record, err := range k.store.Records(t.Context(), usage.Query{Limit: 1}) {
		if err != nil {
			t.Fatal(err)
		}
		oldest = record
	}
	for _, from := range []time.Time{{}, k.newest.Add(-time.Millisecond)} {
		want := audit.Dropped{Before: k.newest, Oldest: oldest.ID, Sequence: oldest.Sequence, Time: oldest.Time}
		if found := k.dropped(from); found == nil || *found != want {
			t.Errorf("from %s: got %+v, want %+v", from, found, want)
		} else if !strings.Contains(found.String(), "of the months before "+k.newest.Format("2006-01")+" are not there any more: what they charged is not in this bill") {
			t.Errorf("%s", found)
		}
	}
	if found := k.dropped(k.newest); found != nil {
		t.Errorf("what is asked for is all there: %s", found)
	}
	next := k.newest.AddDate(0, 1, 0)
	k.retain(next)
	if found := k.dropped(k.newest); found == nil || *found != (audit.Dropped{Before: next}) || !strings.HasSuffix(found.String(), "There is none of a later month") {
		t.Errorf("got %+v, want all before %s", found, next)
	}
}

// A month without a record may follow those that were dropped: what is asked for of it is all there.
func TestABillOfAMonthThatIsKeptIsCompleteWithoutARecordOfIt(t *testing.T) {
	k := newKept(t)
	k.retain(k.newest.AddDate(0, 1, 0))
	if found := k.dropped(k.newest.AddDate(0, 1, 0)); found != nil {
		t.Errorf("%s", found)
	}
	if found := k.dropped(k.newest.AddDate(0, 1, 0).Add(-1)); found == nil {
		t.Error("what was dropped is not told")
	}
}

// dropsHalfway leaves the store as a drop from a file does for minutes: noted, and a part of the records is gone, and no sum.
func (k *kept) dropsHalfway(before time.Time, part int64) {
	k.Helper()
	k.changes("UPDATE usage_accounts SET dropped = (SELECT max(position) FROM usage_records WHERE time < ?)", before.UnixMicro())
	k.changes("UPDATE usage_counter SET kept_from = ?", before.Unix()/3600)
	if gone := k.changes("DELETE FROM usage_records WHERE position IN (SELECT position FROM usage_records WHERE time < ? ORDER BY position LIMIT ?)", before.UnixMicro(), part); gone == 0 {
		k.Fatal("nothing was deleted")
	}
}

func TestATransactionWithoutItsBeginningIsMissedInAMonthThatIsKept(t *testing.T) {
	k := newKept(t)
	k.retain(k.newest)
	if k.changes(`DELETE FROM usage_records WHERE position = (SELECT min(position) FROM usage_records WHERE id LIKE '%/0'
		AND substr(id, 1, length(id) - 1) || '1' IN (SELECT id FROM usage_records))`) != 1 {
		t.Fatal("no transaction has two records")
	}
	if verdict := k.verdict(audit.Options{Retention: true}); !has(verdict, func(f audit.Finding) bool { return f.Kind == audit.RecordMisplaced }) {
		t.Errorf("%v", verdict.Findings)
	}
}

func TestWhileAMonthIsDroppedItIsNotTakenForComplete(t *testing.T) {
	k := newKept(t)
	k.dropsHalfway(k.newest, 1<<20)
	if found := k.dropped(time.Time{}); found == nil || !found.Before.Equal(k.newest) {
		t.Errorf("got %+v, want all before %s", found, k.newest)
	}
	if found := k.dropped(k.newest); found != nil {
		t.Errorf("what is asked for is all there: %s", found)
	}
}

func TestWhileAMonthIsDroppedItIsNoFinding(t *testing.T) {
	k := newKept(t)
	var old int64
	if err := k.file.QueryRow("SELECT count(*) FROM usage_records WHERE time < ?", k.newest.UnixMicro()).Scan(&old); err != nil || old < 10 {
		t.Fatalf("%d records, %v", old, err)
	}
	for part := range old { // also in the midst of a transaction
		k.dropsHalfway(k.newest, 1)
		verdict := k.verdict(audit.Options{Retention: true})
		if !verdict.Sound() || len(verdict.Notes) != 1 || !strings.Contains(verdict.Notes[0], "as retention allows") {
			t.Errorf("without the first %d records: %v %v", part+1, verdict.Findings, verdict.Notes)
		}
		if verdict := k.verdict(audit.Options{}); !has(verdict, func(f audit.Finding) bool { return f.Kind == audit.RecordsGone }) {
			t.Errorf("without the first %d records, and without retention: %v", part+1, verdict.Findings)
		}
	}
	for k.changes("DELETE FROM usage_rollups WHERE (cube, account, hour, series) IN (SELECT cube, account, hour, series FROM usage_rollups WHERE hour < ? LIMIT 7)", k.newest.Unix()/3600) > 0 {
		if verdict := k.verdict(audit.Options{Retention: true}); !verdict.Sound() {
			t.Errorf("%v", verdict.Findings)
		}
	}
}
