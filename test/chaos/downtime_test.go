package chaos

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

const seat = `[{item: Seat, count: 1}]`

// TestChargesGoOnWhenTheLeaderIsKilled kills it again and again while sessions are charged by the clock.
func TestChargesGoOnWhenTheLeaderIsKilled(t *testing.T) {
	const sessions, kills, period = 8, 4, 4 * time.Second
	all := startReplicas(t, "development: {chargePeriod: 4s, heartbeatGrace: 500ms}\n")
	p := shared.NewProducer(t, "clock", nil)
	p.Sells(t, 1000)
	starts := map[string]time.Time{}
	for i := range sessions {
		name := fmt.Sprintf("session-%d", i)
		p.Claim(t, name, seat)
		starts[name] = p.Granted(t, name).Status.PeriodStart.Time
		p.Hold(t, name)
	}
	for range kills {
		revisions := map[string]int64{}
		for name := range starts {
			var session v1alpha1.Session
			p.Get(t, name, &session)
			revisions[name] = session.Status.Revision
		}
		if err := all.leader(t, nil).Kill(); err != nil {
			t.Fatal(err)
		}
		for name, revision := range revisions {
			p.Session(t, name, func(session *v1alpha1.Session) error {
				if session.Status.Revision <= revision {
					return fmt.Errorf("revision %d, as before the kill", revision)
				}
				return cluster.Is(v1alpha1.SessionActive)(session)
			})
		}
	}
	for name, start := range starts {
		session := p.Session(t, name, cluster.Is(v1alpha1.SessionActive))
		if off := session.Status.PeriodStart.Sub(start) % period; off != 0 {
			t.Errorf("%s is charged %s after its scheduled time", name, off)
		}
		p.Delete(t, name, &v1alpha1.Session{})
	}
	for name := range starts {
		p.Gone(t, name, &v1alpha1.Session{})
	}
	checkInvariants(t, p)
}

// TestADowntimeIsNotHeldAgainstClients stops both replicas for a whole heartbeat window.
func TestADowntimeIsNotHeldAgainstClients(t *testing.T) {
	const grace = 500 * time.Millisecond
	all := startReplicas(t, "development: {chargePeriod: 12s, heartbeatGrace: 500ms}\n")
	p := shared.NewProducer(t, "downtime", nil)
	p.Sells(t, 1000)
	for _, name := range []string{"loyal", "silent"} {
		p.Claim(t, name, seat)
		p.Granted(t, name)
	}
	var deadline time.Time
	for _, name := range []string{"loyal", "silent"} {
		session := p.Session(t, name, func(session *v1alpha1.Session) error {
			if session.Status.HeartbeatDeadline == nil {
				return errors.New("not charged automatically yet")
			}
			return nil
		})
		if ends := session.Status.HeartbeatDeadline.Time; ends.After(deadline) {
			deadline = ends
		}
	}
	all.stop(t)
	cluster.Eventually(t, "the heartbeat window to pass", func(context.Context) error {
		if left := time.Until(deadline.Add(2 * grace)); left > 0 {
			return fmt.Errorf("%s are left", left)
		}
		return nil
	})
	for _, r := range all {
		r.start(t)
	}
	cluster.Eventually(t, "the outage to be on record", func(ctx context.Context) error {
		var record coordinationv1.Lease
		err := p.Client.Get(ctx, client.ObjectKey{Namespace: cluster.OperatorNamespace, Name: "licensing-operator-availability"}, &record)
		if err != nil {
			return err
		}
		if renewed := record.Spec.RenewTime; renewed == nil || renewed.Time.Before(deadline) {
			return fmt.Errorf("last renewed at %s", renewed)
		}
		return nil
	})
	if err := p.Renew(t.Context(), "loyal", time.Now()); err != nil {
		t.Fatal(err)
	}
	p.Hold(t, "loyal")
	silent := p.Session(t, "silent", cluster.Is(v1alpha1.SessionTerminated))
	if reason := silent.Status.TerminatedReason; reason != v1alpha1.TerminatedHeartbeatMissed {
		t.Errorf("the silent one ended because of %s", reason)
	}
	if earliest := deadline.Add(grace); silent.Status.TerminatedTime.Time.Before(earliest.Add(2 * grace)) {
		t.Errorf("the silent one ended at %s: it had no time after the downtime", silent.Status.TerminatedTime)
	}
	loyal := p.Session(t, "loyal", cluster.Is(v1alpha1.SessionActive))
	p.Session(t, "loyal", func(session *v1alpha1.Session) error {
		if session.Status.Revision <= loyal.Status.Revision {
			return errors.New("not charged again yet")
		}
		return cluster.Is(v1alpha1.SessionActive)(session)
	})
	p.Delete(t, "loyal", &v1alpha1.Session{})
	p.Gone(t, "loyal", &v1alpha1.Session{})
	checkInvariants(t, p)
}
