package export

import (
	"context"
	"iter"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// A batch is as much as is held of one export at once.
const (
	batchRecords = 1000
	batchBytes   = 4 << 20
)

// Batches gives what the query selects in parts, none of which is empty. Each is read at once, so that a client that takes
// its time does not keep the store from anything. The sequence ends after an error.
func Batches(ctx context.Context, store usage.Store, query usage.Query) iter.Seq2[[]usage.Record, error] {
	return func(yield func([]usage.Record, error) bool) {
		known, err := store.Dropped(ctx, query)
		if err == nil && known.Passes(query.After) {
			err = &DroppedError{query.After, known}
		}
		if err != nil {
			yield(nil, err)
			return
		}
		rest := query.Limit
		for {
			part := query
			part.Limit = batchRecords
			if query.Limit > 0 {
				part.Limit = min(part.Limit, rest)
			}
			batch, whole, err := read(ctx, store, part)
			var dropped usage.Dropped
			if err == nil {
				dropped, err = store.Dropped(ctx, query)
			}
			meanwhile := dropped.Position > known.Position
			if meanwhile && dropped.Passes(query.After) {
				err = &DroppedError{query.After, dropped}
			}
			if err != nil {
				yield(nil, err)
				return
			}
			if meanwhile && query.After == 0 {
				known = dropped // what there is begins later now
				continue
			}
			if len(batch) > 0 && !yield(batch, nil) {
				return
			}
			rest -= len(batch)
			if whole || query.Limit > 0 && rest == 0 {
				return
			}
			query.After = batch[len(batch)-1].Position
		}
	}
}

// read gives the records of a query that fit into a batch, and whether that is all that there is now.
func read(ctx context.Context, store usage.Store, query usage.Query) (batch []usage.Record, whole bool, err error) {
	bytes := 0
	for record, err := range store.Records(ctx, query) {
		if err != nil {
			return nil, false, err
		}
		batch = append(batch, record)
		if bytes += sizeOf(record); bytes >= batchBytes {
			return batch, false, nil
		}
	}
	return batch, len(batch) < query.Limit, nil
}

// sizeOf is about how much memory the record takes.
func sizeOf(r usage.Record) int {
	const fixed = 512
	return fixed + len(r.ID) + len(r.TransactionID) + len(r.CorrelationID) + len(r.SubjectName) + len(r.RequesterValue) + len(r.Caller) +
		len(r.ActivationID) + len(r.Item) + len(r.Message) + len(r.MetaData)
}
