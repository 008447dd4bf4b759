package licenses

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
)

// A controller that reads an informer may see what its own last write has changed only after it writes again.
func TestWhoHasReadAnOlderObjectTakesNothingBack(t *testing.T) {
	m := newMarket(t)
	read := func() *v1alpha1.Product {
		var product v1alpha1.Product
		noError(t, m.Client.Get(t.Context(), client.ObjectKey{Namespace: m.Namespace, Name: "cad"}, &product))
		return &product
	}
	writer := status.Writer{Client: m.Client, Owner: "test", Fields: []string{"conditions"}}
	write := func(to *v1alpha1.Product, reason string, want bool) {
		t.Helper()
		desired := v1alpha1.ProductStatus{Conditions: []metav1.Condition{{
			Type: "Ready", Status: metav1.ConditionTrue, Reason: reason, LastTransitionTime: metav1.Now(),
		}}}
		if changed, err := writer.Write(t.Context(), to, to.Status, desired); err != nil || changed != want {
			t.Errorf("%s: changed %t, %v", reason, changed, err)
		}
	}
	says := func(want string) {
		t.Helper()
		if got := read().Status.Conditions; len(got) != 1 || got[0].Reason != want {
			t.Errorf("conditions %v, want %s", got, want)
		}
	}
	older := read()
	write(older, "Denied", true)
	writer.IfUnchanged = true
	write(older, "Forgotten", false)
	says("Denied")
	write(read(), "Known", true)
	says("Known")
}
