package apikeys

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"strings"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/signing"
)

// verify is what a client does that knows the public key in PEM.
func verify(publicPEM string, content []byte, signature string) error {
	block, _ := pem.Decode([]byte(publicPEM))
	if block == nil {
		return fmt.Errorf("no PEM: %q", publicPEM)
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(content)
	return rsa.VerifyPKCS1v15(public.(*rsa.PublicKey), crypto.SHA256, digest[:], raw)
}

func privatePEM(t *testing.T) []byte {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func secretOf(t *testing.T, namespace string) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{}
	if err := admin.Get(t.Context(), client.ObjectKey{Namespace: operatorNamespace, Name: signing.SecretName(namespace)}, secret); err != nil {
		t.Fatal(err)
	}
	return secret
}

// empty is a cache that holds no Secret yet.
type empty struct{ client.Reader }

func (empty) Get(_ context.Context, key client.ObjectKey, _ client.Object, _ ...client.GetOption) error {
	return apierrors.NewNotFound(corev1.Resource("secrets"), key.Name)
}

// current is the name and the public key of the key that signs.
func current(t *testing.T, by *signing.Keys, namespace string) (name, public string) {
	t.Helper()
	key, err := by.Current(t.Context(), namespace)
	if err != nil {
		return err.Error(), ""
	}
	signature, err := key.Sign([]byte("{}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(key.PublicKey, []byte("{}\n"), signature); err != nil {
		t.Fatal(err)
	}
	return key.Name, key.PublicKey
}

func TestReplicasThatSignForTheFirstTimeAgreeOnAKey(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "first").Name
	publics := make([]string, 8)
	var all sync.WaitGroup
	for i := range publics {
		all.Go(func() { _, publics[i] = current(t, newKeys(empty{}), namespace) })
	}
	all.Wait()
	for _, public := range publics {
		if public != publics[0] || public == "" {
			t.Fatalf("they sign with different keys: %q", publics)
		}
	}
	secret := secretOf(t, namespace)
	if len(secret.Data) != 1 || secret.Labels[signing.TenantLabel] != namespace {
		t.Errorf("the Secret has %d entries and the labels %v", len(secret.Data), secret.Labels)
	}
	if name, public := current(t, keys, namespace); name != "key-1" || public != publics[0] {
		t.Errorf("by the informers it is %s\n%s", name, public)
	}
}

func TestAProducerChangesItsKeyInTwoSteps(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "rotate").Name
	configuration := configure(t, namespace, v1alpha1.TenantConfigurationSpec{TimezoneTolerant: new(true)})
	// The keys in the status, * is current.
	shown := func() string {
		if err := admin.Get(t.Context(), client.ObjectKeyFromObject(configuration), configuration); err != nil {
			return err.Error()
		}
		var names []string
		for _, key := range configuration.Status.SigningKeys {
			name := key.Name
			if *key.Current {
				name += "*"
			}
			if key.Problem != "" {
				name += " " + key.Problem
			}
			names = append(names, name)
		}
		return strings.Join(names, ", ") + ": " + condition(configuration.Status.Conditions, v1alpha1.ConditionReady)
	}
	eventually(t, "the key that the operator made", "key-1*: True Reconciled", shown)
	if _, public := current(t, keys, namespace); public != configuration.Status.SigningKeys[0].PublicKey {
		t.Error("the status shows another public key than the one that signs")
	}

	// First the new key is made known,
	change(t, secretOf(t, namespace), func(s *corev1.Secret) { s.Data["2026.pem"] = privatePEM(t) })
	eventually(t, "both keys", "key-1*, 2026: True Reconciled", shown)
	next := configuration.Status.SigningKeys[1].PublicKey
	if name, _ := current(t, keys, namespace); name != "key-1" {
		t.Errorf("it signs with %s already", name)
	}
	// then it is used,
	change(t, configuration, func(c *v1alpha1.TenantConfiguration) { c.Spec.SigningKey = "2026" })
	eventually(t, "the new key", "2026*, key-1: True Reconciled", shown)
	eventually(t, "the key that signs", "2026", func() string { name, _ := current(t, keys, namespace); return name })
	if _, public := current(t, keys, namespace); public != next {
		t.Error("it signs with another key than the one that was shown before")
	}
	// and the old one goes.
	change(t, secretOf(t, namespace), func(s *corev1.Secret) { delete(s.Data, "key-1.pem") })
	eventually(t, "one key", "2026*: True Reconciled", shown)

	// Without its key it says so, and signs with no other.
	change(t, secretOf(t, namespace), func(s *corev1.Secret) { s.Data["2026.pem"] = []byte("gone") })
	eventually(t, "a key that is none",
		"2026* the signing key 2026 cannot be used: 2026.pem is not PEM: it must begin with -----BEGIN PRIVATE KEY-----: False SigningKeyUnusable", shown)
	eventually(t, "the key that signs", "the signing key 2026 cannot be used: 2026.pem is not PEM: it must begin with -----BEGIN PRIVATE KEY-----",
		func() string { problem, _ := current(t, keys, namespace); return problem })
}

func TestAProducerBringsAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "own").Name
	configuration := configure(t, namespace, v1alpha1.TenantConfigurationSpec{SigningKey: "own"})
	eventually(t, "before it is there", " False SigningKeyUnusable", func() string {
		if err := admin.Get(t.Context(), client.ObjectKeyFromObject(configuration), configuration); err != nil {
			return err.Error()
		}
		return " " + condition(configuration.Status.Conditions, v1alpha1.ConditionReady)
	})
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: operatorNamespace, Name: signing.SecretName(namespace)}, Data: map[string][]byte{"own.pem": privatePEM(t)},
	}
	// The operator has made no key that would be in the way.
	if err := admin.Create(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the key that signs", "own", func() string { name, _ := current(t, keys, namespace); return name })
}

func TestTheOperatorReadsNoSecretsElsewhere(t *testing.T) {
	t.Parallel()
	namespace := newNamespace(t, "secrets").Name
	err := live.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "any"}, &corev1.Secret{})
	if !apierrors.IsForbidden(err) {
		t.Errorf("got %v", err)
	}
}
