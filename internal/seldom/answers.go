// Package seldom asks for what is dear to find out, such as what only the API server knows for sure: callers who guess must
// not be able to keep it busy.
package seldom

import (
	"context"
	"time"

	"golang.org/x/sync/singleflight"
	"k8s.io/utils/clock"
	"k8s.io/utils/lru"
)

// Answers remembers for each key what was last answered. It is safe for concurrent use.
type Answers[T any] struct {
	clock   clock.PassiveClock
	every   time.Duration
	timeout time.Duration
	asking  singleflight.Group
	known   *lru.Cache
}

type answer[T any] struct {
	value T
	err   error
	asked time.Time
}

// New makes Answers that ask about a key at most once in a while, and give up after the timeout. They remember so many keys.
func New[T any](clock clock.PassiveClock, every, timeout time.Duration, keys int) *Answers[T] {
	return &Answers[T]{clock: clock, every: every, timeout: timeout, known: lru.New(keys)}
}

// Get is what asking about the key gives, or gave less than a while ago. Failing to get an answer is remembered as well.
func (a *Answers[T]) Get(ctx context.Context, key string, ask func(context.Context) (T, error)) (T, error) {
	if last, ok := a.last(key); ok {
		return last.value, last.err
	}
	asked := a.asking.DoChan(key, func() (any, error) { return a.ask(ctx, key, ask), nil })
	select {
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	case result := <-asked:
		given := result.Val.(answer[T])
		return given.value, given.err
	}
}

// ask does not end with the call that asks: others may be waiting for the answer.
func (a *Answers[T]) ask(ctx context.Context, key string, ask func(context.Context) (T, error)) answer[T] {
	// Another call may have got the answer just before.
	if last, ok := a.last(key); ok {
		return last
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.timeout)
	defer cancel()
	given := answer[T]{asked: a.clock.Now()}
	given.value, given.err = ask(ctx)
	a.known.Add(key, given)
	return given
}

func (a *Answers[T]) last(key string) (answer[T], bool) {
	if last, ok := a.known.Get(key); ok {
		last := last.(answer[T])
		return last, a.clock.Since(last.asked) < a.every
	}
	return answer[T]{}, false
}
