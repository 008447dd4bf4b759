// Package userprovisioning gives the named users of a license the limitations that their objects list, oldest user first,
// and takes back what is listed no more.
package userprovisioning

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/controllers/trigger"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/metrics"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=userprovisionings;lineitems;instances;tenantconfigurations,verbs=get;list;watch
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
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// Reconcile brings all users of one license to what their specs say.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	license, err := r.gather(ctx, request.NamespacedName)
	if err != nil {
		return ctrl.Result{}, err
	}
	pass := newPass(license)
	if license.open() {
		if err := r.run(ctx, pass); err != nil {
			return ctrl.Result{}, err
		}
	}
	var failures []error
	for _, input := range pass.inputs() {
		failures = append(failures, r.write(ctx, input))
	}
	if err := errors.Join(failures...); err != nil {
		return ctrl.Result{}, err
	}
	if license.Ledger != LedgerOpen {
		return ctrl.Result{RequeueAfter: retryAfter}, nil
	}
	return ctrl.Result{RequeueAfter: trigger.After(license.Now, license.start, license.end)}, nil
}

func (r *Reconciler) write(ctx context.Context, input Input) error {
	writer := status.Writer{
		Client: r.Client, Owner: "licensing-operator-userprovisioning",
		Fields: []string{"observedGeneration", "licenseID", "denied", "conditions"},
	}
	desired := Status(input)
	changed, err := writer.Write(ctx, input.User, input.User.Status, desired)
	if changed {
		status.Announce(r.Events, input.User, "Provision", input.User.Status.Conditions, desired.Conditions)
		countDenials(input.User.Status.Denied, desired.Denied)
	}
	return err
}

// countDenials counts the limitations that are denied for a reason that was not told before.
func countDenials(before, after []v1alpha1.DeniedLimitation) {
	for _, denied := range after {
		told := slices.ContainsFunc(before, func(d v1alpha1.DeniedLimitation) bool {
			return d.LimitationID == denied.LimitationID && d.Reason == denied.Reason
		})
		if !told {
			metrics.Denied("UserProvisioning", denied.Reason)
		}
	}
}

func (r *Reconciler) gather(ctx context.Context, key client.ObjectKey) (*License, error) {
	license := &License{Name: key.Name, Now: r.Clock.Now()}
	var err error
	if license.users, err = r.Store.LicenseUsers(ctx, key); err != nil {
		return nil, fmt.Errorf("list users: %w", err)
	}
	var lineItem v1alpha1.LineItem
	if err := r.Client.Get(ctx, key, &lineItem); err != nil {
		return license, client.IgnoreNotFound(err)
	}
	settings, err := r.Store.Settings(ctx, key.Namespace)
	if err != nil {
		return nil, err
	}
	license.read(&lineItem, settings.TimezoneTolerant)
	standing, err := r.Store.Standing(ctx, &lineItem)
	if err != nil {
		return nil, fmt.Errorf("list line items: %w", err)
	}
	license.standing = standing.UID == lineItem.UID
	err = r.Client.Get(ctx, client.ObjectKey(license.account), &v1alpha1.Instance{})
	if err != nil && !apierrors.IsNotFound(err) {
		return nil, fmt.Errorf("read instance: %w", err)
	}
	license.instanceFound = err == nil
	return license, nil
}
