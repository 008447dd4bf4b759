// Package retention drops usage records that are older than they are to be kept.
package retention

import (
	"context"
	"fmt"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Keeper drops the months that are over for long enough. Several at once do no harm.
type Keeper struct {
	Store usage.Store
	// Retention is how long records are kept.
	Retention time.Duration
	// Unsent gives the time of the oldest record that is yet to be sent to somebody, zero if none is. Months from that on are kept
	// as long again as Retention says, and no longer. Nil: nobody waits for records.
	Unsent func(ctx context.Context) (time.Time, error)
	// Leads tells whether it is for this replica to do it.
	Leads func() bool
	Clock clock.WithTicker
	Log   logr.Logger
	// held is the month from which on records are kept that were to be dropped; empty if none are.
	held string
}

// interval is short beside a month, and costs next to nothing.
const interval = 10 * time.Minute

// NeedLeaderElection has every replica ask whether it leads: who has the store need not have the lease.
func (k *Keeper) NeedLeaderElection() bool { return false }

// Start drops until the context ends.
func (k *Keeper) Start(ctx context.Context) error {
	ticker := k.Clock.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C():
		}
		if !k.Leads() {
			continue
		}
		if err := k.drop(ctx); err != nil && ctx.Err() == nil {
			k.Log.Error(err, "Old usage records are not dropped now; it is tried again")
		}
	}
}

func (k *Keeper) drop(ctx context.Context) error {
	before := k.Clock.Now().Add(-k.Retention)
	if k.Unsent != nil {
		oldest, err := k.Unsent(ctx)
		if err != nil {
			return fmt.Errorf("find out what is yet to be sent: %w", err)
		}
		before = k.hold(before, oldest)
	}
	return k.Store.Retain(ctx, before)
}

// hold keeps what is yet to be sent, for a while: a volume has an end.
func (k *Keeper) hold(before, oldest time.Time) time.Time {
	if oldest.IsZero() || !oldest.Before(before) {
		k.held = ""
		return before
	}
	if limit := before.Add(-k.Retention); oldest.Before(limit) {
		oldest = limit
	}
	if month := oldest.UTC().Format("2006-01"); month != k.held {
		k.held = month
		k.Log.Info("Old usage records are not dropped yet, because the sink has not taken them", "from", month, "keptFor", (2 * k.Retention).String())
	}
	return oldest
}
