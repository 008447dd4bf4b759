package availability

import (
	"context"
	"fmt"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Follower makes the outages known to a replica that does not lead: it takes heartbeats like any other. It only reads.
type Follower struct{ record *Record }

// Follower is the part of the record that runs on every replica.
func (r *Record) Follower() *Follower { return &Follower{r} }

// NeedLeaderElection makes the follower run on every replica.
func (f *Follower) NeedLeaderElection() bool { return false }

// Start reads the record until the context ends.
func (f *Follower) Start(ctx context.Context) error {
	r := f.record
	for {
		wait := r.Interval
		if err := f.look(ctx); err != nil {
			r.Log.Error(err, "Reading when no replica was up")
			wait = min(wait, firstRetryInterval)
		}
		select {
		case <-r.Clock.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// look reads the outages, the one among them that the next leader will put on record: nobody leads yet after a time in
// which no replica was up, and clients are back already.
func (f *Follower) look(ctx context.Context) error {
	r := f.record
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: LeaseName}}
	if err := r.Client.Get(ctx, client.ObjectKeyFromObject(lease), lease); client.IgnoreNotFound(err) != nil {
		return fmt.Errorf("read lease: %w", err)
	}
	outages, err := r.outagesAt(lease, r.Clock.Now().UTC().Truncate(time.Millisecond))
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.leading { // what a leader has written since is newer than what was read
		r.outages = outages
	}
	closeOnce(r.readChannel())
	return nil
}
