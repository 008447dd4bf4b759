package userprovisioning

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

// moment is how long a license waits for more of its users to change.
const moment = 200 * time.Millisecond

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	controller := ctrl.NewControllerManagedBy(mgr).
		Named("userprovisioning").
		Watches(&v1alpha1.UserProvisioning{}, trigger.Coalesce(moment, licenseOf), builder.WithPredicates(others()))
	return allotment.Licenses{Reader: r.Client, Store: r.Store}.Watch(controller).Complete(r)
}

// others passes what this controller has not written itself: a pass over ten thousand users would be the cause of the next
// one.
func others() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(update event.UpdateEvent) bool {
		before, ok := update.ObjectOld.(*v1alpha1.UserProvisioning)
		after, isUser := update.ObjectNew.(*v1alpha1.UserProvisioning)
		return ok && isUser && (before.Generation != after.Generation || before.Status.Revision != after.Status.Revision ||
			before.Annotations[kubestore.CreatedAtAnnotation] != after.Annotations[kubestore.CreatedAtAnnotation])
	}}
}

func licenseOf(_ context.Context, object client.Object) []reconcile.Request {
	user, ok := object.(*v1alpha1.UserProvisioning)
	if !ok {
		return nil
	}
	name := client.ObjectKey{Namespace: user.Namespace, Name: user.Spec.LineItemRef.Name}
	return []reconcile.Request{{NamespacedName: name}}
}
