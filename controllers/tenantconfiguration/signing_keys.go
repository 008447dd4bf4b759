package tenantconfiguration

import (
	"cmp"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/signing"
)

// mostKeys is how many keys a status lists.
const mostKeys = 16

// signingKeys are the keys that there are, first the one that signs. An error says why none does.
func (in Input) signingKeys() ([]v1alpha1.SigningKeyStatus, error) {
	if in.Keys == nil {
		return nil, nil
	}
	current := cmp.Or(in.Object.Spec.SigningKey, signing.FirstKey)
	_, unsigned := in.Keys.Key(current)
	var keys []v1alpha1.SigningKeyStatus
	for _, name := range in.Keys.Names() {
		key := v1alpha1.SigningKeyStatus{Name: name, Current: new(name == current)}
		if usable, err := in.Keys.Key(name); err != nil {
			key.Problem = err.Error()
		} else {
			key.PublicKey = usable.PublicKey
		}
		if name == current {
			keys = append([]v1alpha1.SigningKeyStatus{key}, keys...)
		} else {
			keys = append(keys, key)
		}
	}
	return keys[:min(len(keys), mostKeys)], unsigned
}
