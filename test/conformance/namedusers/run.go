package namedusers

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/licensing-operator/licensing-operator/test/conformance/examination"
)

// testCase is one thing to examine.
type testCase struct {
	section, title string
	tell           func(*trial)
	// elsewhere says which tests show what takes longer than anybody waits, beside what the case shows.
	elsewhere string
}

type runner struct {
	target    Target
	rotation  atomic.Uint64
	throttled atomic.Int64
}

// trial is one telling of a case.
type trial struct {
	examination.Notes
	ctx context.Context
	run *runner
}

// url is that of a replica, counted from 1, or of the next one.
func (r *runner) url(replica int) string {
	urls := r.target.BaseURLs
	if replica > 0 {
		return urls[(replica-1)%len(urls)]
	}
	return urls[int(r.rotation.Add(1)%uint64(len(urls)))] //nolint:gosec // less than the number of replicas
}

// Run examines the target. An error means that it could not be examined.
func Run(ctx context.Context, target Target) (examination.Report, error) {
	target, err := target.complete()
	if err != nil {
		return examination.Report{}, err
	}
	start := time.Now()
	r := &runner{target: target}
	var cases []testCase
	for _, c := range allCases() {
		if strings.Contains(c.section+" "+c.title, target.Only) {
			cases = append(cases, c)
		}
	}
	report := examination.Report{Results: r.tellAll(ctx, cases)}
	report.Took, report.Throttled = time.Since(start), r.throttled.Load()
	return report, ctx.Err()
}

func (r *runner) tellAll(ctx context.Context, cases []testCase) []examination.Result {
	results := make([]examination.Result, len(cases))
	queue := make(chan int)
	var observed sync.Mutex
	var everything sync.WaitGroup
	for range r.target.Parallel {
		everything.Go(func() {
			for i := range queue {
				results[i] = r.tell(ctx, cases[i])
				observed.Lock()
				r.target.Observe(results[i])
				observed.Unlock()
			}
		})
	}
	for i := range cases {
		queue <- i
	}
	close(queue)
	everything.Wait()
	return results
}

func (r *runner) tell(ctx context.Context, c testCase) examination.Result {
	start := time.Now()
	t := &trial{ctx: ctx, run: r}
	t.Tell(func() { c.tell(t) }, nil)
	t.Summarize("every answer is signed over its exact bytes and its nonce, is JSON of the documented shape, uncompressed, and no status is above 499")
	return examination.Result{Section: c.section, Title: c.title, Form: "v2", NotShown: c.elsewhere, Checks: t.Checks(), Took: time.Since(start)}
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
		select {
		case <-time.After(50 * time.Millisecond):
		case <-t.ctx.Done():
			t.Need(false, "the examination was interrupted: %v; without that", t.ctx.Err())
		}
	}
}
