package authentication

import (
	"context"
	"regexp"

	"sigs.k8s.io/controller-runtime/pkg/client"

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

// index is what AccessKeys are found by in the informers.
func (r KeyRef) index() string { return string(r.Access) + "/" + r.ID }

const indexKey = "authentication.key"

// SetupIndex adds to the informers what AccessKeys finds keys by.
func SetupIndex(ctx context.Context, indexer client.FieldIndexer) error {
	return indexer.IndexField(ctx, &v1alpha1.AccessKey{}, indexKey, func(object client.Object) []string {
		return []string{refOf(object.(*v1alpha1.AccessKey)).index()}
	})
}

func refOf(key *v1alpha1.AccessKey) KeyRef {
	return KeyRef{Namespace: key.Namespace, Access: key.Spec.Access, ID: key.Spec.KeyID}
}

// standing is the oldest of the objects that is the key: whoever comes later with the same id changes nothing. Objects
// that no key can be read from, or that are going away, are no keys.
func (k *AccessKeys) standing(objects []v1alpha1.AccessKey, ref KeyRef) *publickey.Key {
	var oldest *v1alpha1.AccessKey
	var stands *publickey.Key
	for i := range objects {
		object := &objects[i]
		if refOf(object) != ref || object.DeletionTimestamp != nil || oldest != nil && kubestore.Older(oldest, object) {
			continue
		}
		if key := k.parse(object); key != nil {
			oldest, stands = object, key
		}
	}
	return stands
}
