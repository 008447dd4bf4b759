package apikey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

const acme = "acme"

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// reader is a cluster that holds APIKeys, and counts who asks for them.
type reader struct {
	client.Reader

	keys  []v1alpha1.APIKey
	asked int
	err   error
}

func (r *reader) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	r.asked++
	if r.err != nil {
		return r.err
	}
	chosen := (&client.ListOptions{}).ApplyOptions(options)
	into := list.(*v1alpha1.APIKeyList)
	for _, key := range r.keys {
		if key.Namespace == chosen.Namespace {
			into.Items = append(into.Items, key)
		}
	}
	return nil
}

// object is a key that is as old as it is many seconds.
func object(name string, keyType v1alpha1.APIKeyType, secret string, age int, change ...func(*v1alpha1.APIKey)) v1alpha1.APIKey {
	sum := sha256.Sum256([]byte(secret))
	key := v1alpha1.APIKey{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: acme, Name: name, UID: types.UID(name), CreationTimestamp: metav1.NewTime(start.Add(-time.Duration(age) * time.Second)),
		},
		Spec: v1alpha1.APIKeySpec{Type: keyType, Digest: "sha256:" + hex.EncodeToString(sum[:])},
	}
	for _, change := range change {
		change(&key)
	}
	return key
}

func disabled(key *v1alpha1.APIKey) { key.Spec.Disabled = new(true) }
func enabled(key *v1alpha1.APIKey)  { key.Spec.Disabled = new(false) }
func leaving(key *v1alpha1.APIKey)  { key.DeletionTimestamp = new(metav1.NewTime(start)) }
func elsewhere(key *v1alpha1.APIKey) {
	key.Namespace = "globex"
}

func TestFind(t *testing.T) {
	const provisioning, admin = v1alpha1.ProvisioningAPIKey, v1alpha1.AdminAPIKey
	type objects []v1alpha1.APIKey
	for name, test := range map[string]struct {
		known, live objects
		presented   string
		want        string
	}{
		"a key":                                        {known: objects{object("a", provisioning, "secret", 0)}, presented: "secret", want: "a"},
		"one that is switched on":                      {known: objects{object("a", provisioning, "secret", 0, enabled)}, presented: "secret", want: "a"},
		"another text":                                 {known: objects{object("a", provisioning, "secret", 0)}, presented: "Secret"},
		"the digest is not the key":                    {known: objects{object("a", provisioning, "secret", 0)}, presented: object("a", provisioning, "secret", 0).Spec.Digest},
		"nothing":                                      {presented: ""},
		"a key of the other type":                      {known: objects{object("a", admin, "secret", 0)}, presented: "secret"},
		"a key of another tenant":                      {known: objects{object("a", provisioning, "secret", 0, elsewhere)}, presented: "secret"},
		"one that is switched off":                     {known: objects{object("a", provisioning, "secret", 0, disabled)}, live: objects{object("a", provisioning, "secret", 0, disabled)}, presented: "secret"},
		"one that goes away":                           {known: objects{object("a", provisioning, "secret", 0, leaving)}, presented: "secret"},
		"of two with one digest the older":             {known: objects{object("b", provisioning, "secret", 1), object("a", provisioning, "secret", 2)}, presented: "secret", want: "a"},
		"the older one also if it is switched off":     {known: objects{object("b", provisioning, "secret", 1), object("a", provisioning, "secret", 2, disabled)}, presented: "secret"},
		"one text may be a key of both types":          {known: objects{object("a", admin, "secret", 2), object("b", provisioning, "secret", 1)}, presented: "secret", want: "b"},
		"one that was just saved":                      {live: objects{object("a", provisioning, "secret", 0)}, presented: "secret", want: "a"},
		"one that was just switched on":                {known: objects{object("a", provisioning, "secret", 0, disabled)}, live: objects{object("a", provisioning, "secret", 0)}, presented: "secret", want: "a"},
		"one that was just saved, and is older by now": {live: objects{object("b", provisioning, "secret", 1, disabled), object("a", provisioning, "secret", 2)}, presented: "secret", want: "a"},
	} {
		t.Run(name, func(t *testing.T) {
			keys := NewKeys(&reader{keys: test.known}, &reader{keys: test.live}, clocktesting.NewFakePassiveClock(start))
			found, err := keys.Find(t.Context(), acme, provisioning, test.presented)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if found != nil {
				got = found.Name
			}
			if got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

func TestGuessingDoesNotKeepTheAPIServerBusy(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(start)
	live := &reader{}
	keys := NewKeys(&reader{}, live, clock)
	guess := func(namespace string, keyType v1alpha1.APIKeyType, times int) {
		for i := range times {
			if found, err := keys.Find(t.Context(), namespace, keyType, string(rune('a'+i))); found != nil || err != nil {
				t.Fatal(found, err)
			}
		}
	}
	guess(acme, v1alpha1.ProvisioningAPIKey, 20)
	guess(acme, v1alpha1.AdminAPIKey, 20)
	if live.asked != 1 {
		t.Errorf("asked %d times", live.asked)
	}
	guess("globex", v1alpha1.AdminAPIKey, 1)
	clock.SetTime(start.Add(time.Second))
	guess(acme, v1alpha1.AdminAPIKey, 20)
	if live.asked != 3 {
		t.Errorf("asked %d times", live.asked)
	}
}

func TestAKnownKeyNeedsNoAPIServer(t *testing.T) {
	down := &reader{err: errors.New("down")}
	known := &reader{keys: []v1alpha1.APIKey{object("a", v1alpha1.AdminAPIKey, "secret", 0), object("b", v1alpha1.AdminAPIKey, "off", 0, disabled)}}
	keys := NewKeys(known, down, clocktesting.NewFakePassiveClock(start))
	if found, err := keys.Find(t.Context(), acme, v1alpha1.AdminAPIKey, "secret"); err != nil || found == nil || found.Name != "a" {
		t.Errorf("a key: %v, %v", found, err)
	}
	if found, err := keys.Find(t.Context(), acme, v1alpha1.AdminAPIKey, "off"); err != nil || found != nil {
		t.Errorf("one that is switched off: %v, %v", found, err)
	}
	if _, err := keys.Find(t.Context(), acme, v1alpha1.AdminAPIKey, "new"); !errors.Is(err, down.err) {
		t.Errorf("one that may be new: %v", err)
	}
}
