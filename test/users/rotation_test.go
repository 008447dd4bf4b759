package users

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

// TestTheSigningKeyIsRotated gives a vendor a key of its own. Answers are then signed with it, by every replica.
func TestTheSigningKeyIsRotated(t *testing.T) {
	t.Parallel()
	const namespace = "rotation"
	target, err := embedded.NamedUsers(t.Context(), system.Config, namespace, vendor.BaseURLs)
	if err != nil {
		t.Fatal(err)
	}
	target.Only = "signatures and nonces of every status"
	examine(t, target)

	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	content, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	var secret corev1.Secret
	name := client.ObjectKey{Namespace: cluster.OperatorNamespace, Name: "response-signing-" + namespace}
	if err := shared.Client.Get(t.Context(), name, &secret); err != nil {
		t.Fatal(err)
	}
	secret.Data["next.pem"] = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: content})
	if err := shared.Client.Update(t.Context(), &secret); err != nil {
		t.Fatal(err)
	}
	producer := cluster.Producer{Cluster: shared, Namespace: namespace}
	producer.Patch(t, v1alpha1.TenantConfigurationName, &v1alpha1.TenantConfiguration{}, `{"spec":{"signingKey":"next"}}`)
	shop, _ := target.Shop.(*embedded.Shop)
	before := target.PublicKey
	cluster.Eventually(t, "the new key to be current", func(ctx context.Context) error {
		if _, target.PublicKey, err = shop.Tenant(ctx); err == nil && target.PublicKey.Equal(before) {
			err = errors.New("the old key is current")
		}
		return err
	})
	if !target.PublicKey.Equal(key.Public()) {
		t.Fatal("the key that is current is not the one that was given")
	}
	cluster.Eventually(t, "all replicas to sign with it", func(ctx context.Context) error {
		report, err := namedusers.Run(ctx, target)
		if err == nil && !report.Passed() {
			err = errors.New("an answer was not signed with it")
		}
		return err
	})
	examine(t, target)
}
