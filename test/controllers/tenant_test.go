package controllers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func accessKeys(t *testing.T, p producer) {
	ready := func(key *v1alpha1.AccessKey) string { return condition(key.Status.Conditions, v1alpha1.ConditionReady) }
	const verifies = "Ready=True Reconciled: tokens for clients signed with ES256 are verified with it: P-256"
	p.key(t, "first", "acme", "Client", newPublicKey(t))
	wait(t, p, "first", &v1alpha1.AccessKey{}, verifies, ready)
	first := get(t, p, "first", &v1alpha1.AccessKey{})
	if first.Status.Algorithm != "P-256" || !strings.HasPrefix(first.Status.Fingerprint, "sha256:") {
		t.Errorf("status %+v", first.Status)
	}
	// Age decides, and creation times are whole seconds.
	time.Sleep(1100 * time.Millisecond)
	p.key(t, "second", "acme", "Client", newPublicKey(t))
	p.key(t, "administration", "acme", "Administration", newPublicKey(t))
	wait(t, p, "second", &v1alpha1.AccessKey{}, "Ready=False DuplicateID: access key first, which is older, is Client key acme already, "+
		"and no token is verified with this one: delete it, or create it with another keyID", ready)
	wait(t, p, "administration", &v1alpha1.AccessKey{},
		"Ready=True Reconciled: tokens for administration signed with ES256 are verified with it: P-256", ready)
	p.key(t, "first", "acme", "Client", newPublicKey(t))
	wait(t, p, "first", &v1alpha1.AccessKey{}, "another key", func(key *v1alpha1.AccessKey) string {
		if key.Status.Fingerprint == first.Status.Fingerprint {
			return "the same key"
		}
		return "another key"
	})
	p.key(t, "first", "acme", "Client", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n")
	wait(t, p, "first", &v1alpha1.AccessKey{}, "Ready=False InvalidPublicKey", func(key *v1alpha1.AccessKey) string {
		said, _, _ := strings.Cut(ready(key), ":")
		return said
	})
	p.delete(t, &v1alpha1.AccessKey{}, "first")
	wait(t, p, "second", &v1alpha1.AccessKey{}, verifies, ready)
}

func (p producer) key(t *testing.T, name, id, access, publicKey string) {
	t.Helper()
	p.apply(t, "AccessKey", name, fmt.Sprintf("{keyID: %s, access: %s, publicKey: %q}", id, access, publicKey))
}

func newPublicKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// configuration widens the validity of what ended an hour ago, and takes that back.
func configuration(t *testing.T, p producer) {
	effective := func(c *v1alpha1.TenantConfiguration) string {
		if c.Status.TimezoneTolerant == nil {
			return "unknown"
		}
		return fmt.Sprint(c.Status.SessionChargePeriod, " ", c.Status.HeartbeatWindow, " ", *c.Status.TimezoneTolerant)
	}
	p.sells(t)
	end := time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)
	expired := strings.Replace(tokens("userLimit: 3\nlimitations: [{id: api, limit: 3, userProvisioning: true, resetMode: Never}]"), "9999-12-31T23:59:59Z", end, 1)
	p.apply(t, "LineItem", "license", expired)
	p.user(t, "u1", `[api]`)
	is := func(instance, lineItem, user string) {
		t.Helper()
		wait(t, p, "acme", &v1alpha1.Instance{}, instance, func(i *v1alpha1.Instance) string { return condition(i.Status.Conditions, v1alpha1.ConditionReady) })
		wait(t, p, "license", &v1alpha1.LineItem{}, lineItem, func(l *v1alpha1.LineItem) string {
			said, _, _ := strings.Cut(condition(l.Status.Conditions, v1alpha1.ConditionActive), ":")
			return said
		})
		wait(t, p, "u1", &v1alpha1.UserProvisioning{}, user, func(u *v1alpha1.UserProvisioning) string {
			said, _, _ := strings.Cut(condition(u.Status.Conditions, v1alpha1.ConditionActive), ":")
			return said
		})
	}
	is("Ready=True Reconciled: 1 of 2 line items can be charged now", "Active=False Expired", "Active=False LicenseNotValid")

	p.apply(t, "TenantConfiguration", "default", `{timezoneTolerant: true, sessionChargePeriod: 90m}`)
	wait(t, p, "default", &v1alpha1.TenantConfiguration{}, "1h30m 45m true", effective)
	is("Ready=True Reconciled: 2 of 2 line items can be charged now", "Active=True Deployed", "Active=True UserActive")

	p.apply(t, "TenantConfiguration", "default", `{sessionChargePeriod: 1h}`)
	wait(t, p, "default", &v1alpha1.TenantConfiguration{}, "1h 30m false", effective)
	is("Ready=True Reconciled: 1 of 2 line items can be charged now", "Active=False Expired", "Active=False LicenseNotValid")

	p.apply(t, "TenantConfiguration", "default", `{timezoneTolerant: true}`)
	is("Ready=True Reconciled: 2 of 2 line items can be charged now", "Active=True Deployed", "Active=True UserActive")
	p.delete(t, &v1alpha1.TenantConfiguration{}, "default")
	is("Ready=True Reconciled: 1 of 2 line items can be charged now", "Active=False Expired", "Active=False LicenseNotValid")
}
