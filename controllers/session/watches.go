package session

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

var namespaceKind = corev1.SchemeGroupVersion.WithKind("Namespace")

// becameUsable passes the changes of an Instance that a waiting session waits for.
func becameUsable() predicate.Predicate {
	return predicate.Funcs{
		UpdateFunc: func(e event.UpdateEvent) bool {
			before, after := e.ObjectOld.(*v1alpha1.Instance), e.ObjectNew.(*v1alpha1.Instance)
			return before.Generation != after.Generation || (before.Status.Ledger == nil) != (after.Status.Ledger == nil) ||
				healthy(before) != healthy(after)
		},
	}
}

func healthy(instance *v1alpha1.Instance) bool {
	return apimeta.IsStatusConditionTrue(instance.Status.Conditions, v1alpha1.ConditionLedgerHealthy)
}

// waitingFor lists the sessions of an Instance that have not been granted what they want, or are being deleted.
func (r *Reconciler) waitingFor(ctx context.Context, instance client.Object) []reconcile.Request {
	account := ledger.AccountID{Namespace: instance.GetNamespace(), Name: instance.GetName()}
	return r.waiting(ctx, client.MatchingFields{kubestore.IndexAccount: account.String()})
}

// waitingForLineItem lists the sessions that wait for their Instance to sell something.
func (r *Reconciler) waitingForLineItem(ctx context.Context, object client.Object) []reconcile.Request {
	lineItem, ok := object.(*v1alpha1.LineItem)
	if !ok {
		return nil
	}
	account := ledger.AccountID{Namespace: lineItem.Namespace, Name: lineItem.Spec.InstanceRef.Name}
	return r.waiting(ctx, client.MatchingFields{kubestore.IndexAccount: account.String()})
}

// waitingForRateTable lists the same for every Instance that has a line item priced by the table.
func (r *Reconciler) waitingForRateTable(ctx context.Context, object client.Object) []reconcile.Request {
	table, ok := object.(*v1alpha1.RateTable)
	if !ok {
		return nil
	}
	var lineItems v1alpha1.LineItemList
	if err := r.Client.List(ctx, &lineItems, client.InNamespace(table.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil // the informer cannot fail to list what it holds
	}
	var requests []reconcile.Request
	asked := map[string]bool{}
	for i := range lineItems.Items {
		lineItem := &lineItems.Items[i]
		if instance := lineItem.Spec.InstanceRef.Name; kubestore.PricedBy(lineItem, table.Spec.Series) && !asked[instance] {
			asked[instance] = true
			requests = append(requests, r.waitingForLineItem(ctx, lineItem)...)
		}
	}
	return requests
}

// waitingIn lists the waiting sessions of a namespace, whose labels decide whether an Instance admits it.
func (r *Reconciler) waitingIn(ctx context.Context, namespace client.Object) []reconcile.Request {
	return r.waiting(ctx, client.InNamespace(namespace.GetName()))
}

func (r *Reconciler) waiting(ctx context.Context, option client.ListOption) []reconcile.Request {
	var sessions v1alpha1.SessionList
	if err := r.Client.List(ctx, &sessions, option, client.UnsafeDisableDeepCopy); err != nil {
		return nil // the informer cannot fail to list what it holds
	}
	var requests []reconcile.Request
	for i := range sessions.Items {
		session := &sessions.Items[i]
		if session.DeletionTimestamp.IsZero() && apimeta.IsStatusConditionTrue(session.Status.Conditions, v1alpha1.ConditionReady) {
			continue
		}
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(session)})
	}
	return requests
}
