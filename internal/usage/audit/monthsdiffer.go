package audit

import (
	"context"
	"fmt"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// compareMonths holds the sums of every month, from which bills are written, against the records that were replayed. The
// store goes on meanwhile: what came until they were read is in them, what came while they were read may be. Months that it
// has dropped, or is dropping, are left out: of those it has records without sums, or sums without records.
func (r *Replay) compareMonths(ctx context.Context, records Records, query usage.Query) error {
	before, err := records.Totals(ctx, r.account)
	if err != nil {
		return fmt.Errorf("read the totals of the records: %w", err)
	}
	buckets := make([][]usage.Bucket, len(billed))
	for i, dimension := range billed {
		if r.months[i].many {
			continue
		}
		if buckets[i], err = records.Aggregate(ctx, usage.Aggregation{Query: query, By: []usage.Dimension{usage.ByMonth, dimension.by}}); err != nil {
			return fmt.Errorf("read the sums by month and %s: %w", dimension.name, err)
		}
	}
	after, err := records.Totals(ctx, r.account)
	if err != nil {
		return fmt.Errorf("read the totals of the records: %w", err)
	}
	if err := ordered(after); err != nil {
		return err
	}
	if r.keptFrom, err = records.KeptFrom(ctx, query); err != nil {
		return fmt.Errorf("read what was dropped: %w", err)
	}
	query.After = r.upTo
	for record, err := range records.Records(ctx, query) {
		if err != nil {
			return fmt.Errorf("read the newest records: %w", err)
		}
		if record.Position > after.Position {
			break
		}
		addToMonths(r.months, record, record.Position <= before.Position)
	}
	for i, dimension := range billed {
		if r.months[i].many {
			r.notes = append(r.notes, fmt.Sprintf("the store's sums by month and %s were not compared: there are more than %d", dimension.name, mostSums))
			continue
		}
		r.sums = append(r.sums, r.months[i].compare(dimension.name, buckets[i], since(r.keptFrom)).all()...)
	}
	return nil
}

// compare names each sum of the store that is not what its records add up to, from a month on.
func (m *months) compare(dimension string, buckets []usage.Bucket, from string) (differing findings) {
	stored := map[monthKey]usage.Bucket{}
	for _, bucket := range buckets {
		key := monthKey{bucket.Key[0], bucket.Key[1]}
		sum := stored[key]
		sum.Merge(bucket)
		stored[key] = sum
		if m.spans[key] == nil {
			m.spans[key] = &span{}
		}
	}
	for _, key := range keys(m.spans, nil) {
		if key.month < from {
			continue
		}
		month, _, _ := strings.Cut(key.month, "-01T")
		for _, finding := range m.spans[key].differing(stored[key], fmt.Sprintf("in %s of %s %q", month, dimension, key.value)) {
			differing.add(finding)
		}
	}
	return differing
}

// differing names each figure of a sum that is not what its records add up to.
func (s *span) differing(sum usage.Bucket, of string) (list []Finding) {
	figure := func(name string, sum, least, most licensing.Sum) {
		if sum.Compare(least) >= 0 && sum.Compare(most) <= 0 {
			return
		}
		records := least.String()
		if least != most {
			records += " to " + most.String()
		}
		list = append(list, Finding{
			Kind: SumsDiffer, Records: records,
			Message: fmt.Sprintf("%s %s: the store's sums say %s, its records say %s", name, of, sum, records),
		})
	}
	least, most := &s.least, &s.most
	figure("records", licensing.SumOf(sum.Records, 0), licensing.SumOf(least.Records, 0), licensing.SumOf(most.Records, 0))
	figure("charged", sum.Charged, least.Charged, most.Charged)
	figure("refunded", sum.Refunded, least.Refunded, most.Refunded)
	figure("units", sum.Units, least.Units, most.Units)
	return list
}
