package rest

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
)

const (
	workers         = 6
	callsEach       = 30
	seat            = `{"requester":{"type":"user","value":"LisaBarry"},"requestedItems":[{"item":"Seat","count":1}]}`
	accessRequest   = "/elastic/api/v1.1/instances/%s/access-request"
	mostTries       = 200
	betweenTheTries = 100 * time.Millisecond
)

// TestNoChargeIsDoubledOrLostWhenAReplicaIsKilled kills one of three while clients repeat what they do not know the
// outcome of, with the key of the first try.
func TestNoChargeIsDoubledOrLostWhenAReplicaIsKilled(t *testing.T) {
	p := newProducer(t, "killed")
	p.Sells(t, 100_000)
	path := fmt.Sprintf(accessRequest, p.instanceID(t))
	var done, repeated atomic.Int64
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			for i := range callsEach {
				c := p.admin(t, "POST", path, seat).keyed(fmt.Sprintf("%s-%d-%d", p.Namespace, worker, i))
				tries, err := insist(c, worker+i)
				if err != nil {
					t.Errorf("worker %d, call %d: %v", worker, i, err)
					return
				}
				repeated.Add(int64(tries - 1))
				done.Add(1)
			}
		})
	}
	victim := system.Replicas[1]
	for done.Load() < workers*callsEach/3 && !t.Failed() {
		<-time.After(time.Millisecond)
	}
	if err := victim.Process().Kill(); err != nil {
		t.Fatal(err)
	}
	t.Logf("killed after %d calls", done.Load())
	all.Wait()
	restart(t, victim)
	t.Logf("%d tries were repeated", repeated.Load())
	if used := p.used(t); used != workers*callsEach {
		t.Errorf("used %d, want %d", used, workers*callsEach)
	}
	p.checkInvariants(t, p.Account())
}

// insist repeats a call on the next replica until one answers it for good.
func insist(c call, replica int) (tries int, err error) {
	for tries = 1; tries <= mostTries; tries++ {
		var a answer
		if a, err = c.on(replica+tries).send(c.t.Context(), patient); err == nil {
			if a.status == http.StatusOK {
				return tries, nil
			}
			err = errors.New(a.String())
			if a.status != http.StatusServiceUnavailable {
				return tries, err
			}
		}
		<-time.After(betweenTheTries)
	}
	return tries, err
}

func restart(t *testing.T, r *embedded.Replica) {
	t.Helper()
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.AwaitReady(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// used is what the line item says, read over REST.
func (p *producer) used(t *testing.T) int {
	t.Helper()
	var used int
	path := "/provisioning/api/v1.1/instances/" + p.instanceID(t) + "/line-items/" + cluster.ActivationID
	if _, err := fmt.Sscan(p.admin(t, "GET", path, "").want(200).field("used"), &used); err != nil {
		t.Fatal(err)
	}
	return used
}

// TestSessionsSurviveTheirReplica holds sessions over REST while the replica that opened them is killed.
func TestSessionsSurviveTheirReplica(t *testing.T) {
	p := newProducer(t, "survive")
	p.Sells(t, 100_000)
	instance := p.instanceID(t)
	var ids []string
	for range 5 {
		id := p.client(t, instance, "POST", "/api/v1.1/sessions", fmt.Sprintf(`{"instanceId":%q}`, instance)).on(0).want(200).field("sessionId")
		p.client(t, instance, "PUT", "/api/v1.1/sessions/"+id, photoPrint).on(0).want(200)
		ids = append(ids, id)
	}
	victim := system.Replicas[0]
	if err := victim.Process().Kill(); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids {
		if got := p.client(t, instance, "GET", "/api/v1.1/sessions/"+id, "").on(1).want(200).field("state"); got != "ACTIVE" {
			t.Errorf("session %s is %s", id, got)
		}
		p.client(t, instance, "DELETE", "/api/v1.1/sessions/"+id, "").on(2).want(204)
	}
	restart(t, victim)
	for _, id := range ids {
		p.Session(t, id, cluster.Is(v1alpha1.SessionTerminated))
	}
	p.checkInvariants(t, p.Account())
}
