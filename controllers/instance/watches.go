package instance

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// settle is how long changes of accounts and sessions are gathered before the status is refreshed: the queue keeps the
// earliest time, so that it is refreshed about once a second at most however busy an account is.
const settle = time.Second

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	r.live = mgr.GetAPIReader()
	controller := ctrl.NewControllerManagedBy(mgr).
		Named("instance").
		Watches(&v1alpha1.Instance{}, &handler.EnqueueRequestForObject{}, builder.WithPredicates(declarationChanged())).
		// The controller's own writes come back here: they show that the informer has caught up, so that what an informer
		// that lagged behind made it miss is made good.
		Watches(&v1alpha1.Instance{}, settled(named)).
		Watches(&v1alpha1.Instance{}, handler.EnqueueRequestsFromMapFunc(r.ofSameAccount), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.LineItem{}, handler.EnqueueRequestsFromMapFunc(ofLineItem), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.TenantConfiguration{}, handler.EnqueueRequestsFromMapFunc(r.ofTenant), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&v1alpha1.Session{}, settled(ofSession), builder.WithPredicates(stateChanged())).
		WatchesMetadata(&corev1.ConfigMap{}, settled(ofAccount))
	if r.Usage != nil {
		controller = controller.WatchesRawSource(ofUsage(r.Usage))
	}
	return controller.Complete(r)
}

// settled enqueues the Instance that an object belongs to, after a while.
func settled(instanceOf func(client.Object) (types.NamespacedName, bool)) handler.EventHandler {
	enqueue := func(object client.Object, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		if name, ok := instanceOf(object); ok {
			queue.AddAfter(reconcile.Request{NamespacedName: name}, settle)
		}
	}
	return handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			enqueue(e.Object, queue)
		},
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			enqueue(e.ObjectNew, queue)
		},
		DeleteFunc: func(_ context.Context, e event.DeleteEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			enqueue(e.Object, queue)
		},
	}
}

// declarationChanged passes what an administrator changed: the spec, and the annotation that accepts an incident.
func declarationChanged() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{})
}

// stateChanged leaves out heartbeats and charges, of which there are many: they change no count.
func stateChanged() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(update event.UpdateEvent) bool {
		before, ok := update.ObjectOld.(*v1alpha1.Session)
		after, isSession := update.ObjectNew.(*v1alpha1.Session)
		return ok && isSession && before.Status.State != after.Status.State
	}}
}

func named(object client.Object) (types.NamespacedName, bool) {
	return client.ObjectKeyFromObject(object), true
}

func ofSession(object client.Object) (types.NamespacedName, bool) {
	session, ok := object.(*v1alpha1.Session)
	if !ok {
		return types.NamespacedName{}, false
	}
	return types.NamespacedName(kubestore.AccountOfSession(session)), true
}

func ofAccount(object client.Object) (types.NamespacedName, bool) {
	id, ok := kubestore.AccountOf(object)
	return types.NamespacedName(id), ok
}

func ofLineItem(_ context.Context, object client.Object) []reconcile.Request {
	lineItem, ok := object.(*v1alpha1.LineItem)
	if !ok {
		return nil
	}
	name := types.NamespacedName{Namespace: lineItem.Namespace, Name: lineItem.Spec.InstanceRef.Name}
	return []reconcile.Request{{NamespacedName: name}}
}

// ofSameAccount maps an Instance to the others of its customer account, of which one is the default.
func (r *Reconciler) ofSameAccount(ctx context.Context, object client.Object) []reconcile.Request {
	instance, ok := object.(*v1alpha1.Instance)
	if !ok {
		return nil
	}
	return r.list(ctx, instance.Namespace, func(other *v1alpha1.Instance) bool {
		return other.Spec.AccountID == instance.Spec.AccountID && other.Name != instance.Name
	})
}

// ofTenant maps a TenantConfiguration to all Instances of its namespace: it says which line items can be charged.
func (r *Reconciler) ofTenant(ctx context.Context, object client.Object) []reconcile.Request {
	return r.list(ctx, object.GetNamespace(), func(*v1alpha1.Instance) bool { return true })
}

func (r *Reconciler) list(ctx context.Context, namespace string, wanted func(*v1alpha1.Instance) bool) []reconcile.Request {
	var list v1alpha1.InstanceList
	if err := r.Client.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil // only a cache that has stopped fails
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if wanted(&list.Items[i]) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}
