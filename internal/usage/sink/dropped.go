package sink

import (
	"context"
	"errors"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

var errDropped = errors.New("usage.retention was over for records that the sink had not taken")

// tellDropped tells once of what was dropped before it was sent. It comes after the records were read, so that nothing is passed
// over without a word. Whoever begins at 0 begins at what there is.
func (t *Tailer) tellDropped(ctx context.Context, position Position) error {
	found, err := t.Store.Dropped(ctx, usage.Query{})
	if err != nil {
		return fmt.Errorf("read what was dropped: %w", err)
	}
	if t.told == nil {
		t.told = new(int64)
		if position.At == 0 {
			*t.told = found.Position
		}
	}
	from := max(position.At, *t.told)
	*t.told = max(*t.told, found.Position)
	if found.Position <= from {
		return nil
	}
	t.Observer.Dropped(found.Position - from)
	t.Log.Error(errDropped, "Usage records were dropped that the sink had not taken; they are not sent any more",
		"after", from, "upTo", found.Position, "keptFrom", found.KeptFrom)
	return nil
}
