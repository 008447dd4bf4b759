package kubestore

import (
	"context"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/floating"
)

// StandingProduct is the product that owns the id of the given one: of several the oldest. It must not be changed.
func (s *Store) StandingProduct(ctx context.Context, product *v1alpha1.Product) (*v1alpha1.Product, error) {
	var same v1alpha1.ProductList
	if err := s.listSame(ctx, &same, product.Namespace, IndexProductID, ProductID(product)); err != nil {
		return nil, err
	}
	return oldest(product, same.Items), nil
}

// StandingEdition is the edition that owns the id of the given one: of several the oldest. It must not be changed.
func (s *Store) StandingEdition(ctx context.Context, edition *v1alpha1.Edition) (*v1alpha1.Edition, error) {
	var same v1alpha1.EditionList
	if err := s.listSame(ctx, &same, edition.Namespace, IndexEditionID, EditionID(edition)); err != nil {
		return nil, err
	}
	return oldest(edition, same.Items), nil
}

// StandingLicense is the line item by whose license id clients find the license of the given one: of several the oldest.
// Charges do not depend on it. It must not be changed.
func (s *Store) StandingLicense(ctx context.Context, lineItem *v1alpha1.LineItem) (*v1alpha1.LineItem, error) {
	var same v1alpha1.LineItemList
	if err := s.listSame(ctx, &same, lineItem.Namespace, IndexLicenseID, LicenseID(lineItem)); err != nil {
		return nil, err
	}
	return oldest(lineItem, same.Items), nil
}

// ProductLicenses are the names of the line items that license a product, by themselves or through an edition.
func (s *Store) ProductLicenses(ctx context.Context, product *v1alpha1.Product) (names []client.ObjectKey, err error) {
	var editions v1alpha1.EditionList
	if err := s.listSame(ctx, &editions, product.Namespace, IndexProduct, product.Name); err != nil {
		return nil, err
	}
	searches := []struct{ field, value string }{{IndexProduct, product.Name}, {IndexProduct, ProductID(product)}}
	for i := range editions.Items {
		searches = append(searches, struct{ field, value string }{IndexEdition, editions.Items[i].Name})
	}
	for _, search := range searches {
		var lineItems v1alpha1.LineItemList
		if err := s.listSame(ctx, &lineItems, product.Namespace, search.field, search.value); err != nil {
			return nil, err
		}
		for i := range lineItems.Items {
			names = append(names, client.ObjectKeyFromObject(&lineItems.Items[i]))
		}
	}
	return names, nil
}

func (s *Store) listSame(ctx context.Context, list client.ObjectList, namespace, field, value string) error {
	return s.cached.List(ctx, list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy, client.MatchingFields{field: value})
}

// oldest finds who stands among an object and the others of its id.
func oldest[T any, O interface {
	*T
	client.Object
}](first O, others []T) O {
	for i := range others {
		if other := O(&others[i]); Older(other, first) {
			first = other
		}
	}
	return first
}

// HasLicense tells whether a line item has the id of the license. Where the informers know none it is looked for live:
// what is kept for a license goes when there is none.
func (s *Store) HasLicense(ctx context.Context, license floating.License) (bool, error) {
	var same v1alpha1.LineItemList
	err := s.listSame(ctx, &same, license.Namespace, IndexLicenseID, license.ID)
	if err != nil || len(same.Items) > 0 {
		return err == nil, err
	}
	if err := s.live.List(ctx, &same, client.InNamespace(license.Namespace)); err != nil {
		return false, err
	}
	return slices.ContainsFunc(same.Items, func(l v1alpha1.LineItem) bool { return LicenseID(&l) == license.ID }), nil
}
