package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Position is how far the sink has come.
type Position struct {
	// At is that of the last record that was taken, 0 at first.
	At int64
	// Record is its id. It tells whether the store still is the one that gave it the position; empty: nobody knows.
	Record string
}

// Positions remembers durably how far the sink has come.
type Positions interface {
	// Load gives the last position that was saved, or the first one.
	Load(ctx context.Context) (Position, error)
	// Save moves it forward. It fails if somebody else has moved it since.
	Save(ctx context.Context, position Position) error
}

// errStoreWentBack reports a store that has not got what was sent from it: it was put back to an earlier state, or is another
// one. It gives positions again that the sink is beyond, so that nobody knows which of its records were sent.
var errStoreWentBack = errors.New("the usage store is not the one that the events came from, or was restored from a backup; " +
	"nothing is sent before the saved position is removed, and then all")

// behind are the next records behind a position, most at a time, in a store that has the position.
func behind(ctx context.Context, store usage.Store, position Position, most int) ([]usage.Record, error) {
	// The last one that was taken is read again.
	records, err := read(ctx, store, max(0, position.At-1), most+1)
	if err != nil || position.At == 0 {
		return records[:min(len(records), most)], err
	}
	if len(records) > 0 && records[0].Position == position.At {
		if position.Record != "" && records[0].ID != position.Record {
			return nil, fmt.Errorf("position %d is that of record %s and not of %s: %w", position.At, records[0].ID, position.Record, errStoreWentBack)
		}
		return records[1:], nil
	}
	// It is too old, and was dropped; or a restored store was told to go on behind it.
	newest, err := store.Newest(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the newest position: %w", err)
	}
	if newest < position.At {
		return nil, fmt.Errorf("events were sent up to position %d, the store's newest is %d: %w", position.At, newest, errStoreWentBack)
	}
	return records[:min(len(records), most)], nil
}

// oldest is the time of the first of some records; of all of the store, if nobody knows which of them were sent.
func oldest(ctx context.Context, store usage.Store, records []usage.Record, err error) (time.Time, error) {
	if errors.Is(err, errStoreWentBack) {
		records, err = read(ctx, store, 0, 1)
	}
	if err != nil || len(records) == 0 {
		return time.Time{}, err
	}
	return records[0].Time, nil
}

func read(ctx context.Context, store usage.Store, after int64, limit int) (records []usage.Record, err error) {
	for record, err := range store.Records(ctx, usage.Query{After: after, Limit: limit}) {
		if err != nil {
			return nil, fmt.Errorf("read usage records: %w", err)
		}
		records = append(records, record)
	}
	return records, nil
}
