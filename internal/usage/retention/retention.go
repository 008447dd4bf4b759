// Package retention drops usage records that are older than they are to be kept.
package retention

import (
	"context"
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
	// Leads tells whether it is for this replica to do it.
	Leads func() bool
	Clock clock.WithTicker
	Log   logr.Logger
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
		if err := k.Store.Retain(ctx, k.Clock.Now().Add(-k.Retention)); err != nil && ctx.Err() == nil {
			k.Log.Error(err, "Old usage records are not dropped now; it is tried again")
		}
	}
}
