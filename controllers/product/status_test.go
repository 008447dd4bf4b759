package product

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func object(id string) *v1alpha1.Product {
	return &v1alpha1.Product{ObjectMeta: metav1.ObjectMeta{Name: "suite", UID: "uid", Generation: 3}, Spec: v1alpha1.ProductSpec{ProductID: id}}
}

func TestStatus(t *testing.T) {
	const duplicate = "DuplicateID product first, which is older, has the id P1 already, and clients that name it mean that one: delete this one, or create it with another productID"
	for name, test := range map[string]struct {
		in         Input
		id         string
		conditions []string
	}{
		"the id of the spec is used":           {Input{Object: object("P1")}, "P1", []string{"Ready=True Reconciled clients know it as P1"}},
		"without one it is that of the object": {Input{Object: object("")}, "uid", []string{"Ready=True Reconciled clients know it as uid"}},
		"of two with one id the older stands": {
			Input{Object: object("P1"), StandingProduct: "first"}, "P1", []string{"Ready=False " + duplicate, "Stalled=True " + duplicate},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.in.Now = now
			got := Status(test.in)
			var conditions []string
			for _, c := range got.Conditions {
				conditions = append(conditions, fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message))
			}
			if diff := cmp.Diff(test.conditions, conditions); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			if got.ProductID != test.id || got.ObservedGeneration != 3 {
				t.Errorf("id %q of generation %d", got.ProductID, got.ObservedGeneration)
			}
			test.in.Object.Status, test.in.Now = got, now.Add(time.Hour)
			if diff := cmp.Diff(got, Status(test.in)); diff != "" {
				t.Errorf("an hour later (-before +after):\n%s", diff)
			}
		})
	}
}
