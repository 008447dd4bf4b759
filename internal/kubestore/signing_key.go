package kubestore

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// SigningKey names the key with which the producer of a namespace wants its answers signed, from the informer; empty for a
// producer that has decided nothing.
func (s *Store) SigningKey(ctx context.Context, namespace string) (string, error) {
	var decided v1alpha1.TenantConfiguration
	err := s.cached.Get(ctx, client.ObjectKey{Namespace: namespace, Name: v1alpha1.TenantConfigurationName}, &decided)
	if err != nil && !apierrors.IsNotFound(err) {
		return "", fmt.Errorf("tenant configuration: %w", err)
	}
	return decided.Spec.SigningKey, nil
}
