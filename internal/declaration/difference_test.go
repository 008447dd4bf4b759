package declaration

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// entry says which fields a manager declares.
func entry(manager, fields string) metav1.ManagedFieldsEntry {
	return metav1.ManagedFieldsEntry{
		Manager: manager, Operation: metav1.ManagedFieldsOperationApply, FieldsV1: metav1.NewFieldsV1(fields),
	}
}

func TestDifference(t *testing.T) {
	ours := string(FieldManager)
	limitation := func(id string, limit int64) v1alpha1.Limitation {
		return v1alpha1.Limitation{ID: id, ResetMode: v1alpha1.ResetNever, Limit: &limit}
	}
	tests := []struct {
		name    string
		managed []metav1.ManagedFieldsEntry
		before  v1alpha1.LineItemSpec
		after   v1alpha1.LineItemSpec
		want    map[string]any
		taken   []Conflict
	}{
		{
			"what changes is declared, what stands and is not ours is not",
			[]metav1.ManagedFieldsEntry{entry("git", `{"f:spec":{"f:state":{},"f:displayName":{}}}`)},
			v1alpha1.LineItemSpec{State: v1alpha1.LineItemDeployed, DisplayName: "old"},
			v1alpha1.LineItemSpec{State: v1alpha1.LineItemDeployed, DisplayName: "new"},
			map[string]any{"displayName": "new"}, nil,
		},
		{
			"what is ours stays declared",
			[]metav1.ManagedFieldsEntry{entry(ours, `{"f:spec":{"f:state":{}}}`)},
			v1alpha1.LineItemSpec{State: v1alpha1.LineItemDeployed, DisplayName: "old"},
			v1alpha1.LineItemSpec{State: v1alpha1.LineItemDeployed, DisplayName: "new"},
			map[string]any{"state": "DEPLOYED", "displayName": "new"}, nil,
		},
		{
			"what is ours can be left out",
			[]metav1.ManagedFieldsEntry{entry(ours, `{"f:spec":{"f:state":{},"f:displayName":{}}}`)},
			v1alpha1.LineItemSpec{State: v1alpha1.LineItemDeployed, DisplayName: "old"}, v1alpha1.LineItemSpec{State: v1alpha1.LineItemDeployed},
			map[string]any{"state": "DEPLOYED"}, nil,
		},
		{
			"what others declare cannot be left out",
			[]metav1.ManagedFieldsEntry{entry("git", `{"f:spec":{"f:displayName":{}}}`), entry(ours, `{"f:spec":{"f:displayName":{}}}`)},
			v1alpha1.LineItemSpec{DisplayName: "old"}, v1alpha1.LineItemSpec{},
			map[string]any{}, []Conflict{{Field: "spec.displayName", Manager: "git"}},
		},
		{
			"an element of a list with ids is declared by itself, field by field",
			[]metav1.ManagedFieldsEntry{
				entry("git", `{"f:spec":{"f:limitations":{"k:{\"id\":\"a\"}":{".":{},"f:id":{},"f:limit":{},"f:resetMode":{}},"k:{\"id\":\"b\"}":{".":{},"f:id":{}}}}}`),
			},
			v1alpha1.LineItemSpec{Limitations: []v1alpha1.Limitation{limitation("a", 1), limitation("b", 1)}},
			v1alpha1.LineItemSpec{Limitations: []v1alpha1.Limitation{limitation("a", 2), limitation("b", 1), limitation("c", 3)}},
			map[string]any{"limitations": []any{
				map[string]any{"id": "a", "limit": int64(2)},
				map[string]any{"id": "c", "limit": int64(3), "resetMode": "Never"},
			}}, nil,
		},
		{
			"an element that others declare cannot be left out, one that is ours can",
			[]metav1.ManagedFieldsEntry{
				entry("git", `{"f:spec":{"f:limitations":{"k:{\"id\":\"a\"}":{".":{},"f:id":{}}}}}`),
				entry(ours, `{"f:spec":{"f:limitations":{"k:{\"id\":\"b\"}":{".":{},"f:id":{}}}}}`),
			},
			v1alpha1.LineItemSpec{Limitations: []v1alpha1.Limitation{limitation("a", 1), limitation("b", 1)}},
			v1alpha1.LineItemSpec{Limitations: []v1alpha1.Limitation{limitation("c", 1)}},
			map[string]any{"limitations": []any{map[string]any{"id": "c", "limit": int64(1), "resetMode": "Never"}}},
			[]Conflict{{Field: `spec.limitations[id="a"]`, Manager: "git"}},
		},
		{
			"of another list the whole is declared",
			[]metav1.ManagedFieldsEntry{entry(ours, `{"f:spec":{"f:accessActions":{}}}`)},
			v1alpha1.LineItemSpec{AccessActions: []v1alpha1.AccessAction{{ID: "a", Allocation: "2"}}},
			v1alpha1.LineItemSpec{AccessActions: []v1alpha1.AccessAction{{ID: "a", Allocation: "2"}}, State: v1alpha1.LineItemInactive},
			map[string]any{"state": "INACTIVE", "accessActions": []any{map[string]any{"id": "a", "allocation": int64(2)}}}, nil,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			current := &v1alpha1.LineItem{ObjectMeta: metav1.ObjectMeta{ManagedFields: test.managed}, Spec: test.before}
			d := newDifference(current)
			got := d.fields([]string{"f:spec"}, specOf(t, current), specOf(t, &v1alpha1.LineItem{Spec: test.after}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("declared (-want +got)\n%s", diff)
			}
			if !slices.Equal(test.taken, d.taken) {
				t.Errorf("taken: got %v, want %v", d.taken, test.taken)
			}
		})
	}
}

func specOf(t *testing.T, object *v1alpha1.LineItem) map[string]any {
	t.Helper()
	fields, err := fieldsOf(object)
	if err != nil {
		t.Fatal(err)
	}
	spec, _ := fields["spec"].(map[string]any)
	return spec
}
