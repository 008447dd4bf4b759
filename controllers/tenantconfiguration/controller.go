// Package tenantconfiguration tells of a producer's configuration what is in effect.
package tenantconfiguration

import (
	"context"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=tenantconfigurations,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=tenantconfigurations/status,verbs=get;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconciler reconciles TenantConfigurations. It is safe for concurrent use on different ones.
type Reconciler struct {
	Client client.Client
	Store  *kubestore.Store
	Clock  clock.PassiveClock
	Events events.EventRecorder
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// SetupWithManager registers the controller. The operator's own configuration changes only by a restart, at which every
// object is looked at.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("tenantconfiguration").
		For(&v1alpha1.TenantConfiguration{}).
		Complete(r)
}

// Reconcile brings the status of one configuration up to date.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var configuration v1alpha1.TenantConfiguration
	if err := r.Client.Get(ctx, request.NamespacedName, &configuration); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	input := Input{Object: &configuration, Now: r.Clock.Now()}
	input.Settings, input.Problem = r.Store.Defaults(request.Namespace).Decided(configuration.Spec)
	desired := Status(input)
	changed, err := r.writer().Write(ctx, &configuration, configuration.Status, desired)
	if err != nil {
		return ctrl.Result{}, err
	}
	if changed {
		status.Announce(r.Events, &configuration, "Reconcile", configuration.Status.Conditions, desired.Conditions)
	}
	return ctrl.Result{}, nil
}

func (r *Reconciler) writer() status.Writer {
	return status.Writer{
		Client: r.Client, Owner: "licensing-operator-tenantconfiguration",
		Fields: []string{"observedGeneration", "timezoneTolerant", "sessionChargePeriod", "heartbeatWindow", "conditions"},
	}
}
