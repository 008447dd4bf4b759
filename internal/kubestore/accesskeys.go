package kubestore

import (
	"context"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// AccessKeyName is what a token names a key by: its access and its id, which is unique among those of one access.
func AccessKeyName(spec v1alpha1.AccessKeySpec) string {
	return string(spec.Access) + "/" + spec.KeyID
}

// AccessKey is the key of a namespace that stands for an access and an id, from the informer: of several it is the
// oldest. It is nil when there is none. It must not be changed.
func (s *Store) AccessKey(ctx context.Context, namespace string, access v1alpha1.AccessKind, keyID string) (*v1alpha1.AccessKey, error) {
	name := AccessKeyName(v1alpha1.AccessKeySpec{Access: access, KeyID: keyID})
	var same v1alpha1.AccessKeyList
	err := s.cached.List(ctx, &same, client.InNamespace(namespace), client.UnsafeDisableDeepCopy, client.MatchingFields{IndexKey: name})
	if err != nil {
		return nil, err
	}
	var oldest *v1alpha1.AccessKey
	for i := range same.Items {
		if oldest == nil || Older(&same.Items[i], oldest) {
			oldest = &same.Items[i]
		}
	}
	return oldest, nil
}
