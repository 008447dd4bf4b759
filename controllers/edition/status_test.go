package edition

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func edition(limitations ...v1alpha1.Limitation) Input {
	object := &v1alpha1.Edition{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "pro", UID: "uid", Generation: 3},
		Spec:       v1alpha1.EditionSpec{ProductRef: v1alpha1.ProductReference{Name: "suite"}},
	}
	for _, limitation := range limitations {
		object.Spec.Limitations = append(object.Spec.Limitations, v1alpha1.EditionLimitation{Limitation: limitation})
	}
	product := &v1alpha1.Product{ObjectMeta: metav1.ObjectMeta{Name: "suite"}}
	product.Spec.Limitations = []v1alpha1.ProductLimitation{{ID: "api", Name: "API"}, {ID: "broken", Name: "Broken"}}
	return Input{Object: object, Product: product, Licenses: 2, Now: now}
}

func TestStatus(t *testing.T) {
	but := func(in Input, change func(*Input)) Input {
		change(&in)
		return in
	}
	both := func(text string) []string { return []string{"Ready=False " + text, "Stalled=True " + text} }
	for name, test := range map[string]struct {
		in   Input
		want []string
	}{
		"one of a product is ready": {
			edition(v1alpha1.Limitation{ID: "api", ResetMode: v1alpha1.ResetNever}), []string{"Ready=True Reconciled clients know it as uid"},
		},
		"without its product it waits": {but(edition(), func(in *Input) { in.Product = nil }), []string{
			"Ready=False ProductNotFound product suite does not exist in namespace shop",
			"Reconciling=True ProductNotFound product suite does not exist in namespace shop",
		}},
		"of two with one id the older stands": {
			but(edition(), func(in *Input) { in.StandingEdition = "first" }),
			both("DuplicateID edition first, which is older, has the id uid already, and clients that name it mean that one: delete this one, or create it with another editionID"),
		},
		"a limitation that the product does not list is named": {
			edition(v1alpha1.Limitation{ID: "api", ResetMode: v1alpha1.ResetNever}, v1alpha1.Limitation{ID: "backup", ResetMode: v1alpha1.ResetNever}),
			both("UnknownLimitation product suite does not list backup: the licenses have what the edition says all the same"),
		},
		"a limitation that cannot be counted is named": {
			edition(v1alpha1.Limitation{ID: "broken", Goodwill: "1000000000000000000000", ResetMode: v1alpha1.ResetNever}),
			both(`InvalidSpec spec.limitations[broken].goodwill: "1000000000000000000000": the amount is larger than can be accounted for: left out of the licenses`),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Status(test.in)
			var conditions []string
			for _, c := range got.Conditions {
				conditions = append(conditions, fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message))
			}
			if diff := cmp.Diff(test.want, conditions); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			if got.EditionID != "uid" || *got.LicenseCount != 2 || got.ObservedGeneration != 3 {
				t.Errorf("status %+v", got)
			}
			test.in.Object.Status, test.in.Now = got, now.Add(time.Hour)
			if diff := cmp.Diff(got, Status(test.in)); diff != "" {
				t.Errorf("an hour later (-before +after):\n%s", diff)
			}
		})
	}
}
