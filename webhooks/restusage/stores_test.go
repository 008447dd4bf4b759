package restusage

import (
	"context"
	"iter"
	"sync/atomic"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// slow is a store that takes a while for each part, or fails at one.
type slow struct {
	usage.Store

	pause  time.Duration
	failAt int64
	reads  atomic.Int64
}

func (s *slow) Records(ctx context.Context, query usage.Query) iter.Seq2[usage.Record, error] {
	if s.reads.Add(1) == s.failAt {
		return func(yield func(usage.Record, error) bool) { yield(usage.Record{}, usage.ErrUnavailable) }
	}
	time.Sleep(s.pause)
	return s.Store.Records(ctx, query)
}

// parts is how often records were read.
func (s *slow) parts() int64 { return s.reads.Load() }

func (p *places) underWay() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.taken
}
