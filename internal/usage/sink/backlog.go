package sink

import (
	"context"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Backlog is what the sink has not taken yet.
type Backlog struct {
	Store     usage.Store
	Positions Positions
}

// Oldest is the time of the first record that the sink has not taken, or of which nobody knows whether it was; zero if there is none.
func (b *Backlog) Oldest(ctx context.Context) (time.Time, error) {
	position, err := b.Positions.Load(ctx)
	if err != nil {
		return time.Time{}, fmt.Errorf("read how far the sink has come: %w", err)
	}
	records, err := behind(ctx, b.Store, position, 1)
	return oldest(ctx, b.Store, records, err)
}
