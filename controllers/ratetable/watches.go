package ratetable

import (
	"context"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// neighbors looks again at the tables of a series in which one came or went: another one may rule, or stand. Specs never
// change, so that updates mean nothing to others.
func (r *Reconciler) neighbors() handler.EventHandler {
	enqueue := func(ctx context.Context, object client.Object, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		if table, ok := object.(*v1alpha1.RateTable); ok {
			for _, request := range r.series(ctx, table.Namespace, table.Spec.Series) {
				queue.Add(request)
			}
		}
	}
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			enqueue(ctx, e.Object, queue)
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, queue workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			// A reconciliation would know the name only.
			r.Store.Forget(e.Object.GetUID())
			enqueue(ctx, e.Object, queue)
		},
	}
}

// pricing maps a line item to the tables that price it or could.
func (r *Reconciler) pricing(ctx context.Context, object client.Object) []reconcile.Request {
	lineItem, ok := object.(*v1alpha1.LineItem)
	if !ok {
		return nil
	}
	return r.series(ctx, lineItem.Namespace, lineItem.Spec.RateTableSeries)
}

func (r *Reconciler) series(ctx context.Context, namespace, series string) []reconcile.Request {
	var list v1alpha1.RateTableList
	if err := r.Client.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil // only a cache that has stopped fails
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if list.Items[i].Spec.Series == series {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}
