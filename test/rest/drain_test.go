package rest

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

const drainDelay = 3 * time.Second

// balancer sends requests only to replicas that were ready a moment ago, as a Service does.
type balancer struct {
	of    *embedded.System
	turn  atomic.Int64
	ready atomic.Pointer[[]int]
}

// watch looks at the readiness of the replicas until the context ends.
func (b *balancer) watch(ctx context.Context) {
	for ctx.Err() == nil {
		var ready []int
		for i, r := range b.of.Replicas {
			if r.Ready(ctx) {
				ready = append(ready, i)
			}
		}
		if ctx.Err() != nil { // nobody seemed ready
			return
		}
		b.ready.Store(&ready)
		select {
		case <-time.After(drainDelay / 20):
		case <-ctx.Done():
		}
	}
}

// next is the replica for the next request.
func (b *balancer) next() int {
	ready := *b.ready.Load()
	return ready[int(b.turn.Add(1))%len(ready)]
}

// TestNoRequestFailsWhenAReplicaIsStopped stops one in good order, under load, as a rollout does: no client has to repeat
// anything, and what was answered was charged.
func TestNoRequestFailsWhenAReplicaIsStopped(t *testing.T) {
	draining, err := embedded.Start(t.Context(), embedded.Options{Replicas: 2, Change: func(c *config.OperatorConfiguration) {
		c.REST.DrainDelay = config.DurationOf(drainDelay)
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := draining.Stop(); err != nil {
			t.Error(err)
		}
	})
	admin := func(method, path, body string) call {
		return call{of: draining, t: t, namespace: embedded.Namespace, method: method, path: path, token: draining.Admin.AdminToken(), body: body}
	}
	instance := admin("POST", "/provisioning/api/v1.1/instances", `{"shortName":"x","accountId":"x"}`).want(201).field("id")
	admin("POST", "/provisioning/api/v1.1/rate-tables", `{"version":"1","effectiveFrom":0,"items":[{"name":"Seat","rate":1}]}`).want(201)
	lineItems := "/provisioning/api/v1.1/instances/" + instance + "/line-items"
	admin("PUT", lineItems, `{"activationId":"A","state":"DEPLOYED","quantity":1000000,"start":0,"end":253402300799999,"attributes":{"elastic":true}}`).want(201)

	balanced := &balancer{of: draining}
	balanced.ready.Store(&[]int{0, 1})
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var done atomic.Int64
	var all sync.WaitGroup
	all.Go(func() { balanced.watch(ctx) })
	request := admin("POST", fmt.Sprintf(accessRequest, instance), seat)
	for range workers {
		all.Go(func() {
			for ctx.Err() == nil {
				a, err := request.on(balanced.next()).send(context.WithoutCancel(ctx), patient)
				if err != nil || a.status != http.StatusOK {
					t.Errorf("a request failed: %v %s", err, a)
					return
				}
				done.Add(1)
			}
		})
	}
	further := func(calls int64) {
		for until := done.Load() + calls; done.Load() < until && !t.Failed(); {
			<-time.After(time.Millisecond)
		}
	}
	further(100)
	if err := draining.Replicas[1].Process().Terminate(t.Context()); err != nil {
		t.Errorf("the replica ended badly: %v\n%s", err, draining.Replicas[1].Tail())
	}
	further(100)
	stop()
	all.Wait()
	if ready := *balanced.ready.Load(); slices.Contains(ready, 1) {
		t.Error("the stopped replica counts as ready")
	}
	if used := admin("GET", lineItems+"/A", "").want(200).field("used"); used != fmt.Sprint(done.Load()) {
		t.Errorf("used %s by %d calls", used, done.Load())
	}
	t.Logf("%d calls were answered", done.Load())
}
