package cel

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// applySamples applies what a kustomization would, in its order.
func applySamples(t *testing.T) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(samplesDirectory, "kustomization.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var kustomization struct{ Resources []string }
	if err := yaml.Unmarshal(content, &kustomization); err != nil {
		t.Fatal(err)
	}
	for _, resource := range append(kustomization.Resources, "session.yaml", "seats_and_tokens.yaml", "named_user_session.yaml") {
		if err := plane.Apply(t.Context(), filepath.Join(samplesDirectory, resource)); err != nil {
			t.Fatal(err)
		}
	}
}

// resourceVersions tells for every object of the namespace which version it is.
func resourceVersions(t *testing.T, in string) map[string]string {
	t.Helper()
	versions := map[string]string{}
	for _, list := range []client.ObjectList{
		&v1alpha1.RateTableList{}, &v1alpha1.InstanceList{}, &v1alpha1.LineItemList{},
		&v1alpha1.SessionList{}, &v1alpha1.ProductList{}, &v1alpha1.EditionList{},
		&v1alpha1.UserProvisioningList{}, &v1alpha1.ActivationList{}, &v1alpha1.APIKeyList{}, &v1alpha1.AccessKeyList{}, &v1alpha1.TenantConfigurationList{},
	} {
		if err := admin.List(t.Context(), list, client.InNamespace(in)); err != nil {
			t.Fatal(err)
		}
		objects, err := meta.ExtractList(list)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range objects {
			o := o.(client.Object)
			versions[string(o.GetUID())+"/"+o.GetName()] = o.GetResourceVersion()
		}
	}
	return versions
}

func TestSamplesAppliedTwiceChangeNothing(t *testing.T) {
	applySamples(t)
	first := resourceVersions(t, "example-producer")
	applySamples(t)
	second := resourceVersions(t, "example-producer")
	if diff := cmp.Diff(first, second); diff != "" {
		t.Errorf("applying again changed objects (-first +second):\n%s", diff)
	}
	if got, want := len(first), 18; got != want {
		t.Errorf("%d objects, want %d", got, want)
	}
}

func TestPublishedExampleKeepsItsTimes(t *testing.T) {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "published"}}
	if err := admin.Create(t.Context(), ns); err != nil {
		t.Fatal(err)
	}
	if err := plane.Apply(t.Context(), filepath.Join("testdata", "published.yaml")); err != nil {
		t.Fatal(err)
	}
	key := func(name string) client.ObjectKey { return client.ObjectKey{Namespace: ns.Name, Name: name} }

	table := &v1alpha1.RateTable{}
	if err := admin.Get(t.Context(), key("publication-apps-1"), table); err != nil {
		t.Fatal(err)
	}
	bought, permanent := &v1alpha1.LineItem{}, &v1alpha1.LineItem{}
	if err := admin.Get(t.Context(), key("act01-elastic"), bought); err != nil {
		t.Fatal(err)
	}
	if err := admin.Get(t.Context(), key("permanent"), permanent); err != nil {
		t.Fatal(err)
	}
	got := []int64{
		table.Spec.EffectiveFrom.UnixMilli(), bought.Spec.Start.UnixMilli(), bought.Spec.End.UnixMilli(), permanent.Spec.End.UnixMilli(),
	}
	want := []int64{1698849852000, 1695772800000, 1790380800000, 253402300799999}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("times in milliseconds differ from the published ones (-want +got):\n%s", diff)
	}
}

// A field selector is how sessions of an instance are found without reading all.
func TestObjectsAreFoundByWhatTheyReferTo(t *testing.T) {
	applySamples(t)
	cases := map[string]struct {
		list     client.ObjectList
		selector client.MatchingFields
		want     int
	}{
		"sessions of an instance":   {&v1alpha1.SessionList{}, client.MatchingFields{"spec.instanceRef.name": "acme-def-inst"}, 2},
		"line items of an instance": {&v1alpha1.LineItemList{}, client.MatchingFields{"spec.instanceRef.name": "acme-def-inst"}, 3},
		"users of a license":        {&v1alpha1.UserProvisioningList{}, client.MatchingFields{"spec.lineItemRef.name": "acme-named-users"}, 3},
		"a user by its id":          {&v1alpha1.UserProvisioningList{}, client.MatchingFields{"spec.userID": "mei.tanaka@acme.example"}, 1},
		"clients of a license":      {&v1alpha1.ActivationList{}, client.MatchingFields{"spec.lineItemRef.name": "acme-named-users"}, 1},
		"a client by its id":        {&v1alpha1.ActivationList{}, client.MatchingFields{"spec.clientID": "laptop-4711"}, 1},
		"a license by its id":       {&v1alpha1.LineItemList{}, client.MatchingFields{"spec.licenseID": "4b9b53bb-ebef-47f4-9e88-6cb4b06e70a8"}, 1},
		"editions of a product":     {&v1alpha1.EditionList{}, client.MatchingFields{"spec.productRef.name": "publication-suite"}, 1},
		"users of no license":       {&v1alpha1.UserProvisioningList{}, client.MatchingFields{"spec.lineItemRef.name": "none"}, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := admin.List(t.Context(), tc.list, client.InNamespace("example-producer"), tc.selector); err != nil {
				t.Fatal(err)
			}
			if got := meta.LenList(tc.list); got != tc.want {
				t.Errorf("found %d, want %d", got, tc.want)
			}
		})
	}
}
