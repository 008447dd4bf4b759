package ledger

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// ErrUnavailable reports that the request could not be decided now. It was not denied; asking again is right.
var ErrUnavailable = errors.New("the ledger cannot decide now, try again")

// ErrPastUnknown reports an account that is not there and is not created, because nobody can tell whether it was there
// before.
var ErrPastUnknown = fmt.Errorf("%w: whether the account was there before is not known while the usage record cannot be read", ErrUnavailable)

// ErrRecordFull is the error of a Recorder that has no room for more, and that of the requests that cannot be recorded.
// Nothing is charged until it has room.
var ErrRecordFull = fmt.Errorf("%w: usage records can be kept nowhere", ErrUnavailable)

// ErrKeyReused reports an idempotency key that was used for another request.
var ErrKeyReused = errors.New("the idempotency key was used for a different request")

// Options are the ledger's settings. The zero value of a duration or bound means its default.
type Options struct {
	// Replica names this process. No other process, also no earlier one, has the same name.
	Replica string
	Clock   clock.Clock
	Log     logr.Logger
	// Terms are the producer's terms for an account's sessions.
	Terms func(AccountID) licensing.Terms
	// Outages are the times in which no server was up.
	Outages func() []licensing.Outage
	// Recorder takes transactions into the usage record; nil keeps none.
	Recorder Recorder
	// LastRecorded gives the last commit of an account that the usage record knows, and zero where it knows none. Only an
	// account of which nothing was ever recorded may be created without somebody's consent. Nil knows none of any.
	LastRecorded func(context.Context, AccountID) (sequence int64, err error)
	// NoDenials commits no denials: nobody keeps them.
	NoDenials bool
	// Pressed tells that the recorder cannot keep up with an account, so that its denials are left out. It must not block. Nil is
	// never.
	Pressed  func(AccountID) bool
	Observer Observer

	// Patience bounds how long a request waits for its answer. Default 15 s.
	Patience time.Duration
	// StoreTimeout bounds one call of the store. Default 5 s.
	StoreTimeout time.Duration
	// SettleTimeout bounds how long a commit with an unknown outcome is looked into. Default 10 s.
	SettleTimeout time.Duration
	// OpenBytes bounds the open transactions of one account. Default 384 KiB, which fits an object of 1 MiB together
	// with everything else.
	OpenBytes int
	// ReceiptRetention is how long answers are kept by idempotency key. Default DefaultReceiptRetention.
	ReceiptRetention time.Duration
	// ReceiptTailBytes is how many bytes of receipts an account keeps before it puts them on a page. Default 16 KiB.
	ReceiptTailBytes int
	// ReceiptBytes bounds the receipts in an account itself, of which more pile up when pages are slow to be stored or
	// there are too many. At the bound, requests with a key are answered ErrUnavailable. Default 192 KiB.
	ReceiptBytes int
	// ReceiptPageBytes is how large pages grow; a page fits an object of 1 MiB. Default 256 KiB.
	ReceiptPageBytes int
	// ReceiptPages bounds the pages of one account. Default 128, which is some 28 MiB of receipts.
	ReceiptPages int
	// RedoAfter is how long another replica's open transaction is left to that replica. Default 2 s.
	RedoAfter time.Duration
	// Linger is how long a finished transaction waits for a commit to take it off the open list before one is made for
	// it. Default 500 ms.
	Linger time.Duration
	// WriteThroughs bounds the status writes under way at once. Default 32.
	WriteThroughs int
}

const maxBatch = 512

// DefaultReceiptRetention is how long answers are kept by idempotency key unless Options say otherwise.
const DefaultReceiptRetention = 10 * time.Minute

func (o Options) withDefaults() Options {
	setDefault(&o.Patience, 15*time.Second)
	setDefault(&o.StoreTimeout, 5*time.Second)
	setDefault(&o.SettleTimeout, 10*time.Second)
	setDefault(&o.OpenBytes, 384<<10)
	setDefault(&o.ReceiptRetention, DefaultReceiptRetention)
	setDefault(&o.ReceiptTailBytes, 16<<10)
	setDefault(&o.ReceiptBytes, 192<<10)
	setDefault(&o.ReceiptPageBytes, 256<<10)
	setDefault(&o.ReceiptPages, 128)
	setDefault(&o.RedoAfter, 2*time.Second)
	setDefault(&o.Linger, 500*time.Millisecond)
	setDefault(&o.WriteThroughs, 32)
	if o.Clock == nil {
		o.Clock = clock.RealClock{}
	}
	if o.Observer == nil {
		o.Observer = Unobserved{}
	}
	if o.LastRecorded == nil {
		o.LastRecorded = func(context.Context, AccountID) (int64, error) { return 0, nil }
	}
	if o.Pressed == nil {
		o.Pressed = func(AccountID) bool { return false }
	}
	if o.Outages == nil {
		o.Outages = func() []licensing.Outage { return nil }
	}
	return o
}

func setDefault[T comparable](value *T, fallback T) {
	var zero T
	if *value == zero {
		*value = fallback
	}
}

// Ledger commits transactions to accounts. It is safe for concurrent use.
type Ledger struct {
	store   Store
	options Options
	// ctx lives as long as the ledger: a commit is not abandoned because its caller went away.
	ctx    context.Context //nolint:containedctx // the lifetime of the workers, not of a call
	cancel context.CancelFunc
	// writeThroughs bounds the status writes of all accounts together.
	writeThroughs chan struct{}

	mu      sync.Mutex
	closed  bool
	workers map[AccountID]*worker
	running sync.WaitGroup
}

// New makes a ledger on a store. Close it to finish what is under way.
func New(store Store, options Options) *Ledger {
	options = options.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	return &Ledger{
		store: store, options: options, ctx: ctx, cancel: cancel,
		writeThroughs: make(chan struct{}, options.WriteThroughs),
		workers:       map[AccountID]*worker{},
	}
}

// Close takes no more requests, finishes those that were taken and writes through what is open, until the context ends.
// What is left is finished by another replica, or by this one when it starts again.
func (l *Ledger) Close(ctx context.Context) error {
	l.mu.Lock()
	l.closed = true
	workers := make([]*worker, 0, len(l.workers))
	for _, worker := range l.workers {
		workers = append(workers, worker)
	}
	l.mu.Unlock()
	for _, worker := range workers {
		worker.drain()
	}
	idle := make(chan struct{})
	go func() {
		l.running.Wait()
		close(idle)
	}()
	defer l.cancel()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stopped with work under way, which the next replica finishes: %w", ctx.Err())
	}
}

// submit queues a command and waits until it is committed, denied or given up.
func (l *Ledger) submit(ctx context.Context, id AccountID, command *command) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, l.options.Patience)
	defer cancel()
	command.ctx, command.caller = ctx, callerFrom(ctx)
	command.done = make(chan error, 1)
	if err := l.enqueue(id, command); err != nil {
		return nil, err
	}
	select {
	case err := <-command.done:
		return command.answer, err
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, context.Cause(ctx))
	}
}

func (l *Ledger) enqueue(id AccountID, commands ...*command) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return fmt.Errorf("%w: this replica is shutting down", ErrUnavailable)
	}
	w, found := l.workers[id]
	if !found {
		w = newWorker(l, id)
		l.workers[id] = w
	}
	w.add(commands)
	return nil
}

// retire lets go of a worker that has never seen its account: whoever may create objects may name accounts that there never
// were.
func (l *Ledger) retire(w *worker) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running || w.looking || w.lastSequence > 0 {
		return // who runs may only now be finding the account
	}
	delete(l.workers, w.id)
}

// now is the time that transactions carry: milliseconds, UTC. How long something takes is not measured by it but by the clock
// itself, which goes on evenly also when the time of day is set.
func (l *Ledger) now() time.Time {
	return l.options.Clock.Now().Truncate(time.Millisecond).UTC()
}
