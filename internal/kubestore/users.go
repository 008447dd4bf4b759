package kubestore

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Users lists live the named users of every line item object with the activation id.
func (s *Store) Users(ctx context.Context, id ledger.AccountID, activationID string) (map[ledger.Subject]ledger.State, error) {
	var lineItems v1alpha1.LineItemList
	if err := s.live.List(ctx, &lineItems, client.InNamespace(id.Namespace), client.MatchingFields{IndexInstance: id.Name}); err != nil {
		return nil, err
	}
	states := map[ledger.Subject]ledger.State{}
	for i := range lineItems.Items {
		if ActivationID(&lineItems.Items[i]) != activationID {
			continue
		}
		var users v1alpha1.UserProvisioningList
		err := s.live.List(ctx, &users, client.InNamespace(id.Namespace), client.MatchingFields{IndexLineItem: lineItems.Items[i].Name})
		if err != nil {
			return nil, err
		}
		for j := range users.Items {
			states[UserSubject(&users.Items[j])] = userState(&users.Items[j])
		}
	}
	return states, nil
}
