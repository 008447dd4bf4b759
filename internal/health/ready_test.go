package health

import (
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	testingclock "k8s.io/utils/clock/testing"
)

func TestReady(t *testing.T) {
	unreachable := errors.New("connection refused")
	asked, synced, found := 0, false, error(nil)
	clock := testingclock.NewFakeClock(time.Unix(0, 0))
	ready := &Ready{
		Synced: func(context.Context) bool { return synced },
		Reach:  func(context.Context) error { asked++; return found },
		Clock:  clock,
	}
	check := func(step string, wantReady bool, wantAsked int) {
		t.Helper()
		err := ready.Check(httptest.NewRequest("GET", "/readyz", nil))
		if (err == nil) != wantReady || asked != wantAsked {
			t.Errorf("%s: got %v after asking %d times, want ready %t after %d", step, err, asked, wantReady, wantAsked)
		}
	}
	check("caches not filled", false, 0)
	synced = true
	check("caches filled", true, 1)
	found = unreachable
	check("the last answer is fresh", true, 1)
	clock.Step(freshFor)
	check("the API server is gone", false, 2)
	found = nil
	check("it is asked again only in a while", false, 2)
	clock.Step(freshFor)
	check("the API server is back", true, 3)
}
