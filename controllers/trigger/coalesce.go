package trigger

import (
	"context"
	"time"

	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// Coalesce maps like handler.EnqueueRequestsFromMapFunc, and leaves a moment for more of the same: ten thousand users who
// arrive together are looked at in a few passes.
func Coalesce(moment time.Duration, mapping handler.MapFunc) handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) {
			add(q, moment, mapping(ctx, e.Object))
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			add(q, moment, mapping(ctx, e.ObjectOld))
			add(q, moment, mapping(ctx, e.ObjectNew))
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) {
			add(q, moment, mapping(ctx, e.Object))
		},
		GenericFunc: func(ctx context.Context, e event.GenericEvent, q queue) {
			add(q, moment, mapping(ctx, e.Object))
		},
	}
}

// add waits from the first of several on: the queue keeps the earlier time.
func add(q queue, moment time.Duration, requests []reconcile.Request) {
	for _, request := range requests {
		q.AddAfter(request, moment)
	}
}
