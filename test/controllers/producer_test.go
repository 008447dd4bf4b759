package controllers

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// producer is a namespace with what it sells.
type producer string

func newProducer(t *testing.T, name string) producer {
	t.Helper()
	namespace := strings.ReplaceAll(name, " ", "-")
	if err := admin.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
		t.Fatal(err)
	}
	return producer(namespace)
}

// apply applies an object the way GitOps does. Text is its kind and name and, in YAML, its spec.
func (p producer) apply(t *testing.T, kind, name, spec string) {
	t.Helper()
	object := &unstructured.Unstructured{Object: map[string]any{}}
	object.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind))
	object.SetNamespace(string(p))
	object.SetName(name)
	var content map[string]any
	if err := yaml.Unmarshal([]byte(spec), &content); err != nil {
		t.Fatal(err)
	}
	object.Object["spec"] = content
	if err := admin.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object), client.FieldOwner("gitops")); err != nil {
		t.Fatalf("apply %s %s: %v", kind, name, err)
	}
}

func (p producer) delete(t *testing.T, object client.Object, name string) {
	t.Helper()
	object.SetNamespace(string(p))
	object.SetName(name)
	if err := admin.Delete(t.Context(), object); err != nil {
		t.Fatal(err)
	}
}

// sells has a price list, an instance and 100 tokens.
func (p producer) sells(t *testing.T) {
	t.Helper()
	p.apply(t, "RateTable", "apps-1", priceList("1", "2023-11-01T14:44:12Z"))
	p.apply(t, "Instance", "acme", `{accountID: ACME, shortName: Acme}`)
	p.apply(t, "LineItem", "tokens", tokens(`quantity: 100`))
}

func priceList(version, effectiveFrom string) string {
	return fmt.Sprintf(`{series: Apps, version: %q, effectiveFrom: %q, items: [{name: Print, rate: 3}]}`, version, effectiveFrom)
}

// tokens is a line item with what is different about it.
func tokens(different string) string {
	return "instanceRef: {name: acme}\nstate: DEPLOYED\nstart: \"2023-09-27T00:00:00Z\"\nend: \"9999-12-31T23:59:59Z\"\nelastic: true\nrateTableSeries: Apps\n" +
		"quantity: 100\n" + different
}

// condition is what a condition says, as "Type=Status Reason: message".
func condition(conditions []metav1.Condition, conditionType string) string {
	found := apimeta.FindStatusCondition(conditions, conditionType)
	if found == nil {
		return conditionType + " is not there"
	}
	return fmt.Sprintf("%s=%s %s: %s", found.Type, found.Status, found.Reason, found.Message)
}

// wait reads the object until what is read of it is as wanted.
func wait[O client.Object](t *testing.T, p producer, name string, object O, want string, read func(O) string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		err := admin.Get(t.Context(), client.ObjectKey{Namespace: string(p), Name: name}, object)
		if err != nil {
			t.Fatal(err)
		}
		if got = read(object); got == want {
			return
		}
	}
	t.Fatalf("%s: got\n%s\nwant\n%s", name, got, want)
}

// idle takes all resource versions and finds the same ones a while later. Write-throughs, their sweep and the refresh of
// the statuses after it take some seconds at the end of the stories.
func idle(t *testing.T) {
	const settling, quiet = 2 * time.Second, 6 * time.Second
	time.Sleep(settling)
	var before, after map[string]string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		before = versions(t)
		time.Sleep(quiet)
		if after = versions(t); len(changed(before, after)) == 0 {
			return
		}
	}
	t.Errorf("in %s without a request these were written: %v", quiet, changed(before, after))
}

func changed(before, after map[string]string) (names []string) {
	for name, version := range after {
		if before[name] != version {
			names = append(names, name)
		}
	}
	return names
}

func versions(t *testing.T) map[string]string {
	t.Helper()
	result := map[string]string{}
	for _, list := range []client.ObjectList{
		&v1alpha1.RateTableList{}, &v1alpha1.InstanceList{}, &v1alpha1.LineItemList{}, &v1alpha1.SessionList{},
		&v1alpha1.UserProvisioningList{}, &v1alpha1.ProductList{}, &v1alpha1.EditionList{}, &v1alpha1.ActivationList{}, &v1alpha1.AccessKeyList{}, &v1alpha1.TenantConfigurationList{}, &corev1.ConfigMapList{},
	} {
		if err := admin.List(context.Background(), list); err != nil {
			t.Fatal(err)
		}
		err := apimeta.EachListItem(list, func(o runtime.Object) error {
			object := o.(client.Object)
			result[fmt.Sprintf("%T %s/%s", o, object.GetNamespace(), object.GetName())] = object.GetResourceVersion()
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return result
}
