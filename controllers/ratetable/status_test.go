package ratetable

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var (
	from = time.Date(2023, 11, 1, 14, 44, 12, 0, time.UTC)
	next = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
)

func table(items ...v1alpha1.RateTableItem) *v1alpha1.RateTable {
	return &v1alpha1.RateTable{
		ObjectMeta: metav1.ObjectMeta{Name: "apps-1", Generation: 1},
		Spec:       v1alpha1.RateTableSpec{Series: "Apps", Version: "1", EffectiveFrom: v1alpha1.NewTime(from), Items: items},
	}
}

func problem(items ...v1alpha1.RateTableItem) error {
	_, err := kubestore.RateTable(table(items...))
	return err
}

func TestStatus(t *testing.T) {
	print1 := v1alpha1.RateTableItem{Name: "Print", Version: "1.0", Rate: "3"}
	for name, test := range map[string]struct {
		in         Input
		effective  bool
		conditions []string
	}{
		"a table of the future waits for its time": {
			in: Input{Now: from.Add(-time.Second), LineItems: []string{"a"}},
			conditions: []string{
				"Ready=True Reconciled items priced: 1, from 2023-11-01T14:44:12Z on",
				"Effective=False NotYetEffective will rule series Apps from 2023-11-01T14:44:12Z on",
			},
		},
		"at effectiveFrom it rules": {
			in:        Input{Now: from, LineItems: []string{"b", "a"}, Ruling: &licensing.RateTable{Name: "apps-1"}, NextChange: next},
			effective: true,
			conditions: []string{
				"Ready=True Reconciled items priced: 1, line items using it: 2",
				"Effective=True Current rules series Apps since 2023-11-01T14:44:12Z, until 2024-01-01T00:00:00Z",
			},
		},
		"superseded it stays effective, so that it cannot be deleted": {
			in:        Input{Now: next, Ruling: &licensing.RateTable{Name: "apps-2", Version: "2", EffectiveFrom: next}},
			effective: true,
			conditions: []string{
				"Ready=True Reconciled items priced: 1, superseded",
				"Effective=True Superseded rate table apps-2, version 2, rules series Apps since 2024-01-01T00:00:00Z",
			},
		},
		"of two tables with one version the older stands": {
			in: Input{Now: next, StandingTable: "first"},
			conditions: []string{
				"Ready=False DuplicateVersion rate table first is version 1 of series Apps already: give this one another version",
				"Stalled=True DuplicateVersion rate table first is version 1 of series Apps already: give this one another version",
				"Effective=False DuplicateVersion it never becomes effective: rate table first is version 1 of series Apps already: give this one another version",
			},
		},
		"a formula that cannot be read is named with its field": {
			in: Input{Now: next, Problem: problem(print1, v1alpha1.RateTableItem{Name: "A", Formula: ")"})},
			conditions: []string{
				"Ready=False InvalidFormula spec.items[1].formula: position 1: ",
				"Stalled=True InvalidFormula spec.items[1].formula: position 1: ",
				"Effective=False InvalidFormula it never becomes effective: spec.items[1].formula: position 1: ",
			},
		},
		"an item that is priced twice is named": {
			in: Input{Now: next, Problem: problem(print1, print1)},
			conditions: []string{
				"Ready=False DuplicateItem spec.items[1]: Print 1.0 is priced twice",
				"Stalled=True DuplicateItem spec.items[1]: Print 1.0 is priced twice",
				"Effective=False DuplicateItem it never becomes effective: spec.items[1]: Print 1.0 is priced twice",
			},
		},
		"any other problem is an invalid spec": {
			in: Input{Now: next, Problem: errors.New("spec.items[0].rate: no\nspec.items[1].rate: no")},
			conditions: []string{
				"Ready=False InvalidSpec spec.items[0].rate: no; spec.items[1].rate: no",
				"Stalled=True InvalidSpec spec.items[0].rate: no; spec.items[1].rate: no",
				"Effective=False InvalidSpec it never becomes effective: spec.items[0].rate: no; spec.items[1].rate: no",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			test.in.Table = table(print1)
			got := Status(test.in)
			if *got.Effective != test.effective {
				t.Errorf("effective: %v", *got.Effective)
			}
			if len(got.Conditions) != len(test.conditions) {
				t.Fatalf("conditions: %v", got.Conditions)
			}
			for i, c := range got.Conditions {
				if text := fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message); !strings.HasPrefix(text, test.conditions[i]) {
					t.Errorf("condition %d: %q, want %q", i, text, test.conditions[i])
				}
			}
		})
	}
}

func TestStatusNamesAtMost64LineItemsInOrder(t *testing.T) {
	in := Input{Table: table(), Now: from}
	for i := range 70 {
		in.LineItems = append(in.LineItems, fmt.Sprintf("item-%02d", 69-i))
	}
	got := Status(in)
	if *got.LineItemCount != 70 || len(got.LineItems) != 64 || got.LineItems[0] != "item-00" || got.LineItems[63] != "item-63" {
		t.Errorf("count %d, %d names: %v", *got.LineItemCount, len(got.LineItems), got.LineItems)
	}
	if in.LineItems[0] != "item-69" {
		t.Error("the input was sorted in place")
	}
}

func TestStatusIsTheSameWhenNothingChanged(t *testing.T) {
	in := Input{Table: table(), Now: from, LineItems: []string{"a"}}
	in.Table.Status = Status(in)
	in.Now = in.Now.Add(time.Hour)
	if diff := cmp.Diff(in.Table.Status, Status(in)); diff != "" {
		t.Errorf("(-before +after):\n%s", diff)
	}
}
