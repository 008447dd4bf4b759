package embedded

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/conformance"
)

// AddKeys makes the keys known to the tenant of a namespace, as whoever sets up a tenant does: by objects.
func (s *System) AddKeys(ctx context.Context, namespace string) error {
	for access, signer := range map[string]conformance.Signer{"Administration": s.Admin, "Client": s.Client} {
		if err := addKey(ctx, s.Config, namespace, access, signer); err != nil {
			return err
		}
	}
	return nil
}

func addKey(ctx context.Context, config *rest.Config, namespace, access string, signer conformance.Signer) error {
	admin, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	key := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
		"keyID": signer.KeyID, "access": access, "publicKey": signer.PublicPEM(),
	}}}
	key.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("AccessKey"))
	key.SetNamespace(namespace)
	key.SetName(signer.KeyID)
	// Created, and owned by nobody who would hold on to it: the API may change and delete it.
	return admin.Create(ctx, key)
}
