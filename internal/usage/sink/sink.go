// Package sink tells somebody else of every usage record, as a CloudEvent over HTTP: at least once, and those of an instance
// in the order in which the store has them. It reads the store, and so never holds up a charge.
package sink

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"golang.org/x/sync/errgroup"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Observer is told what the sink takes, for metrics.
type Observer interface {
	// Delivered reports events that were taken.
	Delivered(events int)
	// Failed reports an event that was not, and is sent again.
	Failed()
	// Behind reports the time of the oldest record that was not taken, or of which nobody knows whether it was, or none.
	Behind(oldest time.Time)
	// Dropped reports positions whose records were dropped before the sink has taken them. Some may have had none.
	Dropped(positions int64)
}

// Tailer sends what is new in the store to the sink. One replica at a time runs it; two at once only send twice.
type Tailer struct {
	Store     usage.Store
	Positions Positions
	// URL takes the events by POST.
	URL string
	// AuthorizationFile holds the Authorization header of the calls; empty: they have none.
	AuthorizationFile string
	// HTTP is http.DefaultClient if nil.
	HTTP     *http.Client
	Clock    clock.Clock
	Log      logr.Logger
	Observer Observer

	// told is up to where it was told that records are gone; nil at first.
	told *int64
}

const (
	// chunk is how many records are read at once, and sent before the position is saved.
	chunk = 500
	// instancesAtOnce are told of at the same time.
	instancesAtOnce = 8
	// idle is the pause when everything was sent.
	idle = time.Second
)

// NeedLeaderElection makes one replica do it.
func (t *Tailer) NeedLeaderElection() bool { return true }

// Start sends until the context ends.
func (t *Tailer) Start(ctx context.Context) error {
	events, err := newEvents(t.URL, t.httpClient())
	if err != nil {
		return err
	}
	var pause backoff
	for {
		more, err := t.next(ctx, events)
		wait := idle
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			wait = pause.next()
			t.Log.Error(err, "Usage records are not sent to the sink now; it is tried again", "in", wait.String())
		default:
			pause = backoff{}
		}
		if err == nil && more {
			continue
		}
		select {
		case <-t.Clock.After(wait):
		case <-ctx.Done():
			return nil
		}
	}
}

// next sends one chunk. It tells whether there may be more.
func (t *Tailer) next(ctx context.Context, events *events) (more bool, err error) {
	position, err := t.Positions.Load(ctx)
	if err != nil {
		return false, fmt.Errorf("read how far the sink has come: %w", err)
	}
	records, err := behind(ctx, t.Store, position, chunk)
	waits, unknown := oldest(ctx, t.Store, records, err)
	if unknown == nil {
		t.Observer.Behind(waits)
	}
	if err = cmp.Or(err, unknown); err != nil {
		return false, err
	}
	if err := t.tellDropped(ctx, position); err != nil || len(records) == 0 {
		return false, err
	}
	if err := t.deliver(ctx, events, records); err != nil {
		return false, err
	}
	last := records[len(records)-1]
	if err := t.Positions.Save(ctx, Position{At: last.Position, Record: last.ID}); err != nil {
		return false, fmt.Errorf("save how far the sink has come: %w", err)
	}
	return len(records) == chunk, nil
}

// deliver sends the records of each instance one after the other.
func (t *Tailer) deliver(ctx context.Context, events *events, records []usage.Record) error {
	instances := map[usage.Account][]usage.Record{}
	for _, record := range records {
		account := usage.Account{Namespace: record.Namespace, Instance: record.Instance}
		instances[account] = append(instances[account], record)
	}
	calls, ctx := errgroup.WithContext(ctx)
	calls.SetLimit(instancesAtOnce)
	for _, records := range instances {
		calls.Go(func() error { return t.deliverInOrder(ctx, events, records) })
	}
	return calls.Wait()
}

func (t *Tailer) deliverInOrder(ctx context.Context, events *events, records []usage.Record) error {
	for _, record := range records {
		if err := t.deliverOne(ctx, events, record); err != nil {
			return err
		}
		t.Observer.Delivered(1)
	}
	return nil
}

// deliverOne repeats until the sink has taken the event: those after it have to wait.
func (t *Tailer) deliverOne(ctx context.Context, events *events, record usage.Record) error {
	for pause := (backoff{}); ; {
		err := events.send(ctx, record)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		t.Observer.Failed()
		wait := pause.next()
		t.Log.V(1).Info("The sink did not take an event; it is sent again", "record", record.ID, "cause", err.Error(), "in", wait.String())
		select {
		case <-t.Clock.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
