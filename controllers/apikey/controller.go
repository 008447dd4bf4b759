// Package apikey tells of API keys whether callers are let in by them.
package apikey

import (
	"context"
	"fmt"

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
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=apikeys,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=apikeys/status,verbs=get;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconciler reconciles APIKeys. It is safe for concurrent use on different keys.
type Reconciler struct {
	Client client.Client
	Store  *kubestore.Store
	Clock  clock.PassiveClock
	Events events.EventRecorder
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	return ctrl.NewControllerManagedBy(mgr).
		Named("apikey").
		For(&v1alpha1.APIKey{}).
		// An update is mapped by what the key was before as well, so that another one may stand in its place.
		Watches(&v1alpha1.APIKey{}, handler.EnqueueRequestsFromMapFunc(r.sameName), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Complete(r)
}

// Reconcile brings the status of one key up to date.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var key v1alpha1.APIKey
	if err := r.Client.Get(ctx, request.NamespacedName, &key); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	input := Input{Object: &key, Now: r.Clock.Now()}
	standing, err := r.Store.APIKey(ctx, key.Namespace, key.Spec.Type, key.Spec.Digest)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("list API keys: %w", err)
	}
	if standing != nil && standing.UID != key.UID {
		input.StandingKey = standing.Name
	}
	desired := Status(input)
	changed, err := r.writer().Write(ctx, &key, key.Status, desired)
	if err != nil {
		return ctrl.Result{}, err
	}
	if changed {
		status.Announce(r.Events, &key, "Reconcile", key.Status.Conditions, desired.Conditions)
	}
	return ctrl.Result{}, nil
}

func (r *Reconciler) writer() status.Writer {
	return status.Writer{Client: r.Client, Owner: "licensing-operator-apikey", Fields: []string{"observedGeneration", "conditions"}}
}

// sameName maps a key to those of the same type and digest, one of which stands.
func (r *Reconciler) sameName(ctx context.Context, object client.Object) []reconcile.Request {
	key, ok := object.(*v1alpha1.APIKey)
	if !ok {
		return nil
	}
	var list v1alpha1.APIKeyList
	err := r.Client.List(ctx, &list, client.InNamespace(key.Namespace), client.UnsafeDisableDeepCopy,
		client.MatchingFields{kubestore.IndexAPIKey: kubestore.APIKeyName(key.Spec.Type, key.Spec.Digest)})
	if err != nil {
		return nil // only a cache that has stopped fails
	}
	requests := make([]reconcile.Request, 0, len(list.Items))
	for i := range list.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
	}
	return requests
}
