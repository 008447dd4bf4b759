package authentication

import (
	"context"
	"regexp"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication/publickey"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Keyring has the keys that verify tokens. It is safe for concurrent use.
type Keyring interface {
	// Key is the key as far as this replica has heard; nil for one that it does not know.
	Key(ctx context.Context, ref KeyRef) (*publickey.Key, error)
	// LiveKey is the key as everybody knows it. It is dear, and so it answers only now and then: false means not now.
	LiveKey(ctx context.Context, ref KeyRef) (*publickey.Key, bool, error)
}

// KeyRef names a key of a tenant.
type KeyRef struct {
	Namespace string
	Access    v1alpha1.AccessKind
	ID        string
}

// keyID is what AccessKey admits. A token with any other kid needs no looking up.
var keyID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

func (r KeyRef) possible() bool { return keyID.MatchString(r.ID) }

func (r KeyRef) kind() string {
	if r.Access == v1alpha1.AccessAdministration {
		return "administration key"
	}
	return "client key"
}

// name is what AccessKeys are found by in the informers.
func (r KeyRef) name() string {
	return kubestore.AccessKeyName(v1alpha1.AccessKeySpec{Access: r.Access, KeyID: r.ID})
}

func refOf(key *v1alpha1.AccessKey) KeyRef {
	return KeyRef{Namespace: key.Namespace, Access: key.Spec.Access, ID: key.Spec.KeyID}
}

// standing is the key of the oldest of the objects that have its id, as their status says: whoever comes later changes
// nothing, also when the oldest holds no key that can be read, or is going away. There is no key then.
func (k *AccessKeys) standing(objects []v1alpha1.AccessKey, ref KeyRef) *publickey.Key {
	var oldest *v1alpha1.AccessKey
	for i := range objects {
		if object := &objects[i]; refOf(object) == ref && (oldest == nil || kubestore.Older(object, oldest)) {
			oldest = object
		}
	}
	if oldest == nil || oldest.DeletionTimestamp != nil {
		return nil
	}
	return k.parse(oldest)
}
