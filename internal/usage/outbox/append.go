package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

const (
	// mostTogether bounds the records of one append, and of a page: it has to end well within the patience of those that
	// wait behind it.
	mostTogether = 1000
	// appendTimeout is that of an append for which nobody waits any more: it may still succeed.
	appendTimeout = 10 * time.Second
)

// errSlow reports a store that has not answered in time, and may still do.
var errSlow = fmt.Errorf("%w: no answer yet", usage.ErrUnavailable)

// errCutShort reports an append for which its caller had no more time.
var errCutShort = errors.New("the usage store was not waited for any longer")

// appends are the batches on their way to the store. One append at a time takes all that wait, of all accounts.
type appends struct {
	mu      sync.Mutex
	waiting []*batch
	busy    bool
}

type batch struct {
	records []usage.Record
	done    chan error
}

// append is done when the store has the records. The caller has the lane.
func (o *Outbox) append(ctx context.Context, way *lane, records []usage.Record) error {
	b := &batch{records: records, done: make(chan error, 1)}
	way.late = b
	o.appends.mu.Lock()
	o.appends.waiting = append(o.appends.waiting, b)
	if !o.appends.busy {
		o.appends.busy = true
		o.running.Go(o.appendWaiting)
	}
	o.appends.mu.Unlock()
	timer := o.options.Clock.NewTimer(o.options.Patience)
	defer timer.Stop()
	select {
	case err := <-b.done:
		way.late = nil
		return err
	case <-timer.C():
		o.setUp(errSlow)
		return errSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}

// awaits tells that an append of these records is under way for which nobody waits any more. The caller has the lane.
func (l *lane) awaits(records []usage.Record) bool {
	return l.late != nil && slices.EqualFunc(l.late.records, records, func(a, b usage.Record) bool { return a.ID == b.ID })
}

// arrived tells that such an append has come to an end, and that the store has these records.
func (l *lane) arrived(records []usage.Record) bool {
	if !l.awaits(records) {
		return false
	}
	select {
	case err := <-l.late.done:
		l.late = nil
		return err == nil
	default:
		return false
	}
}

func (o *Outbox) appendWaiting() {
	for {
		together := o.appends.take()
		if together == nil {
			return
		}
		o.appendTogether(together)
	}
}

// take gives as many batches as go together, at least one. With none the appending ends.
func (a *appends) take() []*batch {
	a.mu.Lock()
	defer a.mu.Unlock()
	count, size := 0, 0
	for count < len(a.waiting) && (count == 0 || size+len(a.waiting[count].records) <= mostTogether) {
		size += len(a.waiting[count].records)
		count++
	}
	if count == 0 {
		a.busy = false
		return nil
	}
	together := a.waiting[:count]
	a.waiting = a.waiting[count:]
	return together
}

// appendTogether appends batches as one. If the store refuses them, each is tried by itself, so that none suffers for
// another.
func (o *Outbox) appendTogether(together []*batch) {
	var records []usage.Record
	for _, b := range together {
		records = append(records, b.records...)
	}
	err := o.store(o.ctx, records)
	if len(together) == 1 || err == nil || errors.Is(err, usage.ErrUnavailable) {
		for _, b := range together {
			b.done <- err
		}
		return
	}
	for _, b := range together {
		b.done <- o.store(o.ctx, b.records)
	}
}

// store appends, and notes whether the store was there. An error that is not ErrUnavailable is about the records, or that of
// a caller who does not wait any longer, which says nothing of the store.
func (o *Outbox) store(caller context.Context, records []usage.Record) error {
	ctx, cancel := context.WithTimeout(caller, appendTimeout)
	defer cancel()
	started := o.options.Clock.Now()
	err := o.options.Store.Append(ctx, records)
	if err == nil {
		o.options.Observer.Stored(records, o.options.Clock.Since(started))
		return nil
	}
	if caller.Err() != nil {
		return fmt.Errorf("append %d usage records: %w: %w", len(records), errCutShort, caller.Err())
	}
	if ctx.Err() != nil && !errors.Is(err, usage.ErrUnavailable) {
		err = fmt.Errorf("%w: %w", usage.ErrUnavailable, err)
	}
	if errors.Is(err, usage.ErrUnavailable) {
		o.setUp(err)
	}
	return err
}
