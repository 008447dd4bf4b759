package kubestore

import (
	"context"
	"errors"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// Activations lists the clients that a line item is to be activated for, oldest first. The objects are the informer's: they
// must not be changed.
func (s *Store) Activations(ctx context.Context, lineItem client.ObjectKey) ([]*v1alpha1.Activation, error) {
	var list v1alpha1.ActivationList
	if err := s.listSame(ctx, &list, lineItem.Namespace, IndexLineItem, lineItem.Name); err != nil {
		return nil, err
	}
	return oldestFirst(list.Items), nil
}

// StandingActivation is the object that owns the client id of the given one among the licenses of its product: of several
// the oldest. Without a product it is that of its own license. It must not be changed.
func (s *Store) StandingActivation(ctx context.Context, activation *v1alpha1.Activation, productID string) (*v1alpha1.Activation, error) {
	var same v1alpha1.ActivationList
	if err := s.listSame(ctx, &same, activation.Namespace, IndexClientID, activation.Spec.ClientID); err != nil {
		return nil, err
	}
	standing := activation
	for i := range same.Items {
		other := &same.Items[i]
		if !Older(other, standing) {
			continue
		}
		same := other.Spec.LineItemRef.Name == activation.Spec.LineItemRef.Name
		if !same && productID != "" {
			var err error
			if same, err = s.licenses(ctx, other, productID); err != nil {
				return nil, err
			}
		}
		if same {
			standing = other
		}
	}
	return standing, nil
}

// licenses tells whether the activation is of a license of the product.
func (s *Store) licenses(ctx context.Context, activation *v1alpha1.Activation, productID string) (bool, error) {
	var lineItem v1alpha1.LineItem
	found, err := s.read(ctx, client.ObjectKey{Namespace: activation.Namespace, Name: activation.Spec.LineItemRef.Name}, &lineItem, false)
	if err != nil || !found {
		return false, err
	}
	terms, err := s.LicenseTerms(ctx, &lineItem, false)
	if _, unknown := errors.AsType[*TermsError](err); unknown {
		return lineItem.Status.ProductID == productID, nil
	}
	return terms.ProductID == productID, err
}
