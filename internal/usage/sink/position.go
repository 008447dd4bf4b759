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

// behind are the next records behind a position, in a store that has the position.
func (t *Tailer) behind(ctx context.Context, position Position) ([]usage.Record, error) {
	// The last one that was taken is read again.
	records, err := t.read(ctx, max(0, position.At-1), chunk+1)
	if err != nil || position.At == 0 {
		return records[:min(len(records), chunk)], err
	}
	if len(records) > 0 && records[0].Position == position.At {
		if position.Record != "" && records[0].ID != position.Record {
			return nil, t.wentBack(ctx, fmt.Sprintf("position %d is that of record %s and not of %s", position.At, records[0].ID, position.Record))
		}
		return records[1:], nil
	}
	// It is too old, and was dropped; or a restored store was told to go on behind it.
	newest, err := t.Store.Newest(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the newest position: %w", err)
	}
	if newest < position.At {
		return nil, t.wentBack(ctx, fmt.Sprintf("events were sent up to position %d, the store's newest is %d", position.At, newest))
	}
	return records[:min(len(records), chunk)], nil
}

// wentBack says that all records of the store wait, because nobody knows which of them were sent.
func (t *Tailer) wentBack(ctx context.Context, how string) error {
	oldest, err := t.read(ctx, 0, 1)
	if err != nil {
		return err
	}
	if len(oldest) == 0 {
		t.Observer.Behind(time.Time{})
	} else {
		t.Observer.Behind(oldest[0].Time)
	}
	return fmt.Errorf("%s: %w", how, errStoreWentBack)
}

func (t *Tailer) read(ctx context.Context, after int64, limit int) (records []usage.Record, err error) {
	for record, err := range t.Store.Records(ctx, usage.Query{After: after, Limit: limit}) {
		if err != nil {
			return nil, fmt.Errorf("read usage records: %w", err)
		}
		records = append(records, record)
	}
	return records, nil
}
