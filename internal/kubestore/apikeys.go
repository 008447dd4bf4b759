package kubestore

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// APIKeyName is what a key that was presented is found by: the type that its header stands for, and its digest.
func APIKeyName(keyType v1alpha1.APIKeyType, digest string) string {
	return string(keyType) + "/" + digest
}

// APIKey is the key of a namespace that stands for a type and a digest, from the informer: of several it is the oldest. It
// is nil when there is none. It must not be changed.
func (s *Store) APIKey(ctx context.Context, namespace string, keyType v1alpha1.APIKeyType, digest string) (*v1alpha1.APIKey, error) {
	return FindAPIKey(ctx, s.cached, namespace, APIKeyName(keyType, digest))
}

// FindAPIKey is Store.APIKey for whoever has the informers alone.
func FindAPIKey(ctx context.Context, informers client.Reader, namespace, name string) (*v1alpha1.APIKey, error) {
	var same v1alpha1.APIKeyList
	err := informers.List(ctx, &same, client.InNamespace(namespace), client.UnsafeDisableDeepCopy, client.MatchingFields{IndexAPIKey: name})
	if err != nil {
		return nil, err
	}
	return oldestAPIKeys(same.Items)[name], nil
}

// ListAPIKeys reads live the keys of a namespace that stand, by their names.
func ListAPIKeys(ctx context.Context, live client.Reader, namespace string) (map[string]*v1alpha1.APIKey, error) {
	var all v1alpha1.APIKeyList
	if err := live.List(ctx, &all, client.InNamespace(namespace)); err != nil {
		return nil, err
	}
	return oldestAPIKeys(all.Items), nil
}

func oldestAPIKeys(keys []v1alpha1.APIKey) map[string]*v1alpha1.APIKey {
	standing := make(map[string]*v1alpha1.APIKey, len(keys))
	for i := range keys {
		name := APIKeyName(keys[i].Spec.Type, keys[i].Spec.Digest)
		if oldest := standing[name]; oldest == nil || Older(&keys[i], oldest) {
			standing[name] = &keys[i]
		}
	}
	return standing
}
