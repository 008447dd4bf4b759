package ledger_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// shown lists the sessions by what a replica says of them.
func (r *replica) shown() map[string]licensing.SessionState {
	r.world.Helper()
	views, err := r.Sessions(r.world.Context(), r.world.id)
	r.world.succeeds(err)
	states := map[string]licensing.SessionState{}
	for i, view := range views {
		states[view.ID] = view.State.State
		if i > 0 && view.Created.After(views[i-1].Created) {
			r.world.Errorf("a session of %s is listed after one of %s", view.Created, views[i-1].Created)
		}
	}
	return states
}

func TestOneReplicaShowsAtOnceWhatAnotherCommitted(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		a, b := w.replica("a").open(), w.replica("b").open()
		b.shown()
		a.client.Inject(neverWrites) // nothing of it stands in any object
		running, ended := w.session(), w.session()
		time.Sleep(time.Second)
		idle := w.session()
		for _, session := range []ledger.Subject{running, ended} {
			_, err := a.request(session, "", 1)
			w.succeeds(err)
		}
		_, err := a.closeSession(ended)
		w.succeeds(err)

		want := map[string]licensing.SessionState{running.UID: licensing.Active, idle.UID: licensing.Idle}
		if diff := cmp.Diff(want, b.shown()); diff != "" {
			w.Errorf("listed (-want +got):\n%s", diff)
		}
		for session, state := range map[ledger.Subject]licensing.SessionState{running: licensing.Active, ended: licensing.Terminated, idle: licensing.Idle} {
			view, err := b.Session(w.Context(), w.id, session)
			w.succeeds(err)
			if view.State.State != state || view.ID != session.UID || view.Subject != session || view.Created.IsZero() {
				w.Errorf("%+v, want it %s", view, state)
			}
			if state == licensing.Active && !cmp.Equal(view.State.Requester, lisa) {
				w.Errorf("the session runs for %+v", view.State.Requester)
			}
		}
		if used := w.used(); used != 10*licensing.Token {
			w.Errorf("%s used", used)
		}
	})
}

func TestAHeartbeatIsShown(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		a, b, session := w.replica("a").open(), w.replica("b").open(), w.session()
		w.written(a.request(session, "", 1))
		time.Sleep(time.Hour)
		w.written(a.advance(session))
		time.Sleep(time.Minute)
		if _, err := a.Heartbeat(w.Context(), session); err != nil {
			w.Fatal(err)
		}
		view, err := b.Session(w.Context(), w.id, session)
		w.succeeds(err)
		if !view.LastHeartbeat.Equal(time.Now().Truncate(time.Millisecond)) {
			w.Errorf("the heartbeat of %s is shown as %s", time.Now(), view.LastHeartbeat)
		}
	})
}

func TestASessionOfAnInstanceWithoutAccountIsIdle(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		engine, session := w.replica("a"), w.session()
		view, err := engine.Session(w.Context(), w.id, session)
		w.succeeds(err)
		if view.State.State != licensing.Idle || len(engine.shown()) != 1 {
			w.Errorf("%+v", view)
		}
		w.memory.Delete(w, session)
		_, err = engine.Session(w.Context(), w.id, session)
		w.fails(err, ledger.ErrSubjectGone)
	})
}

// A session of another namespace that was never granted anything may not even be admitted to the account.
func TestStrangersAreNotListed(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		engine := w.replica("a").open()
		stranger, guest := w.memory.CreateSessionIn(w.id, "elsewhere"), w.memory.CreateSessionIn(w.id, "elsewhere")
		w.written(engine.request(guest, "", 1))
		if diff := cmp.Diff(map[string]licensing.SessionState{guest.UID: licensing.Active}, engine.shown()); diff != "" {
			w.Errorf("with stranger %s, listed (-want +got):\n%s", stranger.UID, diff)
		}
	})
}

func TestALongListHoldsUpNoCharge(t *testing.T) {
	inBubble(t, 1000, func(w *world) {
		engine := w.replica("a").open()
		session := w.session()
		engine.client.Inject(slow(ledgertest.OpSessions, 5*time.Second))
		listed := make(chan time.Time)
		go func() {
			_, err := engine.Sessions(w.Context(), w.id)
			if err != nil {
				w.Error(err)
			}
			listed <- time.Now()
		}()
		time.Sleep(time.Second)
		started := time.Now()
		w.written(engine.request(session, "", 1))
		if took := time.Since(started); took > 100*time.Millisecond {
			w.Errorf("the charge took %s", took)
		}
		if done := <-listed; done.Before(started.Add(3 * time.Second)) {
			w.Fatal("the list was not long")
		}
	})
}
