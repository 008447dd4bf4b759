package ledger_test

import (
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// charged is a session whose first automatic charge was just made.
func (r *replica) charged() ledger.Subject {
	r.world.Helper()
	session := r.world.session()
	r.world.written(r.claim(session, 1, 1))
	time.Sleep(time.Hour)
	r.world.written(r.advance(session))
	return session
}

func (r *replica) expectBeat(session ledger.Subject, want licensing.Heartbeat) {
	r.world.Helper()
	beat, err := r.Heartbeat(r.world.Context(), session)
	r.world.succeeds(err)
	if beat.Heartbeat != want {
		r.world.Errorf("got %s, want %s", beat.Heartbeat, want)
	}
}

func TestTheFirstHeartbeatOfAWindowIsDurable(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		engine := w.replica("a").open()
		session := engine.charged()
		time.Sleep(10 * time.Minute)
		engine.expectBeat(session, licensing.HeartbeatRecord)
		sighting, err := w.memory.Read(w.Context(), session)
		w.succeeds(err)
		if !sighting.LastHeartbeat.Equal(time.Now().Truncate(time.Millisecond)) {
			w.Errorf("the heartbeat was recorded as of %s", sighting.LastHeartbeat)
		}
		engine.expectBeat(session, licensing.HeartbeatUnneeded)
		time.Sleep(30 * time.Minute)
		if answer := w.written(engine.advance(session)); answer.Changed {
			w.Errorf("got %s for a session that was alive", answer.Cause)
		}
		w.checkInvariants()
	})
}

func TestALostHeartbeatIsNotAnswered(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		engine := w.replica("a").open()
		session := engine.charged()
		engine.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpHeartbeat {
				fault.Before = ledgertest.ErrLost
			}
			return fault
		})
		_, err := engine.Heartbeat(w.Context(), session)
		w.fails(err, ledger.ErrUnavailable)
		w.memory.Delete(w, session)
		_, err = engine.Heartbeat(w.Context(), session)
		w.fails(err, ledger.ErrSubjectGone)
	})
}

func TestAHeartbeatIsReadAgainWhenTheSessionChangedMeanwhile(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		engine := w.replica("a").open()
		session := engine.charged()
		renewed := false
		engine.client.Inject(func(call ledgertest.Call) (fault ledgertest.Fault) {
			if call.Op == ledgertest.OpHeartbeat && !renewed {
				renewed = true
				w.memory.Renew(w, session)
			}
			return fault
		})
		engine.expectBeat(session, licensing.HeartbeatRecord)
		sighting, err := w.memory.Read(w.Context(), session)
		w.succeeds(err)
		if sighting.Renewed || sighting.LastHeartbeat.IsZero() {
			w.Errorf("got %+v", sighting)
		}
	})
}

func TestAMissedHeartbeatEndsTheSessionWithARefundAfterTheGrace(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		engine := w.replica("a").open()
		session := engine.charged()
		time.Sleep(30*time.Minute + 5*time.Second)
		engine.expectBeat(session, licensing.HeartbeatTooLate)
		if answer := w.written(engine.advance(session)); answer.Changed {
			w.Errorf("got %s within the grace", answer.Cause)
		}
		time.Sleep(5 * time.Second)
		if answer := w.written(engine.advance(session)); answer.Cause != licensing.CauseHeartbeatMissed {
			w.Errorf("got %q", answer.Cause)
		}
		engine.expectBeat(session, licensing.HeartbeatTerminated)
		w.checkInvariants()
		w.expectUsed(10 * licensing.Token)
	})
}

func TestARenewalInTheSpecKeepsTheSession(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		engine := w.replica("a").open()
		session := engine.charged()
		time.Sleep(29 * time.Minute)
		w.memory.Renew(w, session)
		time.Sleep(2 * time.Minute) // nobody looked at it in time
		if answer := w.written(engine.advance(session)); answer.Changed {
			w.Errorf("got %s for a session that was renewed", answer.Cause)
		}
		w.checkInvariants()
	})
}
