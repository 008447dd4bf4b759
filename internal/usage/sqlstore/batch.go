package sqlstore

import (
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// entry is a record on its way into the store.
type entry struct {
	usage.Record

	row    []any
	digest int64
}

// newBatch checks the records before anything is locked, and leaves out those that are in it twice.
func newBatch(records []usage.Record) ([]entry, error) {
	batch := make([]entry, 0, len(records))
	seen := make(map[string]int64, len(records))
	for i, record := range records {
		if err := check(i, record); err != nil {
			return nil, err
		}
		record.Time, record.PeriodStart = stored(record.Time), stored(record.PeriodStart)
		next := entry{Record: record, row: values(record)}
		next.digest = digest(record, next.row)
		before, again := seen[record.ID]
		switch {
		case !again:
			seen[record.ID] = next.digest
			batch = append(batch, next)
		case before != next.digest && !mayComeAgain(record):
			return nil, conflict(record)
		}
	}
	return batch, nil
}

func check(i int, record usage.Record) error {
	place, ok := strings.CutPrefix(record.ID, record.TransactionID+"/")
	switch {
	case record.TransactionID == "" || !ok || place == "" || strings.Contains(place, "/"):
		return refuse("records[%d].id: %q is not the transaction's id %q, a slash and a place in it", i, record.ID, record.TransactionID)
	case record.Time.IsZero():
		return refuse("records[%d].time: record %s has none", i, record.ID)
	case record.Instance == "":
		return refuse("records[%d].instance: record %s has none", i, record.ID)
	case record.Kind == "":
		return refuse("records[%d].kind: record %s has none", i, record.ID)
	}
	return nil
}

func conflict(record usage.Record) error {
	return refuse("record %s of %s/%s: %w", record.ID, record.Namespace, record.Instance, usage.ErrConflict)
}

// stored is a time as it is read back.
func stored(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(precision)
}
