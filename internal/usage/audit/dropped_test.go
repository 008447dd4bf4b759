package audit_test

import (
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/audit"
)

func TestABillSaysWhichRecordsAreNotThereAnyMore(t *testing.T) {
	k := newKept(t)
	of := usage.Account{Namespace: k.account.ID.Namespace, Instance: k.account.ID.Name}
	dropped := func(from time.Time) *audit.Dropped {
		t.Helper()
		found, err := audit.DroppedSince(t.Context(), from, of, k.store)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	retain := func(before time.Time) {
		t.Helper()
		if err := k.store.Retain(t.Context(), before); err != nil {
			t.Fatal(err)
		}
	}
	if found := dropped(time.Time{}); found != nil {
		t.Errorf("nothing was dropped: %s", found)
	}
	totals, err := k.store.Totals(t.Context(), of)
	if err != nil {
		t.Fatal(err)
	}
	retain(k.newest)
	left := int64(0)
	var oldest usage.Record
	for record, err := range k.store.Records(t.Context(), usage.Query{}) {
		if err != nil {
			t.Fatal(err)
		}
		if left++; left == 1 {
			oldest = record
		}
	}
	for _, from := range []time.Time{{}, k.newest.Add(-time.Millisecond)} {
		want := audit.Dropped{Records: totals.Records - left, Before: k.newest, Oldest: oldest.ID, Sequence: oldest.Sequence, Time: oldest.Time}
		if found := dropped(from); found == nil || *found != want {
			t.Errorf("from %s: got %+v, want %+v", from, found, want)
		} else if !strings.Contains(found.String(), "those of the months before "+k.newest.Format("2006-01")+": what they charged is not in this bill") {
			t.Errorf("%s", found)
		}
	}
	if found := dropped(k.newest); found != nil {
		t.Errorf("what is asked for is all there: %s", found)
	}
	retain(k.newest.AddDate(0, 1, 0))
	if found := dropped(k.newest); found == nil || found.Oldest != "" || found.Records != totals.Records {
		t.Errorf("got %+v, want all %d records", found, totals.Records)
	}
}
