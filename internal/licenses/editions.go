package licenses

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Editions lists the editions that there are objects of, oldest first; of one product if it is named.
func (l *Licenses) Editions(ctx context.Context, productID string) ([]Edition, error) {
	if productID != "" {
		if err := l.knownProduct(ctx, productID); err != nil {
			return nil, err
		}
	}
	var list v1alpha1.EditionList
	if err := l.Live.List(ctx, &list, client.InNamespace(l.namespace)); err != nil {
		return nil, l.failed(err, nil)
	}
	products, err := l.products(ctx)
	if err != nil {
		return nil, err
	}
	var editions []Edition
	for _, object := range inOrder(pointers(list.Items)) {
		product := products[object.Spec.ProductRef.Name]
		if product != nil && (productID == "" || kubestore.ProductID(product) == productID) {
			editions = append(editions, declaredEdition(object, product))
		}
	}
	return editions, nil
}

// Edition is the one of an id: that of an object, or what a license without one says for itself.
func (l *Licenses) Edition(ctx context.Context, id string) (Edition, error) {
	object, product, err := l.findEdition(ctx, id)
	if err != nil {
		return Edition{}, err
	}
	if object != nil {
		return declaredEdition(object, product), nil
	}
	implied, err := l.impliedEdition(ctx, id)
	if err != nil {
		return Edition{}, err
	}
	if implied == nil {
		return Edition{}, notFound("there is no template %.64s", id)
	}
	return editionOf(implied), nil
}

// declared is the edition of an id that can be changed.
func (l *Licenses) declared(ctx context.Context, id string) (*v1alpha1.Edition, *v1alpha1.Product, error) {
	object, product, err := l.findEdition(ctx, id)
	if err != nil || object != nil {
		return object, product, err
	}
	implied, err := l.impliedEdition(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if implied != nil {
		return nil, nil, errorf(PropertyFixed, "template %s is what license %s says for itself: change the license", id, implied.terms.LicenseID)
	}
	return nil, nil, notFound("there is no template %.64s", id)
}

// findEdition is the object of an id with its product, read live; nil if there is none.
func (l *Licenses) findEdition(ctx context.Context, id string) (*v1alpha1.Edition, *v1alpha1.Product, error) {
	var list v1alpha1.EditionList
	err := l.Cached.List(ctx, &list, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexEditionID: id})
	if err == nil && len(list.Items) == 0 {
		// No field of the API holds the id in use.
		err = l.Live.List(ctx, &list, client.InNamespace(l.namespace))
	}
	if err != nil {
		return nil, nil, l.failed(err, nil)
	}
	for _, known := range inOrder(pointers(list.Items)) {
		if kubestore.EditionID(known) != id {
			continue
		}
		edition, product, err := l.Store.Edition(ctx, client.ObjectKeyFromObject(known), true)
		if err != nil {
			return nil, nil, l.failed(err, nil)
		}
		if edition != nil && product == nil {
			return nil, nil, errorf(EditionNotPossible, "template %s is of product %s, which does not exist", id, edition.Spec.ProductRef.Name)
		}
		if edition != nil {
			return edition, product, nil
		}
	}
	return nil, nil, nil
}

// impliedEdition is the license that the edition is implied by; nil if there is none.
func (l *Licenses) impliedEdition(ctx context.Context, id string) (*license, error) {
	for _, reader := range []client.Reader{l.Cached, l.Live} {
		var list v1alpha1.LineItemList
		if err := reader.List(ctx, &list, client.InNamespace(l.namespace)); err != nil {
			return nil, l.failed(err, nil)
		}
		for _, object := range inOrder(pointers(list.Items)) {
			if object.Spec.EditionRef == nil && kubestore.IsLicense(object) && kubestore.ImpliedEditionID(kubestore.LicenseID(object)) == id {
				return l.find(ctx, kubestore.LicenseID(object))
			}
		}
	}
	return nil, nil
}

// products are those that there are objects of, by name.
func (l *Licenses) products(ctx context.Context) (map[string]*v1alpha1.Product, error) {
	var list v1alpha1.ProductList
	if err := l.Live.List(ctx, &list, client.InNamespace(l.namespace)); err != nil {
		return nil, l.failed(err, nil)
	}
	products := make(map[string]*v1alpha1.Product, len(list.Items))
	for _, product := range pointers(list.Items) {
		products[product.Name] = product
	}
	return products, nil
}
