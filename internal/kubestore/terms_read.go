package kubestore

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// LicenseTerms reads the edition and the product of a line item from the informers, or live, and computes its Terms. A
// *TermsError is about the objects; every other error is about reading them.
func (s *Store) LicenseTerms(ctx context.Context, lineItem *v1alpha1.LineItem, fresh bool) (LicenseTerms, error) {
	var edition *v1alpha1.Edition
	var product *v1alpha1.Product
	var err error
	if ref := lineItem.Spec.EditionRef; ref != nil {
		edition, product, err = s.Edition(ctx, client.ObjectKey{Namespace: lineItem.Namespace, Name: ref.Name}, fresh)
	} else if lineItem.Spec.Product != "" {
		product, err = s.ProductNamed(ctx, lineItem.Namespace, lineItem.Spec.Product, fresh)
	}
	if err != nil {
		return LicenseTerms{}, err
	}
	return Terms(lineItem, edition, product)
}

// Edition reads an edition and its product, each nil if there is none.
func (s *Store) Edition(ctx context.Context, key client.ObjectKey, fresh bool) (*v1alpha1.Edition, *v1alpha1.Product, error) {
	var edition v1alpha1.Edition
	if found, err := s.read(ctx, key, &edition, fresh); err != nil || !found {
		return nil, nil, err
	}
	var product v1alpha1.Product
	found, err := s.read(ctx, client.ObjectKey{Namespace: key.Namespace, Name: edition.Spec.ProductRef.Name}, &product, fresh)
	if err != nil || !found {
		return &edition, nil, err
	}
	return &edition, &product, nil
}

// ProductNamed finds the product that a line item names by the name or the id of its object, and nil if it has none.
func (s *Store) ProductNamed(ctx context.Context, namespace, named string, fresh bool) (*v1alpha1.Product, error) {
	if len(validation.IsDNS1123Subdomain(named)) == 0 {
		var product v1alpha1.Product
		found, err := s.read(ctx, client.ObjectKey{Namespace: namespace, Name: named}, &product, fresh)
		if err != nil {
			return nil, err
		}
		if found {
			return &product, nil
		}
	}
	var list v1alpha1.ProductList
	var err error
	if fresh {
		// No field of the API holds the id in use.
		err = s.live.List(ctx, &list, client.InNamespace(namespace))
	} else {
		err = s.cached.List(ctx, &list, client.InNamespace(namespace), client.MatchingFields{IndexProductID: named})
	}
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	var oldest *v1alpha1.Product
	for i := range list.Items {
		if ProductID(&list.Items[i]) == named && (oldest == nil || Older(&list.Items[i], oldest)) {
			oldest = &list.Items[i]
		}
	}
	return oldest, nil
}

func (s *Store) read(ctx context.Context, key client.ObjectKey, object client.Object, fresh bool) (found bool, err error) {
	reader := s.cached
	if fresh {
		reader = s.live
	}
	err = reader.Get(ctx, key, object)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read %T %s: %w", object, key, err)
	}
	return true, nil
}
