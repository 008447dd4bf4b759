package userprovisioning

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
	"github.com/licensing-operator/licensing-operator/controllers/trigger"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	specChanged := builder.WithPredicates(predicate.GenerationChangedPredicate{})
	comesOrGoes := builder.WithPredicates(predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }})
	return ctrl.NewControllerManagedBy(mgr).
		Named("userprovisioning").
		Watches(&v1alpha1.UserProvisioning{}, handler.EnqueueRequestsFromMapFunc(licenseOf)).
		Watches(&v1alpha1.LineItem{}, &handler.EnqueueRequestForObject{}, specChanged).
		// Of two line items with the same activation id the older one stands.
		Watches(&v1alpha1.LineItem{}, handler.EnqueueRequestsFromMapFunc(r.sameActivation), comesOrGoes).
		Watches(&v1alpha1.Instance{}, handler.EnqueueRequestsFromMapFunc(r.ofInstance), builder.WithPredicates(trigger.LedgerMoved())).
		Watches(&v1alpha1.TenantConfiguration{}, handler.EnqueueRequestsFromMapFunc(r.ofTenant), specChanged).
		Complete(r)
}

func licenseOf(_ context.Context, object client.Object) []reconcile.Request {
	user, ok := object.(*v1alpha1.UserProvisioning)
	if !ok {
		return nil
	}
	name := client.ObjectKey{Namespace: user.Namespace, Name: user.Spec.LineItemRef.Name}
	return []reconcile.Request{{NamespacedName: name}}
}

func (r *Reconciler) sameActivation(ctx context.Context, object client.Object) []reconcile.Request {
	lineItem, ok := object.(*v1alpha1.LineItem)
	if !ok {
		return nil
	}
	return r.licenses(ctx, lineItem.Namespace, client.MatchingFields{kubestore.IndexActivationID: kubestore.ActivationID(lineItem)})
}

// ofInstance maps an Instance to its named-user licenses: it came or went, or another replica moved its account.
func (r *Reconciler) ofInstance(ctx context.Context, object client.Object) []reconcile.Request {
	return r.licenses(ctx, object.GetNamespace(), client.MatchingFields{kubestore.IndexInstance: object.GetName()})
}

// ofTenant maps a TenantConfiguration to all licenses of its namespace: it says when they are valid.
func (r *Reconciler) ofTenant(ctx context.Context, object client.Object) []reconcile.Request {
	return r.licenses(ctx, object.GetNamespace())
}

func (r *Reconciler) licenses(ctx context.Context, namespace string, options ...client.ListOption) []reconcile.Request {
	var list v1alpha1.LineItemList
	if err := r.Client.List(ctx, &list, append(options, client.InNamespace(namespace), client.UnsafeDisableDeepCopy)...); err != nil {
		return nil // only a cache that has stopped fails
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if len(list.Items[i].Spec.Limitations) > 0 || list.Items[i].Spec.UserLimit != nil {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
		}
	}
	return requests
}
