package kubestore

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Shown reads live what the status of the line items of an Instance says is used, by activation id. Line items whose status
// has no figures are left out.
func (s *Store) Shown(ctx context.Context, id ledger.AccountID) (map[string]licensing.Tokens, error) {
	objects, err := s.lineItems(ctx, id, true)
	if err != nil {
		return nil, fmt.Errorf("line items: %w", err)
	}
	shown := map[string]licensing.Tokens{}
	for _, object := range objects {
		if object.Status.Used == "" {
			continue
		}
		used, err := licensing.ParseTokens(string(object.Status.Used))
		if err != nil {
			return nil, fmt.Errorf("line item %s: status.used: %w", object.Name, err)
		}
		activationID := ActivationID(&object)
		shown[activationID] = max(shown[activationID], used)
	}
	return shown, nil
}

// AcceptedDifference reads live which difference between account and usage records is accepted on the Instance.
func (s *Store) AcceptedDifference(ctx context.Context, id ledger.AccountID) (string, error) {
	var instance v1alpha1.Instance
	err := s.live.Get(ctx, client.ObjectKey{Namespace: id.Namespace, Name: id.Name}, &instance)
	return instance.Annotations[AcceptDifferenceAnnotation], client.IgnoreNotFound(err)
}
