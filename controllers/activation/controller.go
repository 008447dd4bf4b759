// Package activation gives clients the tokens of the licenses that they activate, the oldest first.
package activation

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/controllers/trigger"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=activations;lineitems;editions;products;instances;tenantconfigurations,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=activations/status,verbs=get;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

const (
	// retryAfter is how soon a ledger that could not decide is asked again.
	retryAfter = 5 * time.Second
	// writeThroughPatience is how long the tokens are waited for, so that who waits for Ready finds them there.
	writeThroughPatience = 2 * time.Second
)

// Reconciler reconciles the clients of a license together, because they compete for its tokens: a request names a LineItem.
// It is safe for concurrent use on different licenses.
type Reconciler struct {
	Client client.Client
	Store  *kubestore.Store
	Ledger *ledger.Ledger
	Clock  clock.PassiveClock
	Events events.EventRecorder

	doubts allotment.Doubts
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// Reconcile brings all clients of one license to what their objects say.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	objects, err := r.Store.Activations(ctx, request.NamespacedName)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("list activations: %w", err)
	}
	now := r.Clock.Now()
	license, err := allotment.ReadLicense(ctx, r.Client, r.Store, request.NamespacedName, now)
	if err != nil {
		return ctrl.Result{}, err
	}
	pass := &pass{
		license: &license, ledger: r.Ledger, now: now,
		asked: &allotment.Batch{Ledger: r.Ledger, Account: license.Account}, line: &allotment.Line{Ledger: r.Ledger, Account: license.Account},
	}
	for _, object := range objects {
		standing, err := r.Store.StandingActivation(ctx, object, license.Terms.ProductID)
		if err != nil {
			return ctrl.Result{}, fmt.Errorf("list activations: %w", err)
		}
		pass.add(object, standing)
	}
	if license.Open() {
		if err := r.run(ctx, pass); err != nil {
			return ctrl.Result{}, err
		}
	}
	if err := r.write(ctx, pass); err != nil {
		return ctrl.Result{}, err
	}
	switch {
	case pass.health != allotment.Open:
		return ctrl.Result{RequeueAfter: retryAfter}, nil
	case pass.again:
		return ctrl.Result{RequeueAfter: allotment.LookAgain}, nil
	}
	return ctrl.Result{RequeueAfter: trigger.After(now, license.Validity.Start, license.Validity.End)}, nil
}

// run takes back first, so that what gets free is given to who waits longest in the same pass.
func (r *Reconciler) run(ctx context.Context, p *pass) error {
	recount := func(ctx context.Context) error { return p.recount(ctx, &r.doubts) }
	for _, step := range []func(context.Context) error{p.takeBack, recount, p.grant} {
		problem := step(ctx)
		if problem == nil {
			continue
		}
		var err error
		if p.health, err = allotment.HealthAfter(problem); err != nil {
			return err
		}
		ctrl.LoggerFrom(ctx).V(1).Info("The ledger cannot decide", "reason", problem.Error())
		break
	}
	if p.line.Record(ctx) {
		p.again = true
	}
	p.asked.Await(ctx, writeThroughPatience)
	return nil
}

func (r *Reconciler) write(ctx context.Context, p *pass) error {
	writer := status.Writer{
		Client: r.Client, Owner: "licensing-operator-activation", Fields: []string{"observedGeneration", "conditions"},
	}
	var failures []error
	for _, c := range p.clients {
		if c.gone || c.unrecorded {
			continue
		}
		desired := Status(p.input(c))
		changed, err := writer.Write(ctx, c.object, c.object.Status, desired)
		if changed {
			status.Announce(r.Events, c.object, "Activate", c.object.Status.Conditions, desired.Conditions)
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}
