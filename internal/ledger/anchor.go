package ledger

import (
	"context"
	"fmt"
	"time"
)

const (
	// anchorAge is how long a replica goes without asking what the Instance remembers. Other replicas may have come further
	// than this one, and an account restored from between the two looks to this one as if it went on.
	anchorAge = time.Second
	// recordPatience is how long the usage record is waited for before an account that is there is trusted without it.
	recordPatience = time.Second
)

// anchor is what was seen of the account before. What this replica has seen itself is newer than what the Instance's status
// and the usage record remember. Both are to be read before the account: they may lag behind it, but never be ahead.
// Unknown is why it cannot be told whether there are records: in a new cluster nothing else knows the account.
func (w *worker) anchor(ctx context.Context) (anchor Anchor, unknown, err error) {
	clock := w.ledger.options.Clock
	if w.lastSequence > 0 && !w.halted && clock.Since(w.anchored) <= anchorAge {
		return Anchor{Sequence: w.lastSequence, Hash: w.lastHash}, nil, nil
	}
	w.anchored = clock.Now()
	if anchor, err = w.ledger.store.Anchor(ctx, w.id); err != nil {
		return anchor, nil, fmt.Errorf("read what the instance remembers of its account: %w", err)
	}
	if w.lastSequence > 0 {
		return anchor, nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, recordPatience)
	defer cancel()
	recorded, unknown := w.ledger.options.LastRecorded(ctx, w.id)
	if recorded > anchor.Sequence {
		anchor.Sequence, anchor.Hash = recorded, ""
	}
	return anchor, unknown, nil
}

// create stores the first account. It must not be there, and mayCreate.
func (w *worker) create(ctx context.Context, anchor Anchor, unknown error) (*Account, Version, error) {
	if unknown != nil && w.sequenceAfter(anchor) == 0 {
		return nil, "", fmt.Errorf("%w: %w", ErrPastUnknown, unknown)
	}
	account := NewAccount(w.id)
	account.Sequence, account.Time = w.sequenceAfter(anchor)+1, w.ledger.now()
	if account.Sequence > 1 { // an account that was there before is lost, and with it the count
		account.Movements = nil
	}
	version, err := w.ledger.store.CreateAccount(ctx, account)
	if err == nil {
		w.lastSequence, w.lastHash = account.Sequence, account.Hash
	}
	return account, version, err
}
