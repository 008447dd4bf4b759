package floating

import (
	"context"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

type decision func(licensing.FloatingRegister, time.Time) (licensing.FloatingRegister, Opened, error)

// request is decided in a turn. It may be decided several times, until one decision is stored, and always at the same
// moment: what is stored already is then recognized, because nothing is left to change.
type request struct {
	ctx    context.Context
	now    time.Time
	decide decision
	answer answer
	done   chan answer
}

type answer struct {
	Opened
	err error
}

// change decides a request in the license's next turn.
func (s *Sessions) change(ctx context.Context, license License, decide decision) (Opened, error) {
	r := &request{ctx: ctx, now: s.clock.Now(), decide: decide, done: make(chan answer, 1)}
	s.mu.Lock()
	waiting, busy := s.waiting[license]
	s.waiting[license] = append(waiting, r)
	s.mu.Unlock()
	if !busy {
		go s.serve(context.WithoutCancel(ctx), license)
	}
	select {
	case answer := <-r.done:
		return answer.Opened, answer.err
	case <-ctx.Done():
		return Opened{}, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
}

// serve makes turns as long as somebody waits. It outlives the callers: one may leave, and the others still want an answer.
func (s *Sessions) serve(ctx context.Context, license License) {
	for {
		s.mu.Lock()
		turn := s.waiting[license]
		if len(turn) == 0 {
			delete(s.waiting, license)
			s.mu.Unlock()
			return
		}
		s.waiting[license] = nil
		s.mu.Unlock()
		s.turn(ctx, license, turn)
		for _, r := range turn {
			r.done <- r.answer
		}
		s.leaveGap(license)
	}
}

// leaveGap lets other replicas have a turn. They have to read the register before they change it, and while this one is
// busy its next write would always come first. Who waits is served together after the gap.
func (s *Sessions) leaveGap(license License) {
	s.mu.Lock()
	busy := len(s.waiting[license]) > 0
	s.mu.Unlock()
	if busy {
		<-s.clock.After(gap)
	}
}

const (
	gap          = 20 * time.Millisecond
	firstPause   = 2 * time.Millisecond
	longestPause = 15 * time.Millisecond // within a gap
)

// turn decides the requests on the stored register until the result is stored.
func (s *Sessions) turn(ctx context.Context, license License, requests []*request) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := s.attempt(ctx, license, requests)
		if err == nil {
			return
		}
		select {
		case <-s.clock.After(pause):
		case <-ctx.Done():
			for _, r := range requests {
				r.answer = answer{err: fmt.Errorf("%w: %w", ErrUnavailable, err)}
			}
			return
		}
	}
}

// attempt decides the requests one after the other, each on what those before it made of the register.
func (s *Sessions) attempt(ctx context.Context, license License, requests []*request) error {
	stored, version, err := s.store.Load(ctx, license)
	if err != nil {
		return err
	}
	register := stored
	for _, r := range requests {
		if err := r.ctx.Err(); err != nil {
			r.answer = answer{err: err} // nobody waits for it any more
			continue
		}
		next, opened, err := r.decide(register, r.now)
		if r.answer = (answer{opened, err}); err == nil {
			register = next
		}
	}
	if register.Same(stored) {
		return nil
	}
	return s.store.Save(ctx, license, register, version)
}
