package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// comparisons is how often it is tried to read totals and sums while no record comes in between.
const comparisons = 3

// CompareSums holds the sums by line item that bills are read from against the totals, without reading a record. Of an
// account that records come to all the time, or of which some were dropped, that cannot be done, and a note says so: their
// sums are held against the records, by a replay.
func (e *Evidence) CompareSums(ctx context.Context, records Records) error {
	e.sums, e.uncompared = nil, "the store's sums by line item were not compared with its totals: records came in between"
	for range comparisons {
		totals, err := records.Totals(ctx, e.account())
		if err != nil {
			return fmt.Errorf("read the totals of the records: %w", err)
		}
		buckets, err := records.Aggregate(ctx, usage.Aggregation{Query: queryOf(e.account()), By: []usage.Dimension{usage.ByLineItem}})
		if err != nil {
			return fmt.Errorf("read the sums by %s: %w", usage.ByLineItem, err)
		}
		after, err := records.Totals(ctx, e.account())
		if err != nil {
			return fmt.Errorf("read the totals of the records: %w", err)
		}
		if totals.Position == after.Position {
			return e.compareSums(ctx, records, totals, buckets)
		}
	}
	return nil
}

// compareSums takes fewer records than there are in the totals only where some were dropped, and their sums with them. What
// is dropped is noted before it goes.
func (e *Evidence) compareSums(ctx context.Context, records Records, totals usage.Totals, buckets []usage.Bucket) error {
	count := int64(0)
	for _, bucket := range buckets {
		count += bucket.Records
	}
	if count < totals.Records {
		keptFrom, err := records.KeptFrom(ctx, queryOf(e.account()))
		if err != nil {
			return fmt.Errorf("read what was dropped: %w", err)
		}
		if !keptFrom.IsZero() {
			e.uncompared = fmt.Sprintf("the store's sums by line item were not compared with its totals: records from before %s were dropped, and their sums with them",
				keptFrom.UTC().Format(time.DateOnly))
			return nil
		}
	}
	e.uncompared = ""
	if count != totals.Records {
		e.sums = append(e.sums, found(SumsDiffer, "the store's sums are of %d records, its totals of %d", count, totals.Records))
	}
	e.sums = append(e.sums, differingSums(totals, buckets)...)
	return nil
}

func differingSums(totals usage.Totals, buckets []usage.Bucket) (list []Finding) {
	used, total := map[string]licensing.Sum{}, map[string]licensing.Sum{}
	for _, bucket := range buckets {
		id := bucket.Key[0]
		used[id] = used[id].Add(bucket.Used())
	}
	for id, tokens := range totals.Used {
		total[id] = tokens.Sum()
	}
	for _, id := range keys(used, total) {
		if used[id] != total[id] {
			list = append(list, Finding{
				Kind: SumsDiffer, ActivationID: id, Records: total[id].String(),
				Message: fmt.Sprintf("used of line item %s: the store's sums say %s, its totals say %s", id, used[id], total[id]),
			})
		}
	}
	return list
}
