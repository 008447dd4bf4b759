package apikeys

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication/apikey"
)

func digestOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return "sha256:" + hex.EncodeToString(sum[:])
}

func save(t *testing.T, namespace, name string, keyType v1alpha1.APIKeyType, secret string) *v1alpha1.APIKey {
	t.Helper()
	key := &v1alpha1.APIKey{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: v1alpha1.APIKeySpec{Type: keyType, Digest: digestOf(secret)},
	}
	if err := admin.Create(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	return key
}

func change[T client.Object](t *testing.T, object T, edit func(T)) {
	t.Helper()
	before := object.DeepCopyObject().(client.Object)
	edit(object)
	if err := admin.Patch(t.Context(), object, client.MergeFrom(before)); err != nil {
		t.Fatal(err)
	}
}

// find is the name of the object that a key is found by.
func find(t *testing.T, by *apikey.Keys, namespace, secret string) string {
	t.Helper()
	key, err := by.Find(t.Context(), namespace, v1alpha1.ProvisioningAPIKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	if key == nil {
		return ""
	}
	return key.Name
}

func TestAKeyCountsAsLongAsItIsThere(t *testing.T) {
	t.Parallel()
	namespace, other := newNamespace(t, "keys").Name, newNamespace(t, "keys").Name
	by := apikey.NewKeys(informers, live, clock.RealClock{})
	key := save(t, namespace, "app", v1alpha1.ProvisioningAPIKey, "first")
	if got := find(t, by, namespace, "first"); got != "app" {
		t.Errorf("a new key: found %q", got)
	}
	if got := find(t, by, other, "first"); got != "" {
		t.Errorf("it counts in another tenant, as %q", got)
	}
	change(t, key, func(k *v1alpha1.APIKey) { k.Spec.Disabled = new(true) })
	eventually(t, "a key that is switched off", "", func() string { return find(t, by, namespace, "first") })
	change(t, key, func(k *v1alpha1.APIKey) { k.Spec.Disabled, k.Spec.Digest = nil, digestOf("second") })
	eventually(t, "its new text", "app", func() string { return find(t, by, namespace, "second") })
	eventually(t, "its old text", "", func() string { return find(t, by, namespace, "first") })
	if err := admin.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a key that is gone", "", func() string { return find(t, by, namespace, "second") })
}

func TestAKeyThatTheInformersHaveNotHeardOfCounts(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "new").Name
	save(t, namespace, "app", v1alpha1.ProvisioningAPIKey, "secret")
	if got := find(t, apikey.NewKeys(deaf{}, live, clock.RealClock{}), namespace, "secret"); got != "app" {
		t.Errorf("found %q", got)
	}
}

// mute is an API server that nobody can ask.
type mute struct{ client.Reader }

func (mute) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errors.New("nobody should have asked")
}

func TestTheInformersFindKeysByTheirIndex(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "index").Name
	save(t, namespace, "app", v1alpha1.ProvisioningAPIKey, "secret")
	save(t, namespace, "shop", v1alpha1.AdminAPIKey, "secret")
	eventually(t, "without the API server", "app", func() string {
		// Made anew each time: a failure is remembered.
		key, err := apikey.NewKeys(informers, mute{}, clock.RealClock{}).Find(t.Context(), namespace, v1alpha1.ProvisioningAPIKey, "secret")
		if err != nil || key == nil {
			return ""
		}
		return key.Name
	})
}

func TestOfTwoKeysTheOlderStands(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "twice").Name
	ready := func(key *v1alpha1.APIKey) func() string {
		return func() string {
			if err := admin.Get(t.Context(), client.ObjectKeyFromObject(key), key); err != nil {
				return err.Error()
			}
			return condition(key.Status.Conditions, v1alpha1.ConditionReady)
		}
	}
	older := save(t, namespace, "z", v1alpha1.ProvisioningAPIKey, "secret")
	// Creation is known to the second.
	time.Sleep(1100 * time.Millisecond)
	younger := save(t, namespace, "a", v1alpha1.ProvisioningAPIKey, "secret")
	eventually(t, "the older one", "True Reconciled", ready(older))
	eventually(t, "the younger one", "False DuplicateID", ready(younger))
	by := apikey.NewKeys(informers, live, clock.RealClock{})
	if got := find(t, by, namespace, "secret"); got != "z" {
		t.Errorf("found %q", got)
	}

	change(t, older, func(k *v1alpha1.APIKey) { k.Spec.Disabled = new(true) })
	eventually(t, "the older one, switched off", "True Disabled", ready(older))
	eventually(t, "the key", "", func() string { return find(t, by, namespace, "secret") })

	change(t, older, func(k *v1alpha1.APIKey) { k.Spec.Digest = digestOf("another") })
	eventually(t, "the younger one, alone", "True Reconciled", ready(younger))
	eventually(t, "the key", "a", func() string { return find(t, by, namespace, "secret") })
}
