package ledgertest

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Op names a call of the store.
type Op string

// The calls of a store.
const (
	OpLoad      Op = "LoadAccount"
	OpCreate    Op = "CreateAccount"
	OpCommit    Op = "CommitAccount"
	OpAnchor    Op = "Anchor"
	OpRead      Op = "Read"
	OpWrite     Op = "Write"
	OpUsers     Op = "Users"
	OpSessions  Op = "Sessions"
	OpHeartbeat Op = "RecordHeartbeat"
	OpCatalog   Op = "Catalog"
	OpHolders   Op = "Holders"

	OpCreatePage Op = "CreateReceiptPage"
	OpLoadPage   Op = "LoadReceiptPage"

	OpConsumptions Op = "Consumptions"
)

// Writes tells whether the call changes anything.
func (o Op) Writes() bool {
	return o == OpCreate || o == OpCommit || o == OpWrite || o == OpHeartbeat || o == OpCreatePage
}

// Call is a call that is about to be made.
type Call struct {
	Op Op
	// N counts the calls of the client, from 1.
	N int
	// Transaction is what is written through, with OpWrite.
	Transaction *ledger.Transaction
}

// Fault is what happens to a call. The zero Fault lets it pass.
type Fault struct {
	// Delay passes before the call is made.
	Delay time.Duration
	// Lag passes before the answer arrives, which is out of date by then.
	Lag time.Duration
	// Before is returned without making the call.
	Before error
	// After is returned although the call was made.
	After error
	// Held keeps the call on its way until it is closed. The caller stops waiting when its context ends; the call is made
	// all the same, against whatever is stored by then. Landed, if set, is closed then.
	Held, Landed chan struct{}
}

// ErrLost is the fault of a call that nobody answered.
var ErrLost = errors.New("the connection was lost")

// ErrKilled is what a killed client gets.
var ErrKilled = errors.New("this replica is dead")

// Client is one replica's way to a store, with faults on it. Two clients of one store are two replicas.
type Client struct {
	store ledger.Store

	mu     sync.Mutex
	faults func(Call) Fault
	calls  int
	killed bool
}

// NewClient is a client that lets every call pass.
func NewClient(store ledger.Store) *Client { return &Client{store: store} }

// Inject decides from now on what happens to each call. It is asked for one call at a time.
func (c *Client) Inject(faults func(Call) Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = faults
}

// Kill makes every call fail from now on.
func (c *Client) Kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.killed = true
}

// KillLocked is Kill for use in a faults function, in which the client is locked.
func (c *Client) KillLocked() { c.killed = true }

// KillAt makes the n-th call from now the last one: it is made if after is set, but its answer is lost.
func (c *Client) KillAt(n int, after bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	last := c.calls + n
	c.faults = func(call Call) Fault {
		if call.N < last {
			return Fault{}
		}
		c.killed = true
		if after {
			return Fault{After: ErrKilled}
		}
		return Fault{Before: ErrKilled}
	}
}

// Killed tells whether the client is dead.
func (c *Client) Killed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.killed
}

// Calls counts the calls so far.
func (c *Client) Calls() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.calls
}

func (c *Client) fault(op Op, transaction *ledger.Transaction) Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killed {
		return Fault{Before: ErrKilled}
	}
	c.calls++
	if c.faults == nil {
		return Fault{}
	}
	return c.faults(Call{Op: op, N: c.calls, Transaction: transaction})
}

// through makes a call with what the client's faults do to it.
func through[T any](ctx context.Context, c *Client, op Op, transaction *ledger.Transaction, call func(context.Context) (T, error)) (T, error) {
	var nothing T
	fault := c.fault(op, transaction)
	if err := pause(ctx, fault.Delay); err != nil {
		return nothing, err
	}
	if fault.Before != nil {
		return nothing, fault.Before
	}
	if fault.Held != nil {
		return held(ctx, fault, call)
	}
	if err := ctx.Err(); err != nil {
		return nothing, err
	}
	result, err := call(ctx)
	if err := pause(ctx, fault.Lag); err != nil {
		return nothing, err
	}
	if err == nil && fault.After != nil {
		return nothing, fault.After
	}
	return result, err
}

func pause(ctx context.Context, duration time.Duration) error {
	if duration <= 0 {
		return nil
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func held[T any](ctx context.Context, fault Fault, call func(context.Context) (T, error)) (T, error) {
	type outcome struct {
		result T
		err    error
	}
	answered := make(chan outcome, 1)
	go func() {
		<-fault.Held
		result, err := call(context.WithoutCancel(ctx))
		answered <- outcome{result, err}
		if fault.Landed != nil {
			close(fault.Landed)
		}
	}()
	select {
	case o := <-answered:
		return o.result, o.err
	case <-ctx.Done():
		var nothing T
		return nothing, ctx.Err()
	}
}

type loaded struct {
	account *ledger.Account
	version ledger.Version
	err     error
}

// LoadAccount passes a tampered account on together with its error.
func (c *Client) LoadAccount(ctx context.Context, id ledger.AccountID) (*ledger.Account, ledger.Version, error) {
	l, err := through(ctx, c, OpLoad, nil, func(ctx context.Context) (loaded, error) {
		account, version, err := c.store.LoadAccount(ctx, id)
		return loaded{account, version, err}, nil
	})
	return l.account, l.version, errors.Join(err, l.err)
}

// CreateAccount passes on to the store.
func (c *Client) CreateAccount(ctx context.Context, account *ledger.Account) (ledger.Version, error) {
	return through(ctx, c, OpCreate, nil, func(ctx context.Context) (ledger.Version, error) { return c.store.CreateAccount(ctx, account) })
}

// CommitAccount passes on to the store.
func (c *Client) CommitAccount(ctx context.Context, account *ledger.Account, version ledger.Version) (ledger.Version, error) {
	return through(ctx, c, OpCommit, nil, func(ctx context.Context) (ledger.Version, error) {
		return c.store.CommitAccount(ctx, account, version)
	})
}

// Anchor passes on to the store.
func (c *Client) Anchor(ctx context.Context, id ledger.AccountID) (ledger.Anchor, error) {
	return through(ctx, c, OpAnchor, nil, func(ctx context.Context) (ledger.Anchor, error) { return c.store.Anchor(ctx, id) })
}

// CreateReceiptPage passes on to the store.
func (c *Client) CreateReceiptPage(ctx context.Context, id ledger.AccountID, page *ledger.ReceiptPage, text string) error {
	_, err := through(ctx, c, OpCreatePage, nil, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, c.store.CreateReceiptPage(ctx, id, page, text)
	})
	return err
}

// LoadReceiptPage passes on to the store.
func (c *Client) LoadReceiptPage(ctx context.Context, id ledger.AccountID, hash string) (string, error) {
	return through(ctx, c, OpLoadPage, nil, func(ctx context.Context) (string, error) { return c.store.LoadReceiptPage(ctx, id, hash) })
}

// Read passes on to the store.
func (c *Client) Read(ctx context.Context, subject ledger.Subject) (ledger.Sighting, error) {
	return through(ctx, c, OpRead, nil, func(ctx context.Context) (ledger.Sighting, error) { return c.store.Read(ctx, subject) })
}

// Write passes on to the store.
func (c *Client) Write(ctx context.Context, transaction *ledger.Transaction) error {
	_, err := through(ctx, c, OpWrite, transaction, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, c.store.Write(ctx, transaction)
	})
	return err
}

// Users passes on to the store.
func (c *Client) Users(ctx context.Context, id ledger.AccountID, activationID string) (map[ledger.Subject]ledger.State, error) {
	return through(ctx, c, OpUsers, nil, func(ctx context.Context) (map[ledger.Subject]ledger.State, error) {
		return c.store.Users(ctx, id, activationID)
	})
}

// Consumptions passes on to the store.
func (c *Client) Consumptions(ctx context.Context, id ledger.AccountID, activationID string) (map[ledger.Subject]ledger.State, error) {
	return through(ctx, c, OpConsumptions, nil, func(ctx context.Context) (map[ledger.Subject]ledger.State, error) {
		return c.store.Consumptions(ctx, id, activationID)
	})
}

// Sessions passes on to the store.
func (c *Client) Sessions(ctx context.Context, id ledger.AccountID) (map[ledger.Subject]ledger.Sighting, error) {
	return through(ctx, c, OpSessions, nil, func(ctx context.Context) (map[ledger.Subject]ledger.Sighting, error) {
		return c.store.Sessions(ctx, id)
	})
}

// RecordHeartbeat passes on to the store.
func (c *Client) RecordHeartbeat(ctx context.Context, session ledger.Subject, at time.Time, read ledger.Sighting) error {
	_, err := through(ctx, c, OpHeartbeat, nil, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, c.store.RecordHeartbeat(ctx, session, at, read)
	})
	return err
}

// Catalog passes on to the store.
func (c *Client) Catalog(ctx context.Context, id ledger.AccountID, fresh bool) (licensing.Catalog, error) {
	return through(ctx, c, OpCatalog, nil, func(ctx context.Context) (licensing.Catalog, error) { return c.store.Catalog(ctx, id, fresh) })
}

// Holders passes on to the store.
func (c *Client) Holders(ctx context.Context, id ledger.AccountID, requester licensing.Requester, fresh bool) ([]ledger.Holder, error) {
	return through(ctx, c, OpHolders, nil, func(ctx context.Context) ([]ledger.Holder, error) {
		return c.store.Holders(ctx, id, requester, fresh)
	})
}
