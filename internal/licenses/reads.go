package licenses

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// License is the one with the id.
func (l *Licenses) License(ctx context.Context, id string) (License, error) {
	license, err := l.license(ctx, id)
	if err != nil {
		return License{}, err
	}
	return l.show(ctx, license, nil)
}

// ByLicense finds a license by its key, if it is of the product; an empty product is any. It gives none or one.
func (l *Licenses) ByLicense(ctx context.Context, productID, key string) ([]License, error) {
	license, err := l.find(ctx, key)
	if err != nil || license == nil || (productID != "" && productID != license.terms.ProductID) {
		return nil, err
	}
	shown, err := l.show(ctx, license, nil)
	return []License{shown}, err
}

// ByCustomer finds the licenses of a product that a customer has.
func (l *Licenses) ByCustomer(ctx context.Context, productID, customerNumber string, activeOnly bool) ([]License, error) {
	if err := l.knownProduct(ctx, productID); err != nil {
		return nil, err
	}
	instances, err := l.instancesOf(ctx, customerNumber)
	if err != nil {
		return nil, err
	}
	if len(instances) == 0 {
		return nil, errorf(CustomerUnknown, "there is no customer with the number %.256q", customerNumber)
	}
	var found []License
	for _, instance := range instances {
		licenses, err := l.licensesOf(ctx, client.MatchingFields{kubestore.IndexInstance: instance.Name})
		if err != nil {
			return nil, err
		}
		for _, license := range licenses {
			if license.terms.ProductID != productID || (activeOnly && license.object.Spec.State != v1alpha1.LineItemDeployed) {
				continue
			}
			shown, err := l.show(ctx, license, nil)
			if err != nil {
				return nil, err
			}
			found = append(found, shown)
		}
	}
	return found, nil
}

// All lists the licenses of the producer, oldest first, without their users: there may be very many.
func (l *Licenses) All(ctx context.Context) ([]License, error) {
	licenses, err := l.licensesOf(ctx)
	if err != nil {
		return nil, err
	}
	found := make([]License, 0, len(licenses))
	for _, license := range licenses {
		shown, err := l.outline(ctx, license)
		if err != nil {
			return nil, err
		}
		found = append(found, shown)
	}
	return found, nil
}

// licensesOf are those of the line items that are listed, which the caller may ask about, oldest first. Their editions and
// products are read live, each once.
func (l *Licenses) licensesOf(ctx context.Context, options ...client.ListOption) ([]*license, error) {
	var list v1alpha1.LineItemList
	if err := l.Live.List(ctx, &list, append(options, client.InNamespace(l.namespace))...); err != nil {
		return nil, l.failed(err, nil)
	}
	once := l.readingOnce()
	var licenses []*license
	for _, object := range inOrder(pointers(list.Items)) {
		if !kubestore.IsLicense(object) {
			continue
		}
		found, err := once.read(ctx, object)
		switch {
		case IDOf(err) == EditionNotPossible:
			continue
		case err != nil:
			return nil, err
		case l.admit(found) == nil:
			licenses = append(licenses, found)
		}
	}
	return licenses, nil
}
