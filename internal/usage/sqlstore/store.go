package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Options are what an administrator may set. The zero value is good.
type Options struct {
	// Readers is how many read at a time; 4 if zero.
	Readers int
	// Trace is told every statement that reads records or sums, to look at its plan.
	Trace func(statement string, args []any)
}

func (o Options) readers() int {
	if o.Readers > 0 {
		return o.Readers
	}
	return 4
}

// store is the part of a store that is the same in both databases.
type store struct {
	dialect dialect
	// write is for transactions that change something, read for all others. Those who read never have all connections.
	write, read *sql.DB
	// turn is held while something is changed, by whoever could take what is in it.
	turn  chan struct{}
	known *known
	close func() error
	// prepared is for a database that is in this process.
	prepared map[*insertion]*sql.Stmt
	trace    func(string, []any)
}

var _ usage.Store = (*store)(nil)

func newStore(d dialect, options Options, write, read *sql.DB, closing func() error) *store {
	s := &store{dialect: d, trace: options.Trace, write: write, read: read, turn: make(chan struct{}, 1), known: newKnown(), close: closing}
	s.turn <- struct{}{}
	return s
}

// prepare reads statements once and for all. They end with the database.
func (s *store) prepare(ctx context.Context) error {
	s.prepared = map[*insertion]*sql.Stmt{}
	for _, insertion := range insertions {
		statement, err := s.write.PrepareContext(ctx, insertion.statement(s.dialect, 1))
		if err != nil {
			return err
		}
		s.prepared[insertion] = statement
	}
	return nil
}

// query runs a statement that is traced.
func (s *store) query(ctx context.Context, on querier, statement *statement) (*sql.Rows, error) {
	if s.trace != nil {
		s.trace(statement.String(), statement.args)
	}
	return on.QueryContext(ctx, statement.String(), statement.args...)
}

// Ping writes, because nothing less tells that writing is possible.
func (s *store) Ping(ctx context.Context) error {
	return s.change(ctx, "write to the usage store", func(*change) error { return nil })
}

// Close waits for the change that is being made.
func (s *store) Close() error {
	if _, open := <-s.turn; !open {
		return nil
	}
	close(s.turn)
	return s.close()
}

// change makes a transaction, one at a time: the counter's lock keeps those of other processes out.
func (s *store) change(ctx context.Context, what string, do func(*change) error) error {
	select {
	case _, open := <-s.turn:
		if !open {
			return unavailable(ctx, what, errClosed)
		}
		defer func() { s.turn <- struct{}{} }()
	case <-ctx.Done():
		return unavailable(ctx, what, context.Cause(ctx))
	}
	learned, err := s.commit(ctx, do)
	if err != nil {
		s.known.forget() // whatever went wrong, the database may not be the one that it was
		return unavailable(ctx, what, err)
	}
	s.known.learn(learned)
	return nil
}

// commit makes the transaction of whoever has the turn.
func (s *store) commit(ctx context.Context, do func(*change) error) (learned, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return learned{}, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back, and before it nothing to lose
	c := &change{store: s, Tx: tx, ctx: ctx}
	if err := c.lock(); err != nil {
		return learned{}, err
	}
	if err := do(c); err != nil {
		return learned{}, err
	}
	return c.learned, tx.Commit()
}

var errClosed = errors.New("the store is closed")

// refusal is an error of what was asked for, which is the same however often it is asked for.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

func refuse(format string, args ...any) error { return refusal{fmt.Errorf(format, args...)} }

// unavailable says what was not possible. All that is not a refusal may be possible later.
func unavailable(ctx context.Context, what string, err error) error {
	if refused := (refusal{}); errors.As(err, &refused) {
		return fmt.Errorf("%s: %w", what, refused.error)
	}
	if errors.Is(err, usage.ErrUnavailable) {
		return err
	}
	// Whoever is interrupted hardly ever says why.
	if cause := context.Cause(ctx); cause != nil && !errors.Is(err, cause) {
		err = fmt.Errorf("%w: %w", cause, err)
	}
	return fmt.Errorf("%s: %w: %w", what, usage.ErrUnavailable, err)
}
