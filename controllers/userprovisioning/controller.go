// Package userprovisioning gives the named users of a license their seats and the limitations that their objects list,
// oldest user first, and takes back what is wanted no more.
package userprovisioning

import (
	"context"
	"fmt"
	"time"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/controllers/trigger"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=userprovisionings;lineitems;editions;products;instances;tenantconfigurations,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=userprovisionings/status,verbs=get;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

const (
	// retryAfter is how soon a ledger that could not decide is asked again.
	retryAfter = 5 * time.Second
	// writeThroughPatience is how long the holdings are waited for, so that who waits for Provisioned finds them there.
	writeThroughPatience = 2 * time.Second
)

// Reconciler reconciles the users of a license together, because they compete for its units: a request names a LineItem.
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

// Reconcile brings all users of one license to what their specs say.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	users, err := r.Store.LicenseUsers(ctx, request.NamespacedName)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("list users: %w", err)
	}
	now := r.Clock.Now()
	read, err := allotment.ReadLicense(ctx, r.Client, r.Store, request.NamespacedName, now)
	if err != nil {
		return ctrl.Result{}, err
	}
	license := newLicense(read, now)
	pass := newPass(license, users, r.Ledger)
	if license.Open() {
		if err := r.run(ctx, pass); err != nil {
			return ctrl.Result{}, err
		}
	}
	if err := r.write(ctx, pass); err != nil {
		return ctrl.Result{}, err
	}
	switch {
	case license.Health != allotment.Open:
		return ctrl.Result{RequeueAfter: retryAfter}, nil
	case pass.again:
		return ctrl.Result{RequeueAfter: allotment.LookAgain}, nil
	}
	return ctrl.Result{RequeueAfter: trigger.After(license.Now, license.Validity.Start, license.Validity.End)}, nil
}
