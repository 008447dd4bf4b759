// Package product tells of products by which id clients know them, and which of two with one id stands.
package product

import (
	"context"
	"fmt"

	"k8s.io/client-go/tools/events"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=products,verbs=get;list;watch
// +kubebuilder:rbac:groups=licensing-operator.dev,resources=products/status,verbs=get;patch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconciler reconciles Products. It is safe for concurrent use on different products.
type Reconciler struct {
	Client client.Client
	Store  *kubestore.Store
	Clock  clock.PassiveClock
	Events events.EventRecorder
}

var _ reconcile.Reconciler = (*Reconciler)(nil)

// SetupWithManager registers the controller.
func (r *Reconciler) SetupWithManager(mgr ctrl.Manager) error {
	// An id never changes once it is there, so that an update means nothing to others.
	comesOrGoes := builder.WithPredicates(predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }})
	return ctrl.NewControllerManagedBy(mgr).
		Named("product").
		For(&v1alpha1.Product{}).
		Watches(&v1alpha1.Product{}, handler.EnqueueRequestsFromMapFunc(r.sameID), comesOrGoes).
		Complete(r)
}

// Reconcile brings the status of one product up to date.
func (r *Reconciler) Reconcile(ctx context.Context, request ctrl.Request) (ctrl.Result, error) {
	var product v1alpha1.Product
	if err := r.Client.Get(ctx, request.NamespacedName, &product); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	standing, err := r.Store.StandingProduct(ctx, &product)
	if err != nil {
		return ctrl.Result{}, fmt.Errorf("list products: %w", err)
	}
	input := Input{Object: &product, Now: r.Clock.Now()}
	if standing.UID != product.UID {
		input.StandingProduct = standing.Name
	}
	desired := Status(input)
	writer := status.Writer{
		Client: r.Client, Owner: "licensing-operator-product", Fields: []string{"observedGeneration", "productID", "conditions"},
	}
	changed, err := writer.Write(ctx, &product, product.Status, desired)
	if changed {
		status.Announce(r.Events, &product, "Reconcile", product.Status.Conditions, desired.Conditions)
	}
	return ctrl.Result{}, err
}

// sameID maps a product to those with the same id, one of which stands.
func (r *Reconciler) sameID(ctx context.Context, object client.Object) []reconcile.Request {
	product, ok := object.(*v1alpha1.Product)
	if !ok {
		return nil
	}
	var list v1alpha1.ProductList
	err := r.Client.List(ctx, &list, client.InNamespace(product.Namespace), client.UnsafeDisableDeepCopy,
		client.MatchingFields{kubestore.IndexProductID: kubestore.ProductID(product)})
	if err != nil {
		return nil // only a cache that has stopped fails
	}
	requests := make([]reconcile.Request, 0, len(list.Items))
	for i := range list.Items {
		requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(&list.Items[i])})
	}
	return requests
}
