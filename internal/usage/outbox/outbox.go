package outbox

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Options are the outbox's settings. The zero value of a duration or bound means its default.
type Options struct {
	Store usage.Store
	Spill Spill
	Clock clock.Clock
	Log   logr.Logger
	// Leads tells whether it is for this replica to move pages at once. The others leave the leader some time.
	Leads    func() bool
	Observer Observer

	// MaxBytes bounds all pages together. Default 256 MiB.
	MaxBytes int64
	// DropWhenFull loses records at the bound rather than stop charging.
	DropWhenFull bool
	// Patience is how long the store may take for an answer before records are spilled. Default 1 s.
	Patience time.Duration
	// PageBytes is how large the content of a page of several transactions grows. Default 700 KiB, which fits an object of 1 MiB.
	PageBytes int
	// Interval is the pause between two looks at the pages while there are any. Default 1 s.
	Interval time.Duration
	// IdleInterval is the pause while there are none: others may have left some. Default 5 s.
	IdleInterval time.Duration
	// Grace is how long pages are left to the leader by the others. Default 15 s.
	Grace time.Duration
	// Retry is the pause between two tries of an account's records that the store has refused. Default 10 s.
	Retry time.Duration
}

func (o Options) withDefaults() Options {
	setDefault(&o.MaxBytes, 256<<20)
	setDefault(&o.Patience, time.Second)
	setDefault(&o.PageBytes, 700<<10)
	setDefault(&o.Interval, time.Second)
	setDefault(&o.IdleInterval, 5*time.Second)
	setDefault(&o.Grace, 15*time.Second)
	setDefault(&o.Retry, 10*time.Second)
	if o.Observer == nil {
		o.Observer = Unobserved{}
	}
	return o
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// Outbox is a ledger.Recorder. It is safe for concurrent use.
type Outbox struct {
	options Options
	// ctx lives as long as the outbox: an append is not abandoned because one of those that wait for it went away.
	ctx     context.Context //nolint:containedctx // the lifetime of the appends, not of a call
	cancel  context.CancelFunc
	running sync.WaitGroup
	// listed is closed when the pages that others have left, or an earlier process, are known.
	listed     chan struct{}
	listedOnce sync.Once
	// wake has the pages looked at before it is time.
	wake chan struct{}
	// telling has what is known of the store and what is told of it change together.
	telling sync.Mutex
	down    atomic.Bool
	// lost counts what was dropped.
	lost atomic.Int64

	appends appends
	// The following are Start's alone: failed is the account at which the last move failed, ended the one at which the last turn
	// did, tried tells when refused accounts were tried last, and unreadable are the versions of pages that cannot be merged.
	failed     *ledger.AccountID
	ended      *ledger.AccountID
	tried      map[ledger.AccountID]time.Time
	unreadable map[string]bool

	mu    sync.Mutex
	lanes map[ledger.AccountID]*lane
	sum   summary
	// listeners are told which accounts have another state than before.
	listeners []func(ledger.AccountID)
}

var _ ledger.Recorder = (*Outbox)(nil)

// New makes an outbox. It records nothing before Start has looked for pages.
func New(options Options) *Outbox {
	o := &Outbox{
		options: options.withDefaults(), listed: make(chan struct{}), wake: make(chan struct{}, 1), lanes: map[ledger.AccountID]*lane{},
	}
	o.ctx, o.cancel = context.WithCancel(context.Background())
	o.sum.maxBytes = o.options.MaxBytes
	o.options.Observer.StoreUp(true)
	return o
}

// Close waits for the appends under way. To be called when the ledger is closed.
func (o *Outbox) Close() {
	o.cancel()
	o.running.Wait()
}

// Record takes the records of transactions into the store, or makes a page of them. It takes all of them or fails.
func (o *Outbox) Record(ctx context.Context, account ledger.AccountID, transactions []*ledger.Transaction) error {
	select {
	case <-o.listed:
	case <-ctx.Done():
		return fmt.Errorf("look for spilled usage records: %w", ctx.Err())
	}
	var records []usage.Record
	for _, transaction := range transactions {
		records = append(records, usage.RecordsOf(account, transaction)...)
	}
	if len(records) == 0 {
		return nil
	}
	way := o.lane(account)
	way.mu.Lock()
	defer way.mu.Unlock()
	if way.arrived(records) {
		return nil
	}
	var cause error
	if !way.spilled.Load() && !o.down.Load() && !way.awaits(records) {
		cause = o.append(ctx, way, records)
		if cause == nil {
			o.setRefused(account, nil)
			return nil
		}
		o.options.Log.V(1).Info("Usage records are spilled", "account", account, "records", len(records), "cause", cause.Error())
	}
	return o.spill(ctx, way, account, records, refusal(cause))
}

func (o *Outbox) lane(account ledger.AccountID) *lane {
	o.mu.Lock()
	defer o.mu.Unlock()
	found := o.lanes[account]
	if found == nil {
		found = &lane{}
		o.lanes[account] = found
	}
	return found
}

// setUp notes whether the store answers. Why it does not is told to people. Who notes the opposite meanwhile comes after it with
// what is told too: the last word is what the outbox goes by.
func (o *Outbox) setUp(cause error) {
	o.telling.Lock()
	defer o.telling.Unlock()
	o.mu.Lock()
	if o.sum.cause = ""; cause != nil {
		o.sum.cause = cause.Error()
	}
	o.mu.Unlock()
	if o.down.Swap(cause != nil) == (cause != nil) {
		return
	}
	o.options.Observer.StoreUp(cause == nil)
	if cause != nil {
		o.options.Log.Error(cause, "The usage store does not answer; records are kept on the API server")
	} else {
		o.options.Log.Info("The usage store answers again")
	}
	o.look()
}

// look has the pages looked at soon.
func (o *Outbox) look() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}
