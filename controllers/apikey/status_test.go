package apikey

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func object(spec v1alpha1.APIKeySpec) *v1alpha1.APIKey {
	return &v1alpha1.APIKey{ObjectMeta: metav1.ObjectMeta{Name: "app-1", Generation: 3}, Spec: spec}
}

func TestStatus(t *testing.T) {
	const duplicate = "DuplicateID API key app-0, which is older, is the same key already, and what is said here does not count: delete this one, or give it a key of its own"
	for name, test := range map[string]struct {
		in         Input
		conditions []string
	}{
		"a key for software": {
			Input{Object: object(v1alpha1.APIKeySpec{Type: v1alpha1.ProvisioningAPIKey})},
			[]string{"Ready=True Reconciled callers who send it in the header ProvisioningKey may provision and revoke, for all products"},
		},
		"one for some products": {
			Input{Object: object(v1alpha1.APIKeySpec{Type: v1alpha1.ProvisioningAPIKey, Products: []string{"cad", "cam"}})},
			[]string{"Ready=True Reconciled callers who send it in the header ProvisioningKey may provision and revoke, for the products cad, cam"},
		},
		"a key for the back office": {
			Input{Object: object(v1alpha1.APIKeySpec{Type: v1alpha1.AdminAPIKey, Disabled: new(false)})},
			[]string{"Ready=True Reconciled callers who send it in the header AdminKey may do everything"},
		},
		"products of an admin key do not count": {
			Input{Object: object(v1alpha1.APIKeySpec{Type: v1alpha1.AdminAPIKey, Products: []string{"cad"}})},
			[]string{"Ready=True Reconciled callers who send it in the header AdminKey may do everything; spec.products does not count: an Admin key is for all products"},
		},
		"a key that is switched off does what its spec says": {
			Input{Object: object(v1alpha1.APIKeySpec{Type: v1alpha1.AdminAPIKey, Disabled: new(true)})},
			[]string{"Ready=True Disabled it is switched off: callers who send it are answered 401"},
		},
		"of two with one digest the older stands": {
			Input{Object: object(v1alpha1.APIKeySpec{Type: v1alpha1.ProvisioningAPIKey, Disabled: new(true)}), StandingKey: "app-0"},
			[]string{"Ready=False " + duplicate, "Stalled=True " + duplicate},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.in.Now = now
			got := Status(test.in)
			var conditions []string
			for _, c := range got.Conditions {
				conditions = append(conditions, fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message))
			}
			if diff := cmp.Diff(test.conditions, conditions); diff != "" || got.ObservedGeneration != 3 {
				t.Errorf("generation %d, conditions (-want +got):\n%s", got.ObservedGeneration, diff)
			}
		})
	}
}

func TestStatusIsTheSameWhenNothingChanged(t *testing.T) {
	in := Input{Object: object(v1alpha1.APIKeySpec{Type: v1alpha1.AdminAPIKey}), Now: now}
	in.Object.Status = Status(in)
	in.Now = in.Now.Add(time.Hour)
	if diff := cmp.Diff(in.Object.Status, Status(in)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}
