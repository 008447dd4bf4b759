package lineitem

import (
	"context"
	"time"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/controllers/trigger"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// moment is how long a license waits for more of its users to change.
const moment = 500 * time.Millisecond

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	comesOrGoes := builder.WithPredicates(predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }})
	products := allotment.Licenses{Reader: r.Client, Store: r.Store}
	specChanged := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).
		Named("lineitem").
		For(&v1alpha1.LineItem{}).
		Watches(&v1alpha1.LineItem{}, handler.EnqueueRequestsFromMapFunc(r.sameIDs), comesOrGoes).
		Watches(&v1alpha1.Instance{}, handler.EnqueueRequestsFromMapFunc(r.ofInstance), builder.WithPredicates(trigger.LedgerMoved())).
		Watches(&v1alpha1.RateTable{}, handler.EnqueueRequestsFromMapFunc(r.pricedBy), comesOrGoes).
		Watches(&v1alpha1.UserProvisioning{}, trigger.Coalesce(moment, ofUser), builder.WithPredicates(seatMoved())).
		Watches(&v1alpha1.Edition{}, handler.EnqueueRequestsFromMapFunc(r.ofEdition), specChanged).
		Watches(&v1alpha1.Product{}, handler.EnqueueRequestsFromMapFunc(products.OfProduct), specChanged).
		Watches(&v1alpha1.TenantConfiguration{}, handler.EnqueueRequestsFromMapFunc(r.ofTenant), specChanged).
		Complete(r)
}

// sameIDs maps a line item to those with the same activation id or license id, one of which stands.
func (r *Reconciler) sameIDs(ctx context.Context, object client.Object) []reconcile.Request {
	lineItem, ok := object.(*v1alpha1.LineItem)
	if !ok {
		return nil
	}
	return append(
		r.list(ctx, lineItem.Namespace, nil, client.MatchingFields{kubestore.IndexActivationID: kubestore.ActivationID(lineItem)}),
		r.list(ctx, lineItem.Namespace, nil, client.MatchingFields{kubestore.IndexLicenseID: kubestore.LicenseID(lineItem)})...)
}

// ofEdition maps an Edition to the licenses made from it: what they grant changes with it.
func (r *Reconciler) ofEdition(ctx context.Context, object client.Object) []reconcile.Request {
	return r.list(ctx, object.GetNamespace(), nil, client.MatchingFields{kubestore.IndexEdition: object.GetName()})
}

// seatMoved passes users that come or go, are switched or have another seat: what else they hold the account tells.
func seatMoved() predicate.Predicate {
	return predicate.Or(predicate.GenerationChangedPredicate{}, predicate.Funcs{UpdateFunc: func(update event.UpdateEvent) bool {
		before, ok := update.ObjectOld.(*v1alpha1.UserProvisioning)
		after, isUser := update.ObjectNew.(*v1alpha1.UserProvisioning)
		return ok && isUser && (before.Status.Seat == nil) != (after.Status.Seat == nil)
	}})
}

func (r *Reconciler) ofInstance(ctx context.Context, object client.Object) []reconcile.Request {
	return r.list(ctx, object.GetNamespace(), nil, client.MatchingFields{kubestore.IndexInstance: object.GetName()})
}

func (r *Reconciler) pricedBy(ctx context.Context, object client.Object) []reconcile.Request {
	table, ok := object.(*v1alpha1.RateTable)
	if !ok {
		return nil
	}
	return r.list(ctx, table.Namespace, func(lineItem *v1alpha1.LineItem) bool {
		return kubestore.PricedBy(lineItem, table.Spec.Series)
	})
}

// ofTenant maps a TenantConfiguration to all line items of its namespace: it says when they are valid.
func (r *Reconciler) ofTenant(ctx context.Context, object client.Object) []reconcile.Request {
	return r.list(ctx, object.GetNamespace(), nil)
}

func ofUser(_ context.Context, object client.Object) []reconcile.Request {
	user, ok := object.(*v1alpha1.UserProvisioning)
	if !ok {
		return nil
	}
	name := client.ObjectKey{Namespace: user.Namespace, Name: user.Spec.LineItemRef.Name}
	return []reconcile.Request{{NamespacedName: name}}
}

func (r *Reconciler) list(ctx context.Context, namespace string, wanted func(*v1alpha1.LineItem) bool, options ...client.ListOption) []reconcile.Request {
	var list v1alpha1.LineItemList
	if err := r.Client.List(ctx, &list, append(options, client.InNamespace(namespace), client.UnsafeDisableDeepCopy)...); err != nil {
		return nil // only a cache that has stopped fails
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if wanted == nil || wanted(&list.Items[i]) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}
