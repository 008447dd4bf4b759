package outbox

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	clocktesting "k8s.io/utils/clock/testing"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// slowToHear takes its time when it is told that the store is down.
type slowToHear struct {
	Unobserved

	told  atomic.Bool
	hears func()
}

func (o *slowToHear) StoreUp(up bool) {
	if !up {
		o.hears()
	}
	o.told.Store(up)
}

// Who appends finds that the store is down, and before that is told the store is found to answer.
func TestWhatWasToldLastOfTheStoreIsWhatTheOutboxGoesBy(t *testing.T) {
	observer, hearing, answered := &slowToHear{}, make(chan struct{}), make(chan struct{})
	observer.hears = func() {
		close(hearing)
		select {
		case <-answered:
		case <-time.After(200 * time.Millisecond):
		}
	}
	b := New(Options{
		Store: newMemory(), Spill: newShelf(), Clock: clocktesting.NewFakeClock(time.Now()), Log: logr.Discard(), Observer: observer,
	})
	defer b.Close()
	failed := make(chan struct{})
	go func() { defer close(failed); b.setUp(usage.ErrUnavailable) }()
	<-hearing
	b.setUp(nil)
	close(answered)
	<-failed
	if state := b.StateOf(good); observer.told.Load() != !b.down.Load() || (state.Down == "") == b.down.Load() {
		t.Errorf("told is %t, down is %t because of %q", observer.told.Load(), b.down.Load(), state.Down)
	}
}
