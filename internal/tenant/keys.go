package tenant

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	applyv1alpha1 "github.com/licensing-operator/licensing-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication/publickey"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

// maxKeys is how many keys one call saves at most.
const maxKeys = 100

// keyID is what the kind admits.
var keyID = regexp.MustCompile(`^[A-Za-z0-9._:-]{1,128}$`)

// Keys are those of the access that stand for their id, oldest first.
func (t *Tenant) Keys(ctx context.Context, access KeyAccess) ([]PublicKey, error) {
	objects, err := t.accessKeys(ctx, access)
	if err != nil {
		return nil, t.failed(err, nil)
	}
	var keys []PublicKey
	for _, object := range objects {
		if standing(objects, object.Spec.KeyID) == object {
			keys = append(keys, PublicKey{ID: object.Spec.KeyID, PEM: object.Spec.PublicKey})
		}
	}
	return keys, nil
}

// SaveKeys creates or replaces all the keys or none: whatever is wrong is found before the first is written.
func (t *Tenant) SaveKeys(ctx context.Context, access KeyAccess, keys []PublicKey) error {
	if err := validateKeys(keys); err != nil {
		return err
	}
	objects, err := t.accessKeys(ctx, access)
	if err != nil {
		return t.failed(err, nil)
	}
	for i, key := range keys {
		if current := standing(objects, key.ID); current != nil && current.Spec.PublicKey != key.PEM {
			if managers := declaration.Declarers(current, "f:spec", "f:publicKey"); len(managers) > 0 {
				return &Error{Reason: DeclaredElsewhere, Problems: []string{declaredBy(fmt.Sprintf("$[%d].publicKey", i), strings.Join(managers, ", "))}}
			}
		}
	}
	for i, key := range keys {
		fields := declaration.Fields{"publicKey": fmt.Sprintf("[%d].publicKey", i), "keyID": fmt.Sprintf("[%d].id", i)}
		if err := t.again(ctx, fields, func() error { return t.saveKey(ctx, access, key) }); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tenant) saveKey(ctx context.Context, access KeyAccess, key PublicKey) error {
	objects, err := t.accessKeys(ctx, access)
	if err != nil {
		return err
	}
	current := standing(objects, key.ID)
	switch {
	case current == nil:
		return t.create(ctx, &v1alpha1.AccessKey{
			ObjectMeta: t.metadata(declaration.NameFor(string(access), key.ID)),
			Spec:       v1alpha1.AccessKeySpec{KeyID: key.ID, Access: v1alpha1.AccessKind(access), PublicKey: key.PEM},
		})
	case current.Spec.PublicKey == key.PEM:
		return nil
	}
	if err := t.adopt(ctx, current); err != nil {
		return err
	}
	declared, err := applyv1alpha1.ExtractAccessKeyFrom(current, string(declaration.FieldManager), "")
	if err != nil {
		return err
	}
	if declared.Spec == nil {
		declared.Spec = applyv1alpha1.AccessKeySpec()
	}
	declared.Spec.WithPublicKey(key.PEM)
	return t.apply(ctx, declared.WithUID(current.UID).WithResourceVersion(current.ResourceVersion), current)
}

// accessKeys are those of the access, read live, oldest first.
func (t *Tenant) accessKeys(ctx context.Context, access KeyAccess) ([]*v1alpha1.AccessKey, error) {
	var list v1alpha1.AccessKeyList
	if err := t.Live.List(ctx, &list, client.InNamespace(t.namespace)); err != nil {
		return nil, err
	}
	objects := slices.DeleteFunc(pointers(list.Items), func(object *v1alpha1.AccessKey) bool {
		return object.Spec.Access != v1alpha1.AccessKind(access)
	})
	return inOrder(objects), nil
}

// standing is the oldest of the keys with the id; nil when there is none.
func standing(objects []*v1alpha1.AccessKey, id string) *v1alpha1.AccessKey {
	for _, object := range objects {
		if object.Spec.KeyID == id {
			return object
		}
	}
	return nil
}

func validateKeys(keys []PublicKey) error {
	var problems problems
	if len(keys) == 0 || len(keys) > maxKeys {
		problems.add("$: %d keys, must be 1 to %d", len(keys), maxKeys)
	}
	first := make(map[string]int, len(keys))
	for i, key := range keys {
		if !keyID.MatchString(key.ID) {
			problems.add("$[%d].id: %.140q, must have 1 to 128 letters, digits and the characters . _ : -", i, key.ID)
		}
		if earlier, duplicate := first[key.ID]; duplicate {
			problems.add("$[%d].id: %.140q is given in $[%d] already", i, key.ID, earlier)
		} else {
			first[key.ID] = i
		}
		if _, err := publickey.Parse(key.PEM); err != nil {
			problems.add("$[%d].publicKey: %v", i, err)
		}
	}
	return problems.err()
}
