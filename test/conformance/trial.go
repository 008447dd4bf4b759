package conformance

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"iter"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// trial is one telling of a case in one form of the API.
type trial struct {
	examination.Notes
	form

	ctx context.Context
	run *runner

	mu sync.Mutex
	// slowest is the longest that this machine kept the case waiting.
	slowest time.Duration
}

// late ends a case whose moment this machine missed: it begins anew.
type late struct{ what string }

// within checks that an amount is between two others.
func (t *trial) within(what string, low, high, got amount) bool {
	return t.Record(what, fmt.Sprintf("from %s to %s", low, high), got.String(), low <= got && got <= high)
}

// unique is a name that nobody else uses.
func unique(prefix string) string {
	random := make([]byte, 6)
	_, _ = rand.Read(random) // never fails
	return prefix + "-" + hex.EncodeToString(random)
}

// uuid is an id that the system does not know.
func uuid() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// patience is an upper bound for a broken system; a working one stays far below it.
const patience = 2 * time.Minute

// eventually waits for something that takes the system a moment.
func (t *trial) eventually(what string, holds func() bool) {
	deadline := time.Now().Add(patience)
	for !holds() {
		t.Need(time.Now().Before(deadline), "%s within %s", what, patience)
		t.sleep(50 * time.Millisecond)
	}
}

func (t *trial) sleep(d time.Duration) {
	start := time.Now()
	defer func() { t.waited(time.Since(start) - d) }()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-t.ctx.Done():
		t.Need(false, "the examination was interrupted: %v; without that", t.ctx.Err())
	}
}

// waited notes how long something took that takes no time on a machine with nothing else to do.
func (t *trial) waited(d time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.slowest = max(t.slowest, d)
}

// unreliable tells whether checks may have failed only because they came too late.
func (t *trial) unreliable() bool {
	const stallsPerPeriod = 12
	for _, check := range t.Checks() {
		if !check.Passed {
			return t.slowest > t.run.target.ChargePeriod/stallsPerPeriod
		}
	}
	return false
}

// now is the server's time as far as this machine can tell, in POSIX milliseconds.
func (t *trial) now() int64 { return time.Now().UnixMilli() + t.run.skew }

// sleepUntil waits for a moment of the server's time.
func (t *trial) sleepUntil(moment int64) {
	if left := moment - t.now(); left > 0 {
		t.sleep(time.Duration(left) * time.Millisecond)
	}
}

// before begins the case anew when the moment has passed already: what was asked came too late to tell anything.
func (t *trial) before(moment int64, what string) {
	if now := t.now(); now >= moment {
		panic(late{fmt.Sprintf("%s: %d ms too late", what, now-moment)})
	}
}

// inOrder goes through a map in the order of its keys, so that a report is the same every time.
func inOrder[T any](elements map[string]T) iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for _, name := range slices.Sorted(maps.Keys(elements)) {
			if !yield(name, elements[name]) {
				return
			}
		}
	}
}
