package floating

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// ErrUnavailable reports that a request could not be decided now, or that it is not known whether it was. To repeat it
// does no harm.
var ErrUnavailable = errors.New("the sessions of the license cannot be reached now")

// patience is how long a turn is tried.
const patience = 10 * time.Second

// Sessions are those of all licenses, as one replica changes them. It is safe for concurrent use.
type Sessions struct {
	store Store
	clock clock.Clock

	mu sync.Mutex
	// waiting are the requests of the licenses that this replica is busy with.
	waiting map[License][]*request
}

// New makes Sessions.
func New(store Store, clock clock.Clock) *Sessions {
	return &Sessions{store: store, clock: clock, waiting: map[License][]*request{}}
}

// Opened is a session with what it shares the license with.
type Opened struct {
	licensing.FloatingSession
	// Open is the number of open sessions, with this one.
	Open int
}

// Open opens or renews a session. A refusal is a *licensing.FloatingError.
func (s *Sessions) Open(ctx context.Context, license License, terms licensing.FloatingTerms, asked licensing.FloatingRequest) (Opened, error) {
	return s.change(ctx, license, func(register licensing.FloatingRegister, now time.Time) (licensing.FloatingRegister, Opened, error) {
		next, session, err := register.Open(terms, asked, now)
		return next, Opened{session, next.Count()}, err
	})
}

// Close ends a session. One that is not there has ended already.
func (s *Sessions) Close(ctx context.Context, license License, clientID, id string) error {
	return s.less(ctx, license, func(register licensing.FloatingRegister, now time.Time) licensing.FloatingRegister {
		return register.Close(clientID, id, now)
	})
}

// CloseAll ends every session of a license.
func (s *Sessions) CloseAll(ctx context.Context, license License) error {
	return s.less(ctx, license, licensing.FloatingRegister.CloseAll)
}

// List gives the open sessions, in the order in which they were opened.
func (s *Sessions) List(ctx context.Context, license License) ([]licensing.FloatingSession, error) {
	register, _, err := s.store.Load(ctx, license)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return register.At(s.clock.Now()).Sessions, nil
}

// Count is the number of open sessions.
func (s *Sessions) Count(ctx context.Context, license License) (int, error) {
	sessions, err := s.List(ctx, license)
	return len(sessions), err
}

// Sweep drops the sessions of a namespace that have ended. They count nowhere; their traces take up room until somebody
// opens or closes another one.
func (s *Sessions) Sweep(ctx context.Context, namespace string) error {
	licenses, err := s.store.Licenses(ctx, namespace)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	var failures []error
	for _, license := range licenses {
		failures = append(failures, s.less(ctx, license, licensing.FloatingRegister.At))
	}
	return errors.Join(failures...)
}

// less makes a change that cannot be refused.
func (s *Sessions) less(ctx context.Context, license License, change func(licensing.FloatingRegister, time.Time) licensing.FloatingRegister) error {
	_, err := s.change(ctx, license, func(register licensing.FloatingRegister, now time.Time) (licensing.FloatingRegister, Opened, error) {
		return change(register, now), Opened{}, nil
	})
	return err
}
