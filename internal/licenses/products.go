package licenses

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// knownProduct refuses the id of a product that nobody has declared or licensed, or that the caller's key is not for.
func (l *Licenses) knownProduct(ctx context.Context, id string) error {
	for _, reader := range []client.Reader{l.Cached, l.Live} {
		product, err := l.productBy(ctx, reader, id)
		if err != nil {
			return l.failed(err, nil)
		}
		if product != nil {
			if !l.mayAsk(id, product, "") {
				return forbidden(id)
			}
			return nil
		}
		named, known, err := l.licensedProduct(ctx, reader, id)
		if err != nil {
			return l.failed(err, nil)
		}
		if known {
			if !l.mayAsk(id, nil, named) {
				return forbidden(id)
			}
			return nil
		}
	}
	return errorf(ProductUnknown, "there is no product %.64s", id)
}

// productBy is the oldest Product with the id; nil if there is none.
func (l *Licenses) productBy(ctx context.Context, reader client.Reader, id string) (*v1alpha1.Product, error) {
	var list v1alpha1.ProductList
	options := []client.ListOption{client.InNamespace(l.namespace)}
	if reader == l.Cached {
		options = append(options, client.MatchingFields{kubestore.IndexProductID: id})
	}
	if err := reader.List(ctx, &list, options...); err != nil {
		return nil, err
	}
	for _, product := range inOrder(pointers(list.Items)) {
		if kubestore.ProductID(product) == id {
			return product, nil
		}
	}
	return nil, nil
}

// licensedProduct is what line items call a product without an object whose id is the given one.
func (l *Licenses) licensedProduct(ctx context.Context, reader client.Reader, id string) (named string, known bool, err error) {
	var list v1alpha1.LineItemList
	options := []client.ListOption{client.InNamespace(l.namespace)}
	if reader == l.Cached {
		options = append(options, client.MatchingFields{kubestore.IndexNamedProductID: id}, client.UnsafeDisableDeepCopy)
	}
	if err := reader.List(ctx, &list, options...); err != nil {
		return "", false, err
	}
	for i := range list.Items {
		spec := &list.Items[i].Spec
		if spec.EditionRef == nil && kubestore.IsLicense(&list.Items[i]) && kubestore.NamedProductID(l.namespace, spec.Product) == id {
			return spec.Product, true, nil
		}
	}
	return "", false, nil
}
