package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// The demo's clock. The heartbeat window is half the period and the grace a tenth of it, as the operator derives them.
const (
	period = 10 * time.Second
	window = period / 2
	grace  = period / 10
)

// demo tells the life of a session and compares every figure with the expected one.
type demo struct {
	*environment
	client client.Client
	// used is what ACME has used by now, in tokens.
	used licensing.Tokens
}

func runDemo(ctx context.Context) (err error) {
	began := time.Now()
	e, err := start(ctx, options{chargePeriod: period})
	if err != nil {
		return interrupted(ctx, err)
	}
	defer func() {
		switch {
		case ctx.Err() != nil:
			err = errors.New("interrupted")
		case err != nil:
			// The last lines on the screen are what did not come out.
			err = errors.Join(e.tail(), err)
		}
		// At the end the operator has ended already, which Terminate does not mind.
		err = errors.Join(err, e.stop(ctx))
	}()
	scheme := runtime.NewScheme()
	if err := errors.Join(v1alpha1.AddToScheme(scheme), corev1.AddToScheme(scheme)); err != nil {
		return err
	}
	d := &demo{environment: e}
	if d.client, err = client.New(e.Config, client.Options{Scheme: scheme}); err != nil {
		return err
	}
	fmt.Printf("\nA charge lasts %s here, an hour in production. Every figure marked ✓ was compared with the expected one.\n", period)
	chapters := []struct {
		title string
		tell  func(context.Context) error
	}{
		{"A producer publishes prices, a customer and what that customer bought", d.publishSamples},
		{"Applying the same again changes nothing", d.publishAgain},
		{"A session claims 10 PhotoPrint at 3 tokens and 2 CADPrint at 7", d.claim},
		{fmt.Sprintf("After %s the next period is charged, and a heartbeat is due within %s", period, window), d.firstRenewal},
		{"With a heartbeat the session goes on and is charged again", d.secondRenewal},
		{"Without one it ends, and the whole last charge is given back", d.missedHeartbeat},
		{"A session that asks for too much is denied, with the reason", d.denial},
		{"A session that is deleted early gets back what it did not use", d.deletion},
		{"The operator stops and leaves nothing behind", d.shutdown},
	}
	for i, chapter := range chapters {
		fmt.Printf("\n── %d. %s\n", i+1, chapter.title)
		if err := chapter.tell(ctx); err != nil {
			return fmt.Errorf("chapter %d: %w", i+1, err)
		}
	}
	fmt.Printf("\nEverything came out as expected, in %s.\n", time.Since(began).Round(time.Second))
	return nil
}
