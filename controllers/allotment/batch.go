package allotment

import (
	"context"
	"errors"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// longest is how much is asked at once. The ledger decides it in as few commits as there is room for.
const longest = 512

// Batch collects what is asked of the ledger. It is not safe for concurrent use.
type Batch struct {
	Ledger  *ledger.Ledger
	Account ledger.AccountID

	requests []ledger.Request
	answers  []func(ledger.UserAnswer, error)
	written  []<-chan struct{}
}

// Add asks when there is enough to ask. The answer comes with ledger.ErrSubjectGone or a *licensing.LimitationError where
// there is nothing to answer; every other error is that of the batch.
func (b *Batch) Add(ctx context.Context, request ledger.Request, answer func(ledger.UserAnswer, error)) error {
	b.requests = append(b.requests, request)
	b.answers = append(b.answers, answer)
	if len(b.requests) < longest {
		return nil
	}
	return b.Flush(ctx)
}

// Flush asks. All answers are looked at before it fails for one: what was done is known then.
func (b *Batch) Flush(ctx context.Context) error {
	if len(b.requests) == 0 {
		return nil
	}
	var failure error
	for i, result := range b.Ledger.Batch(ctx, b.Account, b.requests) {
		var refused *licensing.LimitationError
		if result.Err != nil && !errors.Is(result.Err, ledger.ErrSubjectGone) && !errors.As(result.Err, &refused) {
			failure = result.Err
			continue
		}
		if result.User.Written != nil {
			b.written = append(b.written, result.User.Written)
		}
		b.answers[i](result.User, result.Err)
	}
	b.requests, b.answers = b.requests[:0], b.answers[:0]
	return failure
}

// Await waits a moment until the objects show what was done; what takes longer shows when it is there.
func (b *Batch) Await(ctx context.Context, moment time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, moment)
	defer cancel()
	for _, written := range b.written {
		select {
		case <-written:
		case <-ctx.Done():
			return
		}
	}
}
