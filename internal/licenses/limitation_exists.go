package licenses

import (
	"context"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// limitationExists tells whether the producer has the limitation anywhere: in a product, an edition or a license.
func (l *Licenses) limitationExists(ctx context.Context, id string) (bool, error) {
	kinds := []struct {
		list client.ObjectList
		has  func(client.ObjectList) bool
	}{
		{&v1alpha1.ProductList{}, func(list client.ObjectList) bool {
			return slices.ContainsFunc(list.(*v1alpha1.ProductList).Items, func(product v1alpha1.Product) bool {
				return slices.ContainsFunc(product.Spec.Limitations, func(limitation v1alpha1.ProductLimitation) bool { return limitation.ID == id })
			})
		}},
		{&v1alpha1.EditionList{}, func(list client.ObjectList) bool {
			return slices.ContainsFunc(list.(*v1alpha1.EditionList).Items, func(edition v1alpha1.Edition) bool {
				return slices.ContainsFunc(edition.Spec.Limitations, func(limitation v1alpha1.EditionLimitation) bool { return limitation.ID == id })
			})
		}},
		{&v1alpha1.LineItemList{}, func(list client.ObjectList) bool {
			return slices.ContainsFunc(list.(*v1alpha1.LineItemList).Items, func(lineItem v1alpha1.LineItem) bool {
				return slices.ContainsFunc(lineItem.Spec.Limitations, func(limitation v1alpha1.Limitation) bool { return limitation.ID == id })
			})
		}},
	}
	for _, kind := range kinds {
		err := l.Cached.List(ctx, kind.list, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexLimitation: id})
		if err != nil || kind.has(kind.list) {
			return true, err
		}
	}
	for _, kind := range kinds {
		if err := l.Live.List(ctx, kind.list, client.InNamespace(l.namespace)); err != nil || kind.has(kind.list) {
			return true, err
		}
	}
	return false, nil
}
