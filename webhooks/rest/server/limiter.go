package server

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
)

// Limit is a token bucket: so many requests a second, and Burst of them at once after a pause. Without RequestsPerSecond
// there is no limit.
type Limit struct {
	RequestsPerSecond float64
	Burst             int
}

const (
	// Whoever is pushed out by others starts with a full bucket when it comes back.
	mostLimited = 10_000
	mostProven  = 10_000
	provenFor   = 10 * time.Minute
)

// limiter has a bucket for each key, of the keys used last. It is safe for concurrent use.
type limiter struct {
	limit Limit
	clock clock.PassiveClock

	mu      sync.Mutex
	buckets *lru.Cache
}

func newLimiter(limit Limit, clock clock.PassiveClock) *limiter {
	return &limiter{limit: limit, clock: clock, buckets: lru.New(mostLimited)}
}

func (l *limiter) bucket(key string) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.buckets.Get(key); ok {
		return known.(*rate.Limiter)
	}
	bucket := rate.NewLimiter(rate.Limit(l.limit.RequestsPerSecond), l.limit.Burst)
	l.buckets.Add(key, bucket)
	return bucket
}

// take takes a token; if there is none it tells in how long there will be one.
func (l *limiter) take(key string) time.Duration {
	if l.limit.RequestsPerSecond == 0 {
		return 0
	}
	now := l.clock.Now()
	bucket := l.bucket(key)
	if bucket.AllowN(now, 1) {
		return 0
	}
	return l.missing(bucket, now)
}

// wait tells in how long there will be a token, and takes none.
func (l *limiter) wait(key string) time.Duration {
	if l.limit.RequestsPerSecond == 0 {
		return 0
	}
	now := l.clock.Now()
	bucket := l.bucket(key)
	if bucket.TokensAt(now) >= 1 {
		return 0
	}
	return l.missing(bucket, now)
}

func (l *limiter) missing(bucket *rate.Limiter, now time.Time) time.Duration {
	missing := 1 - bucket.TokensAt(now)
	return max(time.Millisecond, time.Duration(missing/l.limit.RequestsPerSecond*float64(time.Second)))
}

// recent remembers digests for a while.
type recent struct {
	clock clock.PassiveClock
	known *lru.Cache
}

func newRecent(clock clock.PassiveClock) *recent {
	return &recent{clock: clock, known: lru.New(mostProven)}
}

func (r *recent) add(digest [32]byte) { r.known.Add(digest, r.clock.Now()) }

func (r *recent) has(digest [32]byte) bool {
	added, ok := r.known.Get(digest)
	return ok && r.clock.Since(added.(time.Time)) < provenFor
}
