package sink

import (
	"math/rand/v2"
	"time"
)

const (
	shortestPause = 100 * time.Millisecond
	longestPause  = 30 * time.Second
)

// backoff gives longer and longer pauses, none of them the same for all who wait.
type backoff struct{ last time.Duration }

func (b *backoff) next() time.Duration {
	b.last = min(max(2*b.last, shortestPause), longestPause)
	return b.last/2 + rand.N(b.last/2) //nolint:gosec // nobody gains by guessing a pause
}
