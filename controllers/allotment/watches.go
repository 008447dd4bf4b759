package allotment

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/trigger"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Licenses map what a license depends on to the licenses.
type Licenses struct {
	Reader client.Reader
	Store  *kubestore.Store
}

// Watch makes a controller look at a license whenever something that it depends on changes, the objects that get its units
// aside.
func (l Licenses) Watch(controller *builder.Builder) *builder.Builder {
	specChanged := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	comesOrGoes := builder.WithPredicates(predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }})
	return controller.
		Watches(&v1alpha1.LineItem{}, &handler.EnqueueRequestForObject{}, specChanged).
		// Of two line items with the same activation id the older one stands.
		Watches(&v1alpha1.LineItem{}, handler.EnqueueRequestsFromMapFunc(l.sameActivation), comesOrGoes).
		Watches(&v1alpha1.Edition{}, handler.EnqueueRequestsFromMapFunc(l.ofEdition), specChanged).
		Watches(&v1alpha1.Product{}, handler.EnqueueRequestsFromMapFunc(l.OfProduct), specChanged).
		Watches(&v1alpha1.Instance{}, handler.EnqueueRequestsFromMapFunc(l.ofInstance), builder.WithPredicates(trigger.LedgerHealth())).
		Watches(&v1alpha1.TenantConfiguration{}, handler.EnqueueRequestsFromMapFunc(l.ofTenant), specChanged)
}

func (l Licenses) sameActivation(ctx context.Context, object client.Object) []reconcile.Request {
	lineItem, ok := object.(*v1alpha1.LineItem)
	if !ok {
		return nil
	}
	return l.list(ctx, lineItem.Namespace, client.MatchingFields{kubestore.IndexActivationID: kubestore.ActivationID(lineItem)})
}

// ofEdition maps an Edition to the licenses made from it: what they grant changes with it.
func (l Licenses) ofEdition(ctx context.Context, object client.Object) []reconcile.Request {
	return l.list(ctx, object.GetNamespace(), client.MatchingFields{kubestore.IndexEdition: object.GetName()})
}

// OfProduct maps a Product to its licenses, with and without an edition.
func (l Licenses) OfProduct(ctx context.Context, object client.Object) []reconcile.Request {
	product, ok := object.(*v1alpha1.Product)
	if !ok {
		return nil
	}
	names, err := l.Store.ProductLicenses(ctx, product)
	if err != nil {
		return nil // only a cache that has stopped fails
	}
	requests := make([]reconcile.Request, 0, len(names))
	for _, name := range names {
		requests = append(requests, reconcile.Request{NamespacedName: name})
	}
	return requests
}

// ofInstance maps an Instance to its licenses: it came or went, or its account can be used again.
func (l Licenses) ofInstance(ctx context.Context, object client.Object) []reconcile.Request {
	return l.list(ctx, object.GetNamespace(), client.MatchingFields{kubestore.IndexInstance: object.GetName()})
}

// ofTenant maps a TenantConfiguration to all licenses of its namespace: it says when they are valid.
func (l Licenses) ofTenant(ctx context.Context, object client.Object) []reconcile.Request {
	return l.list(ctx, object.GetNamespace())
}

func (l Licenses) list(ctx context.Context, namespace string, options ...client.ListOption) []reconcile.Request {
	var list v1alpha1.LineItemList
	if err := l.Reader.List(ctx, &list, append(options, client.InNamespace(namespace), client.UnsafeDisableDeepCopy)...); err != nil {
		return nil // only a cache that has stopped fails
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if kubestore.IsLicense(&list.Items[i]) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}
