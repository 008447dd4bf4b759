package embedded

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
)

// Shop makes by objects what the cases of package namedusers are about.
type Shop struct {
	Namespace string
	// client makes objects in the name of the REST API, which may then change and delete them. Those of the producer it
	// may not.
	client, producer client.Client
}

// NewShop makes the namespace of a producer, with a vendor id.
func NewShop(ctx context.Context, config *rest.Config, namespace string) (*Shop, error) {
	scheme := runtime.NewScheme()
	if err := errors.Join(corev1.AddToScheme(scheme), v1alpha1.AddToScheme(scheme)); err != nil {
		return nil, err
	}
	config = rest.CopyConfig(config)
	config.QPS, config.Burst = -1, -1
	live, err := client.New(config, client.Options{Scheme: scheme})
	if err != nil {
		return nil, err
	}
	s := &Shop{Namespace: namespace, client: client.WithFieldOwner(live, "licensing-operator-rest"), producer: client.WithFieldOwner(live, "producer")}
	made := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if err := live.Create(ctx, made); err != nil && !apierrors.IsAlreadyExists(err) {
		return nil, err
	}
	return s, s.create(ctx, v1alpha1.TenantConfigurationName, &v1alpha1.TenantConfiguration{Spec: v1alpha1.TenantConfigurationSpec{VendorID: newUUID()}})
}

func (s *Shop) create(ctx context.Context, name string, object client.Object) error {
	return s.createAs(ctx, s.client, name, object)
}

func (s *Shop) createAs(ctx context.Context, as client.Client, name string, object client.Object) error {
	object.SetNamespace(s.Namespace)
	object.SetName(name)
	if err := as.Create(ctx, object); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create %T %s: %w", object, name, err)
	}
	return nil
}

// Tenant waits for the vendor id and the public key that answers are signed for.
func (s *Shop) Tenant(ctx context.Context) (vendorID string, key *rsa.PublicKey, err error) {
	err = s.await(ctx, "the vendor's id and key", func(ctx context.Context) error {
		var configuration v1alpha1.TenantConfiguration
		if err := s.client.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: v1alpha1.TenantConfigurationName}, &configuration); err != nil {
			return err
		}
		vendorID = configuration.Status.VendorID
		for _, signing := range configuration.Status.SigningKeys {
			if signing.Current != nil && *signing.Current {
				key, err = publicKey(signing.PublicKey)
				return err
			}
		}
		return fmt.Errorf("no key of %v is current", configuration.Status)
	})
	return vendorID, key, err
}

func publicKey(text string) (*rsa.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("the public key is no PEM text")
	}
	parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the public key is a %T", parsed)
	}
	return key, nil
}

// Key makes an APIKey, which has the digest of the key.
func (s *Shop) Key(ctx context.Context, asked namedusers.Key) (string, error) {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails
	key := hex.EncodeToString(b)
	digest := sha256.Sum256([]byte(key))
	object := &v1alpha1.APIKey{Spec: v1alpha1.APIKeySpec{
		Type: v1alpha1.ProvisioningAPIKey, Digest: "sha256:" + hex.EncodeToString(digest[:]), Products: asked.Products,
	}}
	if asked.Admin {
		object.Spec.Type = v1alpha1.AdminAPIKey
	}
	if asked.Disabled {
		object.Spec.Disabled = new(true)
	}
	return key, s.create(ctx, "key-"+key[:12], object)
}

// Declare declares a named user.
func (s *Shop) Declare(ctx context.Context, licenseID, userID string, limitations ...string) error {
	return s.createAs(ctx, s.producer, "user-"+newUUID(), &v1alpha1.UserProvisioning{Spec: v1alpha1.UserProvisioningSpec{
		LineItemRef: v1alpha1.LineItemReference{Name: lineItemName(licenseID)}, UserID: userID, Name: "User " + userID, Active: new(true), Limitations: limitations,
	}})
}

// sellTimeout is long enough for another operator to take the lead on a busy machine.
const sellTimeout = 2 * time.Minute

func (s *Shop) await(ctx context.Context, what string, check func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, sellTimeout)
	defer cancel()
	for {
		err := check(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("waited for %s: %w", what, err)
		}
	}
}

// settled waits until the controller has seen the line item.
func (s *Shop) settled(ctx context.Context, name string) error {
	return s.await(ctx, "line item "+name, func(ctx context.Context) error {
		var item v1alpha1.LineItem
		if err := s.client.Get(ctx, client.ObjectKey{Namespace: s.Namespace, Name: name}, &item); err != nil {
			return err
		}
		ready := apimeta.FindStatusCondition(item.Status.Conditions, v1alpha1.ConditionReady)
		if item.Status.LicenseID == "" || item.Status.ProductID == "" || item.Status.ObservedGeneration != item.Generation || ready == nil {
			return fmt.Errorf("its status is %+v", item.Status)
		}
		return nil
	})
}

func newUUID() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
