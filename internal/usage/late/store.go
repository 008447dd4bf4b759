// Package late opens a usage store when it can be opened, which may be later than it is wanted: a database starts after the
// operator, a volume is still held by the process before.
package late

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Store is a usage.Store that is not available until it is open. It is safe for concurrent use.
type Store struct {
	// Open opens the store. It is called again until it succeeds.
	Open  func(context.Context) (usage.Store, error)
	Clock clock.Clock
	Log   logr.Logger

	mu sync.Mutex
	// tried is closed when opening has succeeded or failed for the first time.
	tried   chan struct{}
	settled bool
	store   usage.Store
	closed  bool
	why     error
}

var _ usage.Store = (*Store)(nil)

const (
	shortestPause = 200 * time.Millisecond
	longestPause  = 5 * time.Second
	// openTimeout has room for an upgrade of the tables: ten million records took a minute and a half on a small machine.
	openTimeout = 15 * time.Minute
	// patience is that of those who come early.
	patience = time.Minute
)

// Start opens the store, however long it takes, or until the context ends.
func (s *Store) Start(ctx context.Context) error {
	for pause := shortestPause; ; pause = min(2*pause, longestPause) {
		err := s.try(ctx)
		if err == nil || ctx.Err() != nil {
			return nil
		}
		s.Log.Error(err, "The usage store cannot be opened; it is tried again", "in", pause.String())
		select {
		case <-s.Clock.After(pause):
		case <-ctx.Done():
			return nil
		}
	}
}

// NeedLeaderElection has every replica open it.
func (s *Store) NeedLeaderElection() bool { return false }

func (s *Store) try(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	store, err := s.Open(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.settle()
	if err != nil {
		s.why = err
		return err
	}
	if s.closed {
		return store.Close()
	}
	s.store = store
	s.Log.Info("The usage store is open")
	return nil
}

// IsOpen tells whether the store was opened.
func (s *Store) IsOpen() bool {
	_, err := s.opened()
	return err == nil
}

// firstTry wants the lock.
func (s *Store) firstTry() chan struct{} {
	if s.tried == nil {
		s.tried = make(chan struct{})
	}
	return s.tried
}

// settle lets those go on that wait for the first try. It wants the lock.
func (s *Store) settle() {
	if tried := s.firstTry(); !s.settled {
		s.settled = true
		close(tried)
	}
}

// await gives those who come early a moment: a store that is just being opened is not one that is down.
func (s *Store) await(ctx context.Context) (usage.Store, error) {
	s.mu.Lock()
	tried := s.firstTry()
	s.mu.Unlock()
	timer := s.Clock.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-tried:
	case <-timer.C():
	case <-ctx.Done():
	}
	return s.opened()
}

func (s *Store) opened() (usage.Store, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.store != nil:
		return s.store, nil
	case s.why != nil:
		return nil, fmt.Errorf("%w: it is not open: %w", usage.ErrUnavailable, s.why)
	}
	return nil, fmt.Errorf("%w: it is not open yet", usage.ErrUnavailable)
}

// Append implements usage.Store.
func (s *Store) Append(ctx context.Context, records []usage.Record) error {
	store, err := s.await(ctx)
	if err != nil {
		return err
	}
	return store.Append(ctx, records)
}

// Records implements usage.Store.
func (s *Store) Records(ctx context.Context, query usage.Query) iter.Seq2[usage.Record, error] {
	store, err := s.await(ctx)
	if err != nil {
		return func(yield func(usage.Record, error) bool) { yield(usage.Record{}, err) }
	}
	return store.Records(ctx, query)
}

// Aggregate implements usage.Store.
func (s *Store) Aggregate(ctx context.Context, aggregation usage.Aggregation) ([]usage.Bucket, error) {
	store, err := s.await(ctx)
	if err != nil {
		return nil, err
	}
	return store.Aggregate(ctx, aggregation)
}

// Totals implements usage.Store.
func (s *Store) Totals(ctx context.Context, account usage.Account) (usage.Totals, error) {
	store, err := s.await(ctx)
	if err != nil {
		return usage.Totals{}, err
	}
	return store.Totals(ctx, account)
}

// Newest implements usage.Store.
func (s *Store) Newest(ctx context.Context) (int64, error) {
	store, err := s.await(ctx)
	if err != nil {
		return 0, err
	}
	return store.Newest(ctx)
}

// PositionKey implements usage.Store.
func (s *Store) PositionKey(ctx context.Context) ([]byte, error) {
	store, err := s.await(ctx)
	if err != nil {
		return nil, err
	}
	return store.PositionKey(ctx)
}

// Accounts implements usage.Store.
func (s *Store) Accounts(ctx context.Context) ([]usage.Account, error) {
	store, err := s.await(ctx)
	if err != nil {
		return nil, err
	}
	return store.Accounts(ctx)
}

// Dropped implements usage.Store.
func (s *Store) Dropped(ctx context.Context, query usage.Query) (usage.Dropped, error) {
	store, err := s.await(ctx)
	if err != nil {
		return usage.Dropped{}, err
	}
	return store.Dropped(ctx, query)
}

// Retain implements usage.Store.
func (s *Store) Retain(ctx context.Context, before time.Time) error {
	store, err := s.await(ctx)
	if err != nil {
		return err
	}
	return store.Retain(ctx, before)
}

// Ping implements usage.Store.
func (s *Store) Ping(ctx context.Context) error {
	store, err := s.await(ctx)
	if err != nil {
		return err
	}
	return store.Ping(ctx)
}

// Close closes the store. One that is being opened is closed as soon as it is open.
func (s *Store) Close() error {
	s.mu.Lock()
	store := s.store
	s.store, s.closed, s.why = nil, true, errors.New("it was closed")
	s.settle()
	s.mu.Unlock()
	if store == nil {
		return nil
	}
	return store.Close()
}
