package main

import (
	"context"
	"fmt"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

const pollInterval = 50 * time.Millisecond

// figure is something that the demo compares.
type figure struct {
	what      string
	want, got any
}

// compare reports the first figure that is not as expected.
func compare(figures ...figure) error {
	fmt.Println()
	for _, f := range figures {
		want, got := fmt.Sprint(f.want), fmt.Sprint(f.got)
		if want != got {
			return fmt.Errorf("✗ %s: expected %s, got %s", f.what, want, got)
		}
		fmt.Printf("  ✓ %s: %s\n", f.what, got)
	}
	return nil
}

// await polls until the condition holds or the time is over. It is for things that happen by themselves; figures are
// compared afterwards.
func await(ctx context.Context, what string, limit time.Duration, holds func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		held, err := holds(ctx)
		if held || (err != nil && ctx.Err() == nil) {
			return err
		}
		select {
		case <-time.After(pollInterval):
		case <-ctx.Done():
			return fmt.Errorf("✗ waited %s for %s", limit, what)
		}
	}
}

// session reads a session.
func (d *demo) session(ctx context.Context, name string) (*v1alpha1.Session, error) {
	session := &v1alpha1.Session{}
	return session, d.client.Get(ctx, client.ObjectKey{Namespace: sampleNamespace, Name: name}, session)
}

// awaitSession polls a session until the condition holds.
func (d *demo) awaitSession(ctx context.Context, name, what string, limit time.Duration, holds func(*v1alpha1.Session) bool) (session *v1alpha1.Session, err error) {
	err = await(ctx, what, limit, func(ctx context.Context) (_ bool, err error) {
		session, err = d.session(ctx, name)
		return err == nil && holds(session), err
	})
	return session, err
}

// compareUsed compares what the line item says is used. It says so about a second after the fact.
func (d *demo) compareUsed(ctx context.Context) error {
	want := v1alpha1.Decimal(d.used.String())
	item := &v1alpha1.LineItem{}
	read := func(ctx context.Context) (bool, error) {
		err := d.client.Get(ctx, client.ObjectKey{Namespace: sampleNamespace, Name: "act01-elastic"}, item)
		return item.Status.Used == want, err
	}
	if err := await(ctx, "the line item's status", 5*time.Second, read); err != nil && item.Status.Used == "" {
		return err
	}
	if err := d.show(ctx, "get", "lineitem", "-n", sampleNamespace, "act01-elastic"); err != nil {
		return err
	}
	available, err := quantity.Sub(d.used)
	if err != nil {
		return err
	}
	return compare(
		figure{"used of ACT01-Elastic", want, item.Status.Used},
		figure{"available", available, item.Status.Available},
	)
}

func totals(session *v1alpha1.Session) (charged, refunded v1alpha1.Decimal) {
	charged, refunded = "0", "0"
	if session.Status.Totals != nil {
		charged, refunded = session.Status.Totals.Charged, session.Status.Totals.Refunded
	}
	if refunded == "" {
		refunded = "0"
	}
	return charged, refunded
}
