package ledger

import (
	"context"
	"errors"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// HeartbeatAnswer is what a heartbeat means, and the session as it was seen when it came.
type HeartbeatAnswer struct {
	licensing.Heartbeat
	Session SessionView
}

// Heartbeat takes a heartbeat of a session: the first one in its window is durable before this returns, further ones
// cost a read. It touches no account: what ends a session reads the session live, after the window and a grace.
func (l *Ledger) Heartbeat(ctx context.Context, session Subject) (HeartbeatAnswer, error) {
	received := l.now()
	for {
		sighting, err := l.store.Read(ctx, session)
		if err != nil {
			return HeartbeatAnswer{}, l.unavailable(err)
		}
		view := newSessionView(session, sighting, nil)
		state := view.State
		beat := state.Beat(sighting.LastHeartbeat, l.options.Outages(), received)
		// A renewal in the spec is recorded also when no beat is needed, so that it is not taken for a new one later.
		if beat != licensing.HeartbeatRecord && (!sighting.Renewed || beat == licensing.HeartbeatTerminated) {
			return HeartbeatAnswer{beat, view}, nil
		}
		// The beat came after the charge that was read: a clock that runs behind must not say otherwise.
		at := received
		if state.LastAutomaticCharge.After(at) {
			at = state.LastAutomaticCharge
		}
		err = l.store.RecordHeartbeat(ctx, session, at, sighting)
		switch {
		case err == nil:
			view.LastHeartbeat = at
			return HeartbeatAnswer{beat, view}, nil
		case !errors.Is(err, ErrConflict):
			return HeartbeatAnswer{}, l.unavailable(err)
		}
	}
}

func (l *Ledger) unavailable(err error) error {
	if errors.Is(err, ErrSubjectGone) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrUnavailable, err)
}
