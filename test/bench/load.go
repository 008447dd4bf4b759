package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"
)

// operation is one unit of work of a caller, which has a number of its own.
type operation func(ctx context.Context, caller int) error

type subject struct {
	name    string
	perform operation
}

// result is one measurement: closed-loop callers, each asking again as soon as it has its answer.
type result struct {
	subject   string
	callers   int
	perSecond float64
	p50, p99  time.Duration
}

// measureAll interleaves the subjects, so that a noisy spell of the machine hits all of them, and keeps for each the
// round with the median throughput.
func measureAll(ctx context.Context, subjects []subject, callers []int, rounds int, duration time.Duration) ([]result, error) {
	var results []result
	for _, n := range callers {
		bySubject := make([][]result, len(subjects))
		for range rounds {
			for i, s := range subjects {
				measured, err := measure(ctx, s, n, duration)
				if err != nil {
					return nil, fmt.Errorf("%s, %d callers: %w", s.name, n, err)
				}
				fmt.Fprintf(os.Stderr, "%-50s %4d callers %10.0f/s  p50 %8s  p99 %8s\n", s.name, n, measured.perSecond, round(measured.p50), round(measured.p99))
				bySubject[i] = append(bySubject[i], measured)
			}
		}
		for _, measured := range bySubject {
			slices.SortFunc(measured, func(a, b result) int { return int(a.perSecond - b.perSecond) })
			results = append(results, measured[len(measured)/2])
		}
	}
	return results, nil
}

func measure(ctx context.Context, s subject, callers int, duration time.Duration) (result, error) {
	const warmUp = 500 * time.Millisecond
	if _, _, err := load(ctx, s.perform, callers, warmUp); err != nil {
		return result{}, err
	}
	latencies, took, err := load(ctx, s.perform, callers, duration)
	if err != nil {
		return result{}, err
	}
	slices.Sort(latencies)
	return result{
		subject: s.name, callers: callers, perSecond: float64(len(latencies)) / took.Seconds(),
		p50: latencies[len(latencies)/2], p99: latencies[len(latencies)*99/100],
	}, nil
}

// load runs the callers for the duration and gives the latency of every operation that succeeded.
func load(ctx context.Context, perform operation, callers int, duration time.Duration) ([]time.Duration, time.Duration, error) {
	var (
		mu        sync.Mutex
		latencies []time.Duration
		failure   error
		group     sync.WaitGroup
	)
	started := time.Now()
	deadline := started.Add(duration)
	for caller := range callers {
		group.Go(func() {
			var own []time.Duration
			var err error
			for err == nil && time.Now().Before(deadline) {
				asked := time.Now()
				if err = perform(ctx, caller); err == nil {
					own = append(own, time.Since(asked))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			latencies = append(latencies, own...)
			if failure == nil {
				failure = err
			}
		})
	}
	group.Wait()
	if failure == nil && len(latencies) == 0 {
		failure = fmt.Errorf("no operation finished in %s", duration)
	}
	return latencies, time.Since(started), failure
}

func round(d time.Duration) time.Duration {
	if d < 10*time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(100 * time.Microsecond)
}
