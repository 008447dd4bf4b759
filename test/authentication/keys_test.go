package authentication

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
)

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pemOf(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// save makes an AccessKey with which client tokens of kid "app" are verified.
func save(t *testing.T, namespace, name string, key *ecdsa.PrivateKey) *v1alpha1.AccessKey {
	t.Helper()
	object := &v1alpha1.AccessKey{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.AccessKeySpec{KeyID: "app", Access: v1alpha1.AccessClient, PublicKey: pemOf(t, key)},
	}
	if err := admin.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	return object
}

func clientToken(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{
		"exp": time.Now().Add(time.Hour).Unix(), "aud": europe, "cnf": map[string]any{"jwk": map[string]any{"kid": "app", "kty": "CLIENT"}},
	}).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// become waits until the token is good, or refused.
func become(t *testing.T, by *authentication.Authenticator, namespace, token string, good bool) {
	t.Helper()
	var err error
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		_, err = by.Authenticate(t.Context(), namespace, bearer(token))
		if refusal := (*authentication.Refusal)(nil); err != nil && !errors.As(err, &refusal) {
			t.Fatal(err)
		}
		if (err == nil) == good {
			return
		}
	}
	t.Fatalf("it never became good=%t: %v", good, err)
}

// deaf is a cache that has heard of nothing yet.
type deaf struct{ client.Reader }

func (deaf) List(context.Context, client.ObjectList, ...client.ListOption) error { return nil }

// mute is an API server that nobody can ask.
type mute struct{ client.Reader }

func (mute) List(context.Context, client.ObjectList, ...client.ListOption) error {
	return errors.New("nobody should have asked")
}

func TestAKeyCountsAsLongAsItIsThere(t *testing.T) {
	t.Parallel()
	namespace, other := newNamespace(t, "keys"), newNamespace(t, "keys")
	first, second := newKey(t), newKey(t)
	by := newAuthenticator(informers)
	object := save(t, namespace, "app", first)

	authenticate(t, by, namespace, clientToken(t, first))
	if _, err := by.Authenticate(t.Context(), other, bearer(clientToken(t, first))); err == nil {
		t.Error("the key counts in another tenant")
	}

	object.Spec.PublicKey = pemOf(t, second)
	if err := admin.Update(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	// The API server was asked for the key just now, and is not asked again so soon.
	become(t, by, namespace, clientToken(t, second), true)
	become(t, by, namespace, clientToken(t, first), false)

	if err := admin.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	become(t, by, namespace, clientToken(t, second), false)
}

func TestAKeyThatTheInformersHaveNotHeardOfCounts(t *testing.T) {
	t.Parallel()
	namespace, key := newNamespace(t, "new"), newKey(t)
	save(t, namespace, "app", key)
	authenticate(t, newAuthenticator(deaf{}), namespace, clientToken(t, key))
}

func TestTheInformersFindKeysByTheirIndex(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "index")
	save(t, namespace, "app", newKey(t))
	waitUntilHeard(t, namespace)
	keys := authentication.NewAccessKeys(informers, mute{}, clock.RealClock{})
	ref := authentication.KeyRef{Namespace: namespace, Access: v1alpha1.AccessAdministration, ID: "app"}
	if found, err := keys.Key(t.Context(), ref); found != nil || err != nil {
		t.Errorf("a client key is an administration key: %v, %v", found, err)
	}
}

// waitUntilHeard waits until the informers know the client key "app", so that nobody need ask the API server for it.
func waitUntilHeard(t *testing.T, namespace string) {
	t.Helper()
	keys := authentication.NewAccessKeys(informers, mute{}, clock.RealClock{})
	ref := authentication.KeyRef{Namespace: namespace, Access: v1alpha1.AccessClient, ID: "app"}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		found, err := keys.Key(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if found != nil {
			return
		}
	}
	t.Fatal("the informers never heard of the key")
}

func TestOfTwoKeysTheOlderStands(t *testing.T) {
	t.Parallel()
	namespace, first, second := newNamespace(t, "twice"), newKey(t), newKey(t)
	older := save(t, namespace, "z", first)
	// Creation is known to the second.
	time.Sleep(1100 * time.Millisecond)
	save(t, namespace, "a", second)
	by := newAuthenticator(informers)
	authenticate(t, by, namespace, clientToken(t, first))
	become(t, by, namespace, clientToken(t, second), false)
	if err := admin.Delete(t.Context(), older); err != nil {
		t.Fatal(err)
	}
	become(t, by, namespace, clientToken(t, second), true)
}
