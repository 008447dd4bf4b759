package controllers

import (
	"context"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/controllers/availability"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// replicas are two replicas' views of one record of availability, on one clock.
type replicas struct {
	*testing.T
	clock     *clocktesting.FakeClock
	namespace string
}

func newReplicas(t *testing.T, now time.Time) replicas {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "availability-"}}
	if err := admin.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	return replicas{t, clocktesting.NewFakeClock(now), namespace.Name}
}

func (r replicas) record() *availability.Record {
	return &availability.Record{
		Client: admin, Namespace: r.namespace, Clock: r.clock, Log: logr.Discard(),
		Interval: 5 * time.Second, Tolerance: 15 * time.Second, Memory: 4 * time.Hour,
	}
}

// run runs a part of a record until the function that it gives is called.
func (r replicas) run(start func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(r.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		if err := start(ctx); err != nil {
			r.Error(err)
		}
	}()
	stop = func() { cancel(); <-stopped }
	r.Cleanup(stop)
	return stop
}

// waitFor waits until the record says what is wanted.
func (r replicas) waitFor(record *availability.Record, want []licensing.Outage) {
	r.Helper()
	var diff string
	for range 200 {
		if diff = cmp.Diff(want, record.Outages()); diff == "" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.Fatalf("outages (-want +got):\n%s", diff)
}

func TestAReplicaThatDoesNotLeadKnowsTheOutages(t *testing.T) {
	down := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	back := down.Add(40 * time.Minute)
	r := newReplicas(t, down)
	first := r.record()
	stop := r.run(first.Start)
	<-first.Known()
	stop() // and with it every other replica
	r.clock.SetTime(back)

	// A charge was made just before; its window would be over by now.
	session := licensing.Session{
		State: licensing.Active, PeriodStart: down, ChargedUntil: down.Add(2 * time.Hour),
		LastAutomaticCharge: down, HeartbeatDeadline: down.Add(30 * time.Minute),
	}
	if got := session.Beat(time.Time{}, nil, back); got != licensing.HeartbeatTooLate {
		t.Fatalf("without the outage the heartbeat is %s: the test tests nothing", got)
	}
	follower := r.record()
	r.run(follower.Follower().Start)
	<-follower.Read()
	outage := []licensing.Outage{{From: down, To: back}}
	r.waitFor(follower, outage)
	if got := session.Beat(time.Time{}, follower.Outages(), back); got != licensing.HeartbeatRecord {
		t.Errorf("before anybody leads, the heartbeat is %s", got)
	}
	if renewed := r.renewed(); !renewed.Equal(down) {
		t.Errorf("the follower wrote the record at %s", renewed)
	}

	leader := r.record()
	r.run(leader.Start)
	<-leader.Known()
	if diff := cmp.Diff(outage, leader.Outages()); diff != "" {
		t.Errorf("leader (-want +got):\n%s", diff)
	}
	// Now that it is on record, it stays as it is, and another outage would be one of its own.
	r.clock.Step(6 * time.Second)
	for !r.renewed().Equal(back.Add(6 * time.Second)) {
		time.Sleep(10 * time.Millisecond)
	}
	r.clock.Step(6 * time.Second)
	late := r.record()
	r.run(late.Follower().Start)
	<-late.Read()
	r.waitFor(late, outage)
	select {
	case <-follower.Known():
		t.Error("the follower takes itself for a leader")
	default:
	}
}

// A follower that reads an older record than its own replica's leader has written does not take the newer one's place.
func TestALeaderBelievesItselfBeforeItsFollower(t *testing.T) {
	down := time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	r := newReplicas(t, down)
	first := r.record()
	stop := r.run(first.Start)
	<-first.Known()
	stop()
	r.clock.SetTime(down.Add(time.Hour))
	second := r.record()
	r.run(second.Start)
	<-second.Known()
	if err := admin.Delete(t.Context(), r.lease()); err != nil {
		t.Fatal(err)
	}
	r.run(second.Follower().Start)
	<-second.Read()
	r.waitFor(second, []licensing.Outage{{From: down, To: down.Add(time.Hour)}})
}

// renewed is when a leader was last up, by the record.
func (r replicas) renewed() time.Time {
	r.Helper()
	lease := r.lease()
	if err := admin.Get(r.Context(), client.ObjectKeyFromObject(lease), lease); err != nil {
		r.Fatal(err)
	}
	return lease.Spec.RenewTime.Time
}

func (r replicas) lease() *coordinationv1.Lease {
	return &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: r.namespace, Name: "licensing-operator-availability"}}
}
