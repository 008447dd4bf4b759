package cluster

import (
	"context"
	"errors"
	"testing"
	"time"
)

const (
	// patience is an upper bound for a broken system; a working one on a busy machine stays far below it.
	patience = 2 * time.Minute
	pace     = 50 * time.Millisecond
)

// Eventually waits until the check finds nothing wrong any more.
func Eventually(t testing.TB, what string, check func(context.Context) error) {
	t.Helper()
	if err := Wait(t.Context(), check); err != nil {
		t.Fatalf("waited for %s: %v", what, err)
	}
}

// Wait is Eventually for where there is no test to fail.
func Wait(ctx context.Context, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	var last error
	for {
		// What fails only because the time is up would hide what is wrong.
		err := check(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil || last == nil {
			last = err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return errors.Join(last, ctx.Err())
		}
	}
}
