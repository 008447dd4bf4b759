// Package accesskey tells of access keys whether tokens are verified with them, and what kind of key they are.
package accesskey

import (
	"context"
	"fmt"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/authentication/publickey"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=accesskeys,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=accesskeys/status,verbs=get;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconciler reconciles AccessKeys. It is safe for concurrent use on different keys.
type Reconciler struct {
	Client client.Client
	Store  *kubestore.Store
	Clock  clock.PassiveClock
	Events events.EventRecorder
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	// What a key is named by never changes, so that an update means nothing to others.
	comesOrGoes := builder.WithPredicates(predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }})
	return ctrl.NewControllerManagedBy(mgr).
		Named("accesskey").
		For(&v1alpha1.AccessKey{}).
		Watches(&v1alpha1.AccessKey{}, handler.EnqueueRequestsFromMapFunc(r.sameName), comesOrGoes).
		Complete(r)
}

// Reconcile brings the status of one key up to date.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var key v1alpha1.AccessKey
	if err := r.Client.Get(ctx, request.NamespacedName, &key); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	input, err := r.gather(ctx, &key)
	if err != nil {
		return ctrl.Result{}, err
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
	return status.Writer{
		Client: r.Client, Owner: "licensing-operator-accesskey",
		Fields: []string{"observedGeneration", "algorithm", "signatures", "fingerprint", "conditions"},
	}
}

func (r *Reconciler) gather(ctx context.Context, object *v1alpha1.AccessKey) (Input, error) {
	input := Input{Object: object, Now: r.Clock.Now()}
	input.Key, input.Problem = publickey.Parse(object.Spec.PublicKey)
	standing, err := r.Store.AccessKey(ctx, object.Namespace, object.Spec.Access, object.Spec.KeyID)
	if err != nil {
		return Input{}, fmt.Errorf("list access keys: %w", err)
	}
	if standing != nil && standing.UID != object.UID {
		input.StandingKey = standing.Name
	}
	return input, nil
}

// sameName maps a key to those with the same access and id, one of which stands.
func (r *Reconciler) sameName(ctx context.Context, object client.Object) []reconcile.Request {
	key, ok := object.(*v1alpha1.AccessKey)
	if !ok {
		return nil
	}
	var list v1alpha1.AccessKeyList
	err := r.Client.List(ctx, &list, client.InNamespace(key.Namespace), client.UnsafeDisableDeepCopy,
		client.MatchingFields{kubestore.IndexKey: kubestore.AccessKeyName(key.Spec)})
	if err != nil {
		return nil // only a cache that has stopped fails
	}
	requests := make([]reconcile.Request, 0, len(list.Items))
	for i := range list.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
	}
	return requests
}
