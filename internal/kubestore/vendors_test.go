package kubestore

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func TestVendor(t *testing.T) {
	const id, other = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
	// Namespaces have the UIDs uid-<name>.
	namespaces := map[types.UID]string{"uid-acme": "acme", "uid-globex": "globex"}
	wants := func(namespace, id string, second int64) v1alpha1.TenantConfiguration {
		return v1alpha1.TenantConfiguration{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, CreationTimestamp: metav1.Unix(second, 0)},
			Spec:       v1alpha1.TenantConfigurationSpec{VendorID: id},
		}
	}
	has := func(namespace, id string, second int64) v1alpha1.TenantConfiguration {
		c := wants(namespace, id, second)
		c.Status.VendorID = id
		return c
	}
	leaving := has("acme", id, 1)
	leaving.DeletionTimestamp = new(metav1.NewTime(time.Unix(5, 0)))
	type all []v1alpha1.TenantConfiguration
	for name, test := range map[string]struct {
		configurations []v1alpha1.TenantConfiguration
		id, want       string
	}{
		"an id that nobody has":                                    {nil, id, ""},
		"an empty id":                                              {all{wants("acme", "", 1)}, "", ""},
		"who wants an id gets it":                                  {all{wants("acme", id, 1)}, id, "acme"},
		"without a wish it is the UID":                             {nil, "uid-acme", "acme"},
		"a wish for something else leaves the UID":                 {all{wants("acme", "", 1)}, "uid-acme", "acme"},
		"who has another id is not known by the UID":               {all{wants("acme", id, 1)}, "uid-acme", ""},
		"of two wishes the older one":                              {all{wants("globex", id, 2), wants("acme", id, 1)}, id, "acme"},
		"who has it keeps it from an older one":                    {all{has("globex", id, 2), wants("acme", id, 1)}, id, "globex"},
		"who had it and wants another has lost it":                 {all{has("globex", other, 2), wants("acme", id, 3)}, id, "acme"},
		"a configuration that goes away has lost it":               {all{leaving, wants("globex", id, 2)}, id, "globex"},
		"whose wish is not granted is known by the UID":            {all{has("globex", id, 2), wants("acme", id, 1)}, "uid-acme", "acme"},
		"nobody can take the UID of another":                       {all{wants("globex", "uid-acme", 1)}, "uid-acme", "acme"},
		"also not when that one has another id":                    {all{wants("globex", "uid-acme", 1), has("acme", id, 1)}, "uid-acme", ""},
		"two that want each other's UID keep their own":            {all{wants("globex", "uid-acme", 1), wants("acme", "uid-globex", 1)}, "uid-acme", "acme"},
		"whoever wants its own UID has it":                         {all{wants("acme", "uid-acme", 1)}, "uid-acme", "acme"},
		"the UID of a namespace that is gone leads nowhere":        {nil, "uid-initech", ""},
		"a namespace with an id of its own is found by it as well": {all{has("acme", id, 1), has("globex", other, 1)}, other, "globex"},
	} {
		t.Run(name, func(t *testing.T) {
			known := producers{namespaces: namespaces, configurations: test.configurations}
			if got := known.vendor(test.id); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
