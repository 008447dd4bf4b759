// Package tenantconfiguration tells of a producer's configuration what is in effect.
package tenantconfiguration

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/signing"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=tenantconfigurations,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=tenantconfigurations/status,verbs=get;patch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconciler reconciles TenantConfigurations. It is safe for concurrent use on different ones.
type Reconciler struct {
	Client client.Client
	Store  *kubestore.Store
	// Signing has the keys that sign answers over REST; nil where there is no REST.
	Signing *signing.Keys
	Clock   clock.PassiveClock
	Events  events.EventRecorder
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// SetupWithManager registers the controller. The operator's own configuration changes only by a restart, at which every
// object is looked at.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	controller := ctrl.NewControllerManagedBy(mgr).
		Named("tenantconfiguration").
		For(&v1alpha1.TenantConfiguration{}).
		// An update is mapped by what the configuration was before as well, so that another one may have its id.
		Watches(&v1alpha1.TenantConfiguration{}, handler.EnqueueRequestsFromMapFunc(r.sameVendorID), builder.WithPredicates(predicate.GenerationChangedPredicate{}))
	if r.Signing != nil {
		controller = controller.Watches(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(ofSecret))
	}
	return controller.Complete(r)
}

// Reconcile brings the status of one configuration up to date.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var configuration v1alpha1.TenantConfiguration
	if err := r.Client.Get(ctx, request.NamespacedName, &configuration); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	input, err := r.gather(ctx, &configuration)
	if err != nil {
		return ctrl.Result{}, err
	}
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
		Fields: []string{"observedGeneration", "timezoneTolerant", "sessionChargePeriod", "heartbeatWindow", "vendorID", "signingKeys", "conditions"},
	}
}

func (r *Reconciler) gather(ctx context.Context, configuration *v1alpha1.TenantConfiguration) (Input, error) {
	input := Input{Object: configuration, Now: r.Clock.Now()}
	input.Settings, input.Problem = r.Store.Defaults(configuration.Namespace).Decided(configuration.Spec)
	var err error
	if input.VendorID, input.VendorIDTaken, err = r.Store.VendorID(ctx, configuration); err != nil {
		return Input{}, err
	}
	if r.Signing == nil {
		return input, nil
	}
	if input.Keys, err = r.Signing.Ring(ctx, configuration.Namespace); err != nil {
		return Input{}, fmt.Errorf("signing keys: %w", err)
	}
	return input, nil
}

// sameVendorID maps a configuration to those that want the same id, one of which has it.
func (r *Reconciler) sameVendorID(ctx context.Context, object client.Object) []reconcile.Request {
	configuration, ok := object.(*v1alpha1.TenantConfiguration)
	if !ok || configuration.Spec.VendorID == "" {
		return nil
	}
	var list v1alpha1.TenantConfigurationList
	err := r.Client.List(ctx, &list, client.UnsafeDisableDeepCopy, client.MatchingFields{kubestore.IndexVendorID: configuration.Spec.VendorID})
	if err != nil {
		return nil // only a cache that has stopped fails
	}
	requests := make([]reconcile.Request, 0, len(list.Items))
	for i := range list.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
	}
	return requests
}

// ofSecret maps a Secret with signing keys to the configuration of the producer whose they are.
func ofSecret(_ context.Context, secret client.Object) []reconcile.Request {
	namespace, ok := signing.NamespaceOf(secret.GetName())
	if !ok {
		return nil
	}
	return []reconcile.Request{{NamespacedName: client.ObjectKey{Namespace: namespace, Name: v1alpha1.TenantConfigurationName}}}
}
