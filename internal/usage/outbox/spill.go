package outbox

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

const (
	// few records wait a moment for company: the fewer pages an account makes, the less they cost. Many do not, because
	// what they leave open in the account is bounded.
	few    = 32
	gather = 50 * time.Millisecond
)

// lane is the way of one account's records.
type lane struct {
	// mu keeps the order: one batch at a time goes.
	mu sync.Mutex
	// spilled tells that there are or may be pages, behind which everything else has to queue up.
	spilled atomic.Bool
	// made counts what was begun to be spilled, and again when it has ended.
	made atomic.Int64
	// records are those of the pages that were made.
	records atomic.Int64
	// lastPage is when the last page was made.
	lastPage time.Time
	// late is what the store was given last, if it had not answered in time.
	late *batch
}

// release opens the way to the store if nothing was spilled since that was counted, nor was just being spilled then.
func (l *lane) release(made int64) {
	if !l.spilled.Load() {
		return // to wait for the lane would be to wait for the store
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.made.Load() == made {
		l.spilled.Store(false)
	}
}

// spill makes a page of the records, which the store has refused if a refusal is given. The caller has the lane.
func (o *Outbox) spill(ctx context.Context, way *lane, account ledger.AccountID, records []usage.Record, refusal error) error {
	clock := o.options.Clock
	if since := clock.Since(way.lastPage); len(records) < few && since < gather {
		select {
		case <-clock.After(gather - since):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	pages, err := o.pagesOf(account, records, "")
	if err != nil {
		return err
	}
	var size int64
	for _, page := range pages {
		size += page.Bytes
	}
	full := o.reserve(account, size)
	if full != nil && refusal != nil {
		// Refused accounts are found by their pages, and it may have none. Asked again, the error names the refusal.
		o.setRefused(account, refusal)
		full = o.reserve(account, size)
	}
	if full != nil {
		return o.withoutRoom(ctx, way, account, records, full)
	}
	// A page whose answer is lost may be there. A list that begins while it is being created may have it or not, and knows by
	// the second count that it cannot tell.
	way.spilled.Store(true)
	way.made.Add(1)
	defer way.made.Add(1)
	for _, page := range pages {
		if err := o.options.Spill.Create(ctx, page.Page, page.content); err != nil {
			return fmt.Errorf("keep usage records on the API server: %w", err)
		}
		way.lastPage = clock.Now()
		way.records.Add(int64(page.Records))
		o.count(page.Page)
	}
	way.late = nil
	return nil
}

// withoutRoom is for records for which there is no room on pages. The caller has the lane.
func (o *Outbox) withoutRoom(ctx context.Context, way *lane, account ledger.AccountID, records []usage.Record, full error) error {
	err := o.appendAfterPages(ctx, way, account, records)
	if err == nil {
		return nil
	}
	o.options.Log.V(1).Info("There is no room for usage records, and no way past the pages", "account", account, "cause", err.Error())
	if !o.options.DropWhenFull {
		return full
	}
	if way.awaits(records) {
		return errSlow // the ledger asks again, and they may be stored by then
	}
	o.lost.Add(int64(len(records)))
	o.options.Observer.Lost(records)
	o.tell(account)
	return nil
}
