package ledger

import (
	"context"
	"maps"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Snapshot is an account's figures at a commit, for status and reports.
type Snapshot struct {
	Sequence int64
	Hash     string
	Time     time.Time
	// Usage and Allocations are what is used of each line item, and under each action that has an allocation.
	Usage       licensing.Usage
	Allocations licensing.Allocations
	Balances    map[LimitationKey]licensing.Balance
	// Open is how many transactions are not yet written through.
	Open int
}

// Open gives the account of an Instance, creating it if the Instance has never had one. It fails with a HaltedError when
// the account cannot be trusted.
func (l *Ledger) Open(ctx context.Context, id AccountID) (Snapshot, error) {
	return l.snapshot(ctx, id, &command{open: true, fresh: true})
}

// Snapshot gives the account's figures: the replica's last view, or the stored ones when fresh.
func (l *Ledger) Snapshot(ctx context.Context, id AccountID, fresh bool) (Snapshot, error) {
	return l.snapshot(ctx, id, &command{fresh: fresh})
}

func (l *Ledger) snapshot(ctx context.Context, id AccountID, c *command) (Snapshot, error) {
	c.reads = true
	c.evaluate = func(v *view) proposal {
		return proposal{answer: Snapshot{
			Sequence: v.account.Sequence, Hash: v.account.Hash, Time: v.account.Time,
			Usage: maps.Clone(v.account.Usage), Allocations: maps.Clone(v.account.Allocations), Balances: maps.Clone(v.account.Balances), Open: len(v.account.Open),
		}}
	}
	result, err := l.submit(ctx, id, c)
	if err != nil {
		return Snapshot{}, err
	}
	snapshot, _ := result.(Snapshot)
	return snapshot, nil
}
