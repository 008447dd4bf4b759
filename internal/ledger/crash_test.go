package ledger_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// shift is two replicas of which one takes over when the other is dead.
type shift struct {
	*world
	first, second *replica
}

// do asks the replica on duty until it is decided.
func do[T any](s *shift, ask func(*replica) (T, error)) T {
	s.Helper()
	for tries := 0; ; tries++ {
		duty := s.first
		if duty.client.Killed() {
			duty = s.second
		}
		answer, err := ask(duty)
		if err == nil {
			return answer
		}
		if !errors.Is(err, ledger.ErrUnavailable) || tries > 10 {
			s.Fatalf("unexpected error: %v", err)
		}
	}
}

// life is everything that the ledger does, once.
func (s *shift) life() {
	session, ann := s.session(), s.memory.CreateUser(s, s.id, "license", "ann")
	device := s.memory.CreateActivation(s, s.id, "license", "device")
	do(s, func(r *replica) (ledger.SessionAnswer, error) { return r.claim(session, 1, 1) })
	do(s, func(r *replica) (ledger.OneOffAnswer, error) { return r.oneOff("one-off", 3) })
	time.Sleep(20 * time.Minute)
	do(s, func(r *replica) (ledger.SessionAnswer, error) { return r.claim(session, 2, 2) })
	do(s, func(r *replica) (ledger.UserAnswer, error) { return r.takeSeat(ann, "ann", red(1)) })
	do(s, func(r *replica) (ledger.UserAnswer, error) { return r.provision(ann, license("ann", 1)) })
	do(s, func(r *replica) (ledger.UserAnswer, error) { return r.provisionAlone(device, token("device", 1)) })
	consumed := do(s, func(r *replica) (ledger.ConsumptionAnswer, error) { return r.consume("first", 2) })
	do(s, func(r *replica) (ledger.ConsumptionAnswer, error) { return r.consume("second", 3) })
	time.Sleep(time.Hour)
	do(s, func(r *replica) (ledger.SessionAnswer, error) { return r.advance(session) })
	do(s, func(r *replica) (ledger.HeartbeatAnswer, error) { return r.Heartbeat(s.Context(), session) })
	time.Sleep(time.Minute)
	do(s, func(r *replica) (ledger.UserAnswer, error) { return r.revoke(ann, license("ann", 1)) })
	do(s, func(r *replica) (ledger.UserAnswer, error) { return r.takeSeat(ann, "ann", licensing.Seating{}) })
	do(s, func(r *replica) (ledger.UserAnswer, error) { return r.freeSeat(ann, "ann") })
	do(s, func(r *replica) (ledger.UserAnswer, error) { return r.revoke(device, token("device", 1)) })
	do(s, func(r *replica) (ledger.ConsumptionAnswer, error) { return r.rollBackOnce(consumed.TransactionID) })
	do(s, func(r *replica) (ledger.SessionAnswer, error) { return r.closeSession(session) })
	do(s, func(r *replica) (ledger.Snapshot, error) { return r.Snapshot(s.Context(), s.id, true) })
	s.settle()
	// Whoever leads looks at every account once in a while.
	do(s, func(r *replica) (ledger.Snapshot, error) { return r.Snapshot(s.Context(), s.id, true) })
}

// A replica dies at each of its calls of the store in turn, before or after that call took effect, and another one goes
// on. Everything is done exactly once.
func TestACrashAtAnyStepLosesAndRepeatsNothing(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n, survived := 1, false; !survived; n++ {
			t.Run(fmt.Sprintf("call %d, after it %v", n, after), func(t *testing.T) {
				inBubble(t, 1000, func(w *world) {
					w.replica("opener").open().stop()
					s := &shift{w, w.replica("first"), w.replica("second")}
					s.first.client.KillAt(n, after)
					s.life()
					survived = !s.first.client.Killed()
					w.checkInvariants()
					want := map[licensing.Cause]int{
						licensing.CauseAccess: 2, licensing.CauseOneOff: 1, licensing.CauseAutomaticCharge: 1, licensing.CauseClosed: 1,
						// The seat is taken and moved, the unit and the token are taken.
						licensing.CauseProvisioned: 4, licensing.CauseRevoked: 3,
						licensing.CauseConsumed: 2, licensing.CauseRolledBack: 1,
					}
					if diff := cmp.Diff(want, w.causes()); diff != "" {
						w.Errorf("transactions (-want +got):\n%s", diff)
					}
					if got := w.consumed(); got != 3*licensing.Token {
						w.Errorf("%s consumed, want 3", got)
					}
					sighting, err := w.memory.Read(w.Context(), w.sessions[0])
					w.succeeds(err)
					session := sighting.State.Session
					if session.State != licensing.Terminated || session.Charged-session.Refunded+3*licensing.Token != w.used() {
						w.Errorf("the session ends as %+v, %s are used", session, w.used())
					}
					if sighting.LastHeartbeat.IsZero() {
						w.Error("the heartbeat was lost")
					}
				})
			})
			if n > 500 {
				t.Fatal("the scenario never ends")
			}
		}
	}
}
