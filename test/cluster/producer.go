package cluster

import (
	"context"
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Names of what a producer sells: the published example, and a seat at one token.
const (
	InstanceName  = "acme-def-inst"
	RateTableName = "publication-apps-1"
	LineItemName  = "act01-elastic"
	ActivationID  = "ACT01-Elastic"
)

const (
	instance  = `{accountID: ACME, shortName: ACME-def-inst, allowedNamespaces: {from: Same}}`
	rateTable = `
series: PublicationApps
version: "1"
effectiveFrom: "2023-11-01T14:44:12Z"
items:
- {name: PhotoPrint, version: "1.0", rate: 3}
- {name: SignPrint, version: "1.0", rate: 4}
- {name: CADPrint, version: "2.0", rate: 7}
- {name: Seat, rate: 1}`
	lineItem = `
instanceRef: {name: acme-def-inst}
activationID: ACT01-Elastic
state: DEPLOYED
quantity: %d
start: "2023-09-27T00:00:00Z"
end: "9999-12-31T23:59:59Z"
elastic: true
rateTableSeries: PublicationApps`
)

// Producer is a namespace with an Instance of that name, and an administrator's hands in it.
type Producer struct {
	*Cluster
	Namespace string
}

// NewProducer makes a namespace with a name that begins as given.
func (c *Cluster) NewProducer(t testing.TB, prefix string, labels map[string]string) Producer {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: prefix + "-", Labels: labels}}
	if err := c.Client.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	return Producer{c, namespace.Name}
}

// Account is that of the producer's Instance.
func (p Producer) Account() ledger.AccountID {
	return ledger.AccountID{Namespace: p.Namespace, Name: InstanceName}
}

// Sells applies everything that the producer sells, with a number of tokens.
func (p Producer) Sells(t testing.TB, quantity int) {
	t.Helper()
	p.AppliesRateTable(t)
	p.AppliesInstance(t)
	p.AppliesLineItem(t, quantity)
}

// AppliesInstance applies the Instance.
func (p Producer) AppliesInstance(t testing.TB) {
	t.Helper()
	p.Apply(t, "Instance", InstanceName, instance)
}

// AppliesRateTable applies the price list.
func (p Producer) AppliesRateTable(t testing.TB) {
	t.Helper()
	p.Apply(t, "RateTable", RateTableName, rateTable)
}

// AppliesLineItem applies the line item, or changes its quantity.
func (p Producer) AppliesLineItem(t testing.TB, quantity int) {
	t.Helper()
	p.Apply(t, "LineItem", LineItemName, fmt.Sprintf(lineItem, quantity))
}

// Apply applies an object by server-side apply. The spec is YAML.
func (p Producer) Apply(t testing.TB, kind, name, spec string) {
	t.Helper()
	var content map[string]any
	if err := yaml.Unmarshal([]byte(spec), &content); err != nil {
		t.Fatal(err)
	}
	object := &unstructured.Unstructured{Object: map[string]any{"spec": content}}
	object.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind))
	object.SetNamespace(p.Namespace)
	object.SetName(name)
	if err := p.Client.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner(FieldOwner)); err != nil {
		t.Fatalf("apply %s %s: %v", kind, name, err)
	}
}

// Read reads an object of the producer's namespace.
func (p Producer) Read(ctx context.Context, name string, object client.Object) error {
	return p.Client.Get(ctx, client.ObjectKey{Namespace: p.Namespace, Name: name}, object)
}

// Get is Read where the object must be there.
func (p Producer) Get(t testing.TB, name string, object client.Object) {
	t.Helper()
	if err := p.Read(t.Context(), name, object); err != nil {
		t.Fatal(err)
	}
}

// Patch changes fields of a spec the way kubectl patch --type=merge does.
func (p Producer) Patch(t testing.TB, name string, object client.Object, patch string) {
	t.Helper()
	object.SetNamespace(p.Namespace)
	object.SetName(name)
	if err := p.Client.Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(patch))); err != nil {
		t.Fatalf("patch %s: %v", name, err)
	}
}

// Delete deletes an object and does not wait for it to be gone.
func (p Producer) Delete(t testing.TB, name string, object client.Object) {
	t.Helper()
	object.SetNamespace(p.Namespace)
	object.SetName(name)
	if err := p.Client.Delete(t.Context(), object); err != nil {
		t.Fatalf("delete %s: %v", name, err)
	}
}
