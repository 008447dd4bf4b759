package activation

import (
	"context"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/controllers/trigger"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// moment is how long a license waits for more of its clients to change.
const moment = 200 * time.Millisecond

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	comesOrGoes := builder.WithPredicates(predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }})
	controller := ctrl.NewControllerManagedBy(mgr).
		Named("activation").
		Watches(&v1alpha1.Activation{}, trigger.Coalesce(moment, licenseOf), builder.WithPredicates(others())).
		// Of two objects for one client of a product the older one stands, on whichever license it is.
		Watches(&v1alpha1.Activation{}, trigger.Coalesce(moment, r.sameClient), comesOrGoes)
	return allotment.Licenses{Reader: r.Client, Store: r.Store}.Watch(controller).Complete(r)
}

// others passes what this controller has not written itself.
func others() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(update event.UpdateEvent) bool {
		before, ok := update.ObjectOld.(*v1alpha1.Activation)
		after, isActivation := update.ObjectNew.(*v1alpha1.Activation)
		return ok && isActivation && (before.Generation != after.Generation || before.Status.Revision != after.Status.Revision)
	}}
}

func licenseOf(_ context.Context, object client.Object) []reconcile.Request {
	activation, ok := object.(*v1alpha1.Activation)
	if !ok {
		return nil
	}
	name := client.ObjectKey{Namespace: activation.Namespace, Name: activation.Spec.LineItemRef.Name}
	return []reconcile.Request{{NamespacedName: name}}
}

func (r *Reconciler) sameClient(ctx context.Context, object client.Object) []reconcile.Request {
	activation, ok := object.(*v1alpha1.Activation)
	if !ok {
		return nil
	}
	var same v1alpha1.ActivationList
	err := r.Client.List(ctx, &same, client.InNamespace(activation.Namespace), client.UnsafeDisableDeepCopy,
		client.MatchingFields{kubestore.IndexClientID: activation.Spec.ClientID})
	if err != nil {
		return nil // only a cache that has stopped fails
	}
	var requests []reconcile.Request
	for i := range same.Items {
		requests = append(requests, licenseOf(ctx, &same.Items[i])...)
	}
	return requests
}
