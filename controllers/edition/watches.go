package edition

import (
	"context"

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

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	comesOrGoes := builder.WithPredicates(predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }})
	specChanged := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	return ctrl.NewControllerManagedBy(mgr).
		Named("edition").
		For(&v1alpha1.Edition{}).
		Watches(&v1alpha1.Edition{}, handler.EnqueueRequestsFromMapFunc(r.sameID), comesOrGoes).
		Watches(&v1alpha1.Product{}, handler.EnqueueRequestsFromMapFunc(r.ofProduct), specChanged).
		// An update maps the line item as it was, too, and so the edition that it left.
		Watches(&v1alpha1.LineItem{}, handler.EnqueueRequestsFromMapFunc(ofLicense), specChanged).
		Complete(r)
}

// sameID maps an edition to those with the same id, one of which stands.
func (r *Reconciler) sameID(ctx context.Context, object client.Object) []reconcile.Request {
	edition, ok := object.(*v1alpha1.Edition)
	if !ok {
		return nil
	}
	return r.list(ctx, edition.Namespace, client.MatchingFields{kubestore.IndexEditionID: kubestore.EditionID(edition)})
}

func (r *Reconciler) ofProduct(ctx context.Context, object client.Object) []reconcile.Request {
	return r.list(ctx, object.GetNamespace(), client.MatchingFields{kubestore.IndexProduct: object.GetName()})
}

func ofLicense(_ context.Context, object client.Object) []reconcile.Request {
	lineItem, ok := object.(*v1alpha1.LineItem)
	if !ok || lineItem.Spec.EditionRef == nil {
		return nil
	}
	name := client.ObjectKey{Namespace: lineItem.Namespace, Name: lineItem.Spec.EditionRef.Name}
	return []reconcile.Request{{NamespacedName: name}}
}

func (r *Reconciler) list(ctx context.Context, namespace string, option client.ListOption) []reconcile.Request {
	var list v1alpha1.EditionList
	if err := r.Client.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy, option); err != nil {
		return nil // only a cache that has stopped fails
	}
	requests := make([]reconcile.Request, 0, len(list.Items))
	for i := range list.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
	}
	return requests
}
