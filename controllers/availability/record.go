// Package availability remembers when no replica was up, so that a heartbeat window that passed meanwhile is not held
// against a client (design: sessions).
package availability

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	coordinationv1 "k8s.io/api/coordination/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// LeaseName is that of the Lease which every operator keeps in its namespace.
const LeaseName = "licensing-operator-availability"

const (
	outagesAnnotation  = "licensing-operator.dev/outages"
	storeTimeout       = 5 * time.Second
	firstRetryInterval = time.Second
)

// Record is the durable memory of outages: a Lease whose renewTime says when a leader was last up, with the outages of
// late in an annotation. It is kept by the leader, known on every replica where its Follower runs, and safe for
// concurrent use.
type Record struct {
	Client    client.Client
	Namespace string
	Clock     clock.WithTicker
	Log       logr.Logger
	// Interval is how often the leader says that it is up. A gap of more than Tolerance is an outage.
	Interval  time.Duration
	Tolerance time.Duration
	// Memory is how long outages are remembered: longer than any heartbeat window lasts.
	Memory time.Duration

	mu      sync.Mutex
	outages []licensing.Outage
	leading bool
	// known is closed by the leader, read by the follower.
	known, read chan struct{}
}

// NeedLeaderElection makes the record run on the leader only.
func (r *Record) NeedLeaderElection() bool { return true }

// Start keeps the record until the context ends.
func (r *Record) Start(ctx context.Context) error {
	r.mu.Lock()
	r.leading = true
	r.mu.Unlock()
	ticker := r.Clock.NewTicker(r.Interval)
	defer ticker.Stop()
	for {
		if err := r.renew(ctx); err != nil {
			r.Log.Error(err, "Recording availability")
			// The first record is waited for by everything that ends sessions.
			select {
			case <-r.Clock.After(firstRetryInterval):
				continue
			case <-ctx.Done():
				return nil
			}
		}
		r.markKnown()
		select {
		case <-ticker.C():
		case <-ctx.Done():
			return nil
		}
	}
}

// Outages are the outages that are remembered, in order.
func (r *Record) Outages() []licensing.Outage {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.outages
}

// Known is closed on the leader when it has brought the record up to date: before that nobody may be ended for having
// been silent.
func (r *Record) Known() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.knownChannel()
}

// Read is closed when the replica has read the record: before that it must not take a heartbeat for late.
func (r *Record) Read() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.readChannel()
}

func (r *Record) readChannel() chan struct{} {
	if r.read == nil {
		r.read = make(chan struct{})
	}
	return r.read
}

func (r *Record) knownChannel() chan struct{} {
	if r.known == nil {
		r.known = make(chan struct{})
	}
	return r.known
}

func (r *Record) markKnown() {
	r.mu.Lock()
	defer r.mu.Unlock()
	closeOnce(r.knownChannel())
}

func closeOnce(channel chan struct{}) {
	select {
	case <-channel:
	default:
		close(channel)
	}
}

// renew says that a leader is up, and notes an outage if the last time that was said is too long ago.
func (r *Record) renew(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	lease := &coordinationv1.Lease{ObjectMeta: metav1.ObjectMeta{Namespace: r.Namespace, Name: LeaseName}}
	err := r.Client.Get(ctx, client.ObjectKeyFromObject(lease), lease)
	missing := apierrors.IsNotFound(err)
	if err != nil && !missing {
		return fmt.Errorf("read lease: %w", err)
	}
	now := r.Clock.Now().UTC().Truncate(time.Millisecond)
	outages, err := r.outagesAt(lease, now)
	if err != nil {
		return err
	}
	text, err := json.Marshal(outages)
	if err != nil {
		return fmt.Errorf("encode outages: %w", err)
	}
	metav1.SetMetaDataAnnotation(&lease.ObjectMeta, outagesAnnotation, string(text))
	metav1.SetMetaDataAnnotation(&lease.ObjectMeta, "licensing-operator.dev/description",
		"Says when a leader was last up and when none was. Without it, clients that were silent in an outage lose their sessions.")
	lease.Spec.RenewTime = &metav1.MicroTime{Time: now}
	if missing {
		err = r.Client.Create(ctx, lease)
	} else {
		err = r.Client.Update(ctx, lease)
	}
	if err != nil {
		return fmt.Errorf("write lease: %w", err)
	}
	if n := len(outages); n > 0 && outages[n-1].To.Equal(now) {
		r.Log.Info("No replica was up", "from", outages[n-1].From, "to", now)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outages = outages
	return nil
}

// outagesAt are the outages on record, with the one that ends now if there is one, less those that are too old.
func (r *Record) outagesAt(lease *coordinationv1.Lease, now time.Time) ([]licensing.Outage, error) {
	var recorded []licensing.Outage
	if text := lease.Annotations[outagesAnnotation]; text != "" {
		if err := json.Unmarshal([]byte(text), &recorded); err != nil {
			return nil, fmt.Errorf("read outages from annotation %s: %w", outagesAnnotation, err)
		}
	}
	if last := lease.Spec.RenewTime; last != nil && now.Sub(last.Time) > r.Tolerance {
		recorded = append(recorded, licensing.Outage{From: last.UTC(), To: now})
	}
	kept := make([]licensing.Outage, 0, len(recorded))
	for _, outage := range recorded {
		if now.Sub(outage.To) <= r.Memory {
			kept = append(kept, outage)
		}
	}
	return kept, nil
}
