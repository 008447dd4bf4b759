// Package health answers whether this replica can do its work.
package health

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"k8s.io/utils/clock"
)

const (
	// A check asks the API server, and there may be several who probe.
	freshFor = 5 * time.Second
	patience = 2 * time.Second
)

// Ready tells whether the caches are filled and the accounts can be reached. Leadership plays no part: every replica
// charges. It is safe for concurrent use.
type Ready struct {
	// Synced waits until the caches are filled, or the context ends.
	Synced func(context.Context) bool
	// Reach asks for an account, live.
	Reach func(context.Context) error
	Clock clock.PassiveClock

	mu    sync.Mutex
	asked time.Time
	found error
}

// Check is a healthz.Checker.
func (r *Ready) Check(request *http.Request) error {
	ctx, cancel := context.WithTimeout(request.Context(), patience)
	defer cancel()
	if !r.Synced(ctx) {
		return errors.New("the caches are not filled yet")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if now := r.Clock.Now(); r.asked.IsZero() || now.Sub(r.asked) >= freshFor {
		r.asked, r.found = now, r.Reach(ctx)
	}
	return r.found
}
