package kubestore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/internal/floating"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const (
	// FloatingLabel marks the ConfigMaps that hold the open sessions of a floating license. TenantLabel and LicenseLabel
	// name the license.
	FloatingLabel = "licensing-operator.dev/floating-sessions"
	TenantLabel   = "licensing-operator.dev/tenant"
	LicenseLabel  = "licensing-operator.dev/license"
	// lastUntilAnnotation tells when the last of the sessions ends, without the register being read.
	lastUntilAnnotation = "licensing-operator.dev/sessions-until"
)

// FloatingStore keeps the registers of floating licenses, a ConfigMap each, beside the accounts.
type FloatingStore struct{ configMaps *Accounts }

var _ floating.Store = (*FloatingStore)(nil)

// NewFloatingStore keeps them in the namespace of the accounts.
func NewFloatingStore(configMaps *Accounts) *FloatingStore {
	return &FloatingStore{configMaps: configMaps}
}

// FloatingName is the name of the ConfigMap that holds a license's sessions.
func FloatingName(license floating.License) string {
	sum := sha256.Sum256([]byte(license.Namespace + "/" + license.ID))
	return "sessions-" + hex.EncodeToString(sum[:20])
}

// Load reads a register live.
func (s *FloatingStore) Load(ctx context.Context, license floating.License) (licensing.FloatingRegister, floating.Version, error) {
	object, err := s.configMaps.Get(ctx, FloatingName(license), metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return licensing.FloatingRegister{}, "", nil
	}
	if err != nil {
		return licensing.FloatingRegister{}, "", err
	}
	register, err := registerOf(object)
	if err != nil {
		return licensing.FloatingRegister{}, "", fmt.Errorf("ConfigMap %s: %w", object.Name, err)
	}
	return register, floating.Version(object.ResourceVersion), nil
}

// Save stores a register if the stored one is at the version.
func (s *FloatingStore) Save(ctx context.Context, license floating.License, register licensing.FloatingRegister, version floating.Version) error {
	object, err := configMapOfRegister(license, register)
	if err != nil {
		return err
	}
	if version == "" {
		err = s.configMaps.create(ctx, object)
	} else {
		object.ResourceVersion = string(version)
		_, err = s.configMaps.replace(ctx, object)
	}
	if apierrors.IsAlreadyExists(err) || apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return errors.Join(floating.ErrConflict, err)
	}
	return err
}

// Licenses lists those of a namespace that have a register.
func (s *FloatingStore) Licenses(ctx context.Context, namespace string) (licenses []floating.License, err error) {
	selector := FloatingLabel + "=true," + TenantLabel + "=" + namespace
	err = s.configMaps.eachMetadata(ctx, selector, func(object *metav1.PartialObjectMetadata) error {
		licenses = append(licenses, floatingLicense(object))
		return nil
	})
	return licenses, err
}

func floatingLicense(object metav1.Object) floating.License {
	labels := object.GetLabels()
	return floating.License{Namespace: labels[TenantLabel], ID: labels[LicenseLabel]}
}

func configMapOfRegister(license floating.License, register licensing.FloatingRegister) (*corev1.ConfigMap, error) {
	text, err := encodeSessions(register.Sessions)
	if err != nil {
		return nil, err
	}
	return &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name:        FloatingName(license),
			Labels:      map[string]string{FloatingLabel: "true", TenantLabel: license.Namespace, LicenseLabel: license.ID},
			Annotations: map[string]string{lastUntilAnnotation: register.LastUntil().Format(time.RFC3339)},
		},
		Data: map[string]string{floatingTime: register.Time.Format(time.RFC3339), floatingSessions: text},
	}, nil
}

func registerOf(object *corev1.ConfigMap) (register licensing.FloatingRegister, err error) {
	if register.Time, err = time.Parse(time.RFC3339, object.Data[floatingTime]); err != nil {
		return register, fmt.Errorf("%s: %w", floatingTime, err)
	}
	if register.Sessions, err = decodeSessions(object.Data[floatingSessions]); err != nil {
		return register, fmt.Errorf("%s: %w", floatingSessions, err)
	}
	return register, nil
}
