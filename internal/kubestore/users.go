package kubestore

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Users lists live the named users and the clients of every line item object with the activation id.
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
		var activations v1alpha1.ActivationList
		err = s.live.List(ctx, &activations, client.InNamespace(id.Namespace), client.MatchingFields{IndexLineItem: lineItems.Items[i].Name})
		if err != nil {
			return nil, err
		}
		for j := range activations.Items {
			states[ActivationSubject(&activations.Items[j])] = activationState(&activations.Items[j])
		}
	}
	return states, nil
}
