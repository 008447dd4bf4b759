package audit

import (
	"context"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// comparisons is how often it is tried to read totals and sums while no record comes in between.
const comparisons = 3

// CompareSums holds the sums by line item that bills are read from against the totals, without reading a record. Of an
// account that records come to all the time, or of which some were dropped, it says nothing: their sums are held against the
// records, by a replay.
func (e *Evidence) CompareSums(ctx context.Context, records Records) error {
	totals, buckets, still, err := sumsBy(ctx, usage.ByLineItem, e.account(), records)
	if err == nil && still {
		e.sums = differingSums(totals, buckets)
	}
	return err
}

// sumsBy reads what was recorded and is still there, in buckets, and the totals of all that ever was. It is not still if
// records came in between.
func sumsBy(ctx context.Context, by usage.Dimension, account usage.Account, records Records) (totals usage.Totals, buckets []usage.Bucket, still bool, err error) {
	for range comparisons {
		if totals, err = records.Totals(ctx, account); err != nil {
			return totals, nil, false, fmt.Errorf("read the totals of the records: %w", err)
		}
		if buckets, err = records.Aggregate(ctx, usage.Aggregation{
			Query: usage.Query{Namespace: account.Namespace, Instances: []string{account.Instance}}, By: []usage.Dimension{by},
		}); err != nil {
			return totals, nil, false, fmt.Errorf("read the sums by %s: %w", by, err)
		}
		after, err := records.Totals(ctx, account)
		if err != nil {
			return totals, nil, false, fmt.Errorf("read the totals of the records: %w", err)
		}
		if totals.Position == after.Position {
			return totals, buckets, true, nil
		}
	}
	return totals, buckets, false, nil
}

func differingSums(totals usage.Totals, buckets []usage.Bucket) (list []Finding) {
	records, used, total := int64(0), map[string]licensing.Sum{}, map[string]licensing.Sum{}
	for _, bucket := range buckets {
		id := bucket.Key[0]
		records, used[id] = records+bucket.Records, used[id].Add(bucket.Used())
	}
	for id, tokens := range totals.Used {
		total[id] = tokens.Sum()
	}
	if records < totals.Records { // some were dropped, and their sums with them
		return nil
	}
	if records > totals.Records {
		list = append(list, found(SumsDiffer, "the store's sums are of %d records, its totals of %d", records, totals.Records))
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
