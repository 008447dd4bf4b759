package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Append stores the records that are new, and adds them to all sums.
func (s *store) Append(ctx context.Context, records []usage.Record) error {
	if len(records) == 0 {
		return nil
	}
	what := fmt.Sprintf("store %d usage records", len(records))
	batch, err := newBatch(records)
	if err != nil {
		return unavailable(ctx, what, err)
	}
	return s.change(ctx, what, func(c *change) error {
		err := c.add(batch)
		if err != nil && s.dialect.isAboutValues(err) {
			return refusal{err}
		}
		return err
	})
}

// add runs after the counter's lock was taken and before the commit, so that its errors of values are those of the batch: to connect,
// to write anything at all and to commit may fail with the same codes, for all records there are.
func (c *change) add(batch []entry) error {
	fresh, err := c.withoutStored(batch)
	if err != nil || len(fresh) == 0 {
		return err
	}
	steps := []func([]entry) error{c.addMonths, c.addAccounts, c.addRecords, c.addIDs, c.addHours, c.addRollups, c.addTotals}
	for _, step := range steps {
		if err := step(fresh); err != nil {
			return err
		}
	}
	return c.exec("UPDATE usage_counter SET position = $1", c.position)
}

// idsAtOnce is how many ids one statement asks for.
const idsAtOnce = 256

// withoutStored leaves the entries that are not stored, and gives them their positions.
func (c *change) withoutStored(batch []entry) ([]entry, error) {
	stored := map[string]int64{}
	for part := range slices.Chunk(batch, idsAtOnce) {
		if err := c.readDigests(part, stored); err != nil {
			return nil, err
		}
	}
	fresh := make([]entry, 0, len(batch))
	for _, next := range batch {
		digest, ok := stored[text(next.ID)]
		switch {
		case !ok:
			c.position++
			next.Position = c.position
			fresh = append(fresh, next)
		case digest != next.digest && !mayComeAgain(next.Record):
			return nil, conflict(next.Record)
		}
	}
	return fresh, nil
}

// mayComeAgain tells that a record with a known id is none of another content. Objects ask again for what they were refused,
// until their status says so: it is one denial, with the time and the figures of the first. It moves nothing.
func mayComeAgain(record usage.Record) bool { return record.Kind == usage.Denial }

func (c *change) readDigests(part []entry, into map[string]int64) error {
	// One list length makes one statement. Asking for an id twice is harmless.
	args := make([]any, idsAtOnce)
	if len(part) == 1 {
		args = args[:1]
	}
	for i := range args {
		args[i] = text(part[min(i, len(part)-1)].ID)
	}
	rows, err := c.QueryContext(c.ctx, "SELECT id, digest FROM usage_ids WHERE id IN "+placeholders(c.store.dialect, 1, len(args)), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var digest int64
		if err := rows.Scan(&id, &digest); err != nil {
			return err
		}
		into[id] = digest
	}
	return rows.Err()
}

func (c *change) addMonths(fresh []entry) error {
	months := map[time.Time]bool{}
	var list []time.Time
	for _, next := range fresh {
		if month := monthOf(next.Time); !months[month] {
			months[month] = true
			list = append(list, month)
		}
	}
	return c.store.dialect.prepareMonths(c, list)
}

func (c *change) addRecords(fresh []entry) error {
	rows := make([][]any, len(fresh))
	for i, next := range fresh {
		row := append(make([]any, 0, 2+len(columns)), next.Position, c.accountID(next.Record))
		for _, value := range next.row {
			if at, ok := value.(time.Time); ok {
				value = c.store.dialect.instant(at)
			}
			row = append(row, value)
		}
		rows[i] = row
	}
	return c.insert(intoRecords, rows)
}

func (c *change) addIDs(fresh []entry) error {
	rows := make([][]any, len(fresh))
	for i, next := range fresh {
		rows[i] = []any{text(next.ID), next.Position, next.digest}
	}
	return c.insert(intoIDs, rows)
}

// addHours widens the range of positions of each hour.
func (c *change) addHours(fresh []entry) error {
	type span struct{ first, last int64 }
	spans := map[int64]span{}
	for _, next := range fresh {
		hour := hourOf(next.Time)
		within, ok := spans[hour]
		if !ok {
			within.first = next.Position
		}
		within.last = next.Position
		spans[hour] = within
	}
	rows := make([][]any, 0, len(spans))
	for hour, within := range spans {
		rows = append(rows, []any{hour, within.first, within.last})
	}
	return c.insert(intoHours, rows)
}
