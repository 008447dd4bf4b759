package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// row is one of the table.
type row struct {
	what      string
	perSecond float64
	p50, p99  time.Duration
	note      string
}

func (r row) String() string {
	cell := func(d time.Duration) string {
		if d == 0 {
			return ""
		}
		return d.Round(10 * time.Microsecond).String()
	}
	rate := ""
	if r.perSecond > 0 {
		rate = fmt.Sprintf("%.0f", r.perSecond)
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s |", r.what, rate, cell(r.p50), cell(r.p99), r.note)
}

// forever is no limit for how long something is done.
const forever = 24 * time.Hour

// each does something once for each of a number, with some callers at once, and gives what each took.
func each(ctx context.Context, count, callers int, do func(ctx context.Context, i int) error) (latencies []time.Duration, took time.Duration, err error) {
	return within(ctx, forever, count, callers, do)
}

// within is each, as far as it comes: nothing is begun after the time is over.
func within(ctx context.Context, limit time.Duration, count, callers int, do func(ctx context.Context, i int) error) (latencies []time.Duration, took time.Duration, err error) {
	var (
		next    atomic.Int64
		group   sync.WaitGroup
		failed  sync.Once
		started = time.Now()
	)
	latencies = make([]time.Duration, count)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	for range callers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < count && ctx.Err() == nil && time.Since(started) < limit; i = int(next.Add(1)) - 1 {
				asked := time.Now()
				if failure := do(ctx, i); failure != nil {
					failed.Do(func() { err = failure; cancel() })
					return
				}
				latencies[i] = time.Since(asked)
			}
		})
	}
	group.Wait()
	took = time.Since(started)
	// Those that were not begun took no time.
	return slices.DeleteFunc(latencies, func(d time.Duration) bool { return d == 0 }), took, err
}

// rate makes a row of what was done, times so many in each call.
func rate(what string, latencies []time.Duration, took time.Duration, inEach int) row {
	slices.Sort(latencies)
	n := len(latencies)
	return row{what: what, perSecond: float64(n*inEach) / took.Seconds(), p50: latencies[n/2], p99: latencies[n*99/100], note: fmt.Sprintf("%d calls", n)}
}

// resident is how much memory a process has, and has had at most, as the kernel counts it.
func resident(pid int) (now, most string, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		switch name {
		case "VmRSS":
			now = strings.TrimSpace(value)
		case "VmHWM":
			most = strings.TrimSpace(value)
		}
	}
	return now, most, err
}
