package metrics

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// cached stands for the informers.
type cached struct {
	client.Reader
	items []v1alpha1.LineItem
	err   error
}

func (c cached) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	list.(*v1alpha1.LineItemList).Items = c.items
	return c.err
}

func lineItem(instance, name string, used, available v1alpha1.Decimal, change ...func(*v1alpha1.LineItem)) v1alpha1.LineItem {
	item := v1alpha1.LineItem{
		ObjectMeta: metav1.ObjectMeta{Namespace: "producer", Name: name},
		Spec:       v1alpha1.LineItemSpec{InstanceRef: v1alpha1.LocalInstanceReference{Name: instance}, Quantity: 100},
		Status: v1alpha1.LineItemStatus{
			Used: used, Available: available, Unlimited: new(false),
			Conditions: []metav1.Condition{{Type: v1alpha1.ConditionActive, Status: metav1.ConditionTrue}},
		},
	}
	for _, apply := range change {
		apply(&item)
	}
	return item
}

func series(name string) func(*v1alpha1.LineItem) {
	return func(item *v1alpha1.LineItem) { item.Spec.RateTableSeries = name }
}

func overdraft(used v1alpha1.Decimal) func(*v1alpha1.LineItem) {
	return func(item *v1alpha1.LineItem) { item.Status.OverdraftUsed = used }
}

func unlimited(item *v1alpha1.LineItem) {
	item.Status.Unlimited, item.Status.Available = new(true), ""
	item.Spec.Overdraft = v1alpha1.Overdraft{Type: v1alpha1.OverdraftUnlimited}
}

func elected() <-chan struct{} {
	leads := make(chan struct{})
	close(leads)
	return leads
}

func scrape(t *testing.T, collector *LineItems) map[string]map[string]float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(collector)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]map[string]float64{}
	for _, family := range families {
		got[family.GetName()] = values(family.GetMetric())
	}
	return got
}

func TestLineItems(t *testing.T) {
	tests := map[string]struct {
		items      []v1alpha1.LineItem
		max        int
		want       map[string]float64
		counts     map[string]float64
		unreported float64
	}{
		"each has what is used and what is available": {
			items: []v1alpha1.LineItem{lineItem("acme", "a", "45.5", "54.5"), lineItem("acme", "b", "0", "100", series("training"))},
			max:   10,
			want: map[string]float64{
				"acme/producer/a//used": 45.5, "acme/producer/a//available": 54.5,
				"acme/producer/b/training/used": 0, "acme/producer/b/training/available": 100,
			},
			counts: map[string]float64{"available": 2, "low": 0, "overdraft": 0, "used_up": 0},
		},
		"how much is left is counted for all, also beyond the bound": {
			items: []v1alpha1.LineItem{
				lineItem("acme", "plenty", "90", "10"), lineItem("acme", "low", "90.1", "9.9"), lineItem("acme", "none", "100", "0"),
				lineItem("acme", "beyond", "101", "49", overdraft("1")), lineItem("acme", "unlimited", "500", "", unlimited, overdraft("400")),
			},
			max:        4,
			counts:     map[string]float64{"available": 1, "low": 1, "overdraft": 2, "used_up": 1},
			unreported: 5,
		},
		"an unlimited overdraft has no end": {
			items:  []v1alpha1.LineItem{lineItem("acme", "a", "7", "", unlimited)},
			max:    10,
			want:   map[string]float64{"acme/producer/a//used": 7, "acme/producer/a//available": math.Inf(1)},
			counts: map[string]float64{"available": 1, "low": 0, "overdraft": 0, "used_up": 0},
		},
		"whole pools are reported, driest first": {
			items: []v1alpha1.LineItem{
				lineItem("full", "a", "0", "100"), lineItem("dry", "a", "99", "1"), lineItem("dry", "b", "50", "50"),
				lineItem("empty", "a", "100", "0"),
			},
			max: 2,
			want: map[string]float64{
				"dry/producer/a//used": 99, "dry/producer/a//available": 1, "dry/producer/b//used": 50, "dry/producer/b//available": 50,
			},
			counts:     map[string]float64{"available": 2, "low": 1, "overdraft": 0, "used_up": 1},
			unreported: 2,
		},
		"those that may not be charged or have no tokens are left out": {
			items: []v1alpha1.LineItem{
				lineItem("acme", "expired", "1", "99", func(item *v1alpha1.LineItem) { item.Status.Conditions[0].Status = metav1.ConditionFalse }),
				lineItem("acme", "new", "", "", func(item *v1alpha1.LineItem) { item.Status = v1alpha1.LineItemStatus{} }),
				lineItem("acme", "license", "0", "0", func(item *v1alpha1.LineItem) { item.Spec.Quantity = 0 }),
			},
			max:    10,
			counts: map[string]float64{"available": 0, "low": 0, "overdraft": 0, "used_up": 0},
		},
		"none are reported when switched off, and all are counted": {
			items:      []v1alpha1.LineItem{lineItem("acme", "a", "100", "0")},
			counts:     map[string]float64{"available": 0, "low": 0, "overdraft": 0, "used_up": 1},
			unreported: -1,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := scrape(t, &LineItems{Cached: cached{items: test.items}, Max: test.max, Elected: elected()})
			want := map[string]map[string]float64{
				"licensing_operator_line_items": test.counts, "licensing_operator_line_items_unreported": {"": test.unreported},
			}
			if test.want != nil {
				want["licensing_operator_line_item_tokens"] = test.want
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestLineItemsAreBounded(t *testing.T) {
	var items []v1alpha1.LineItem
	for n := range 5000 {
		items = append(items, lineItem(fmt.Sprintf("customer-%d", n/3), fmt.Sprintf("item-%d", n), "1", "99"))
	}
	got := scrape(t, &LineItems{Cached: cached{items: items}, Max: 100, Elected: elected()})
	if reported := len(got["licensing_operator_line_item_tokens"]); reported > 200 || reported < 196 {
		t.Errorf("%d series of 5000 line items, want about 200: two for each of at most 100", reported)
	}
	if left := got["licensing_operator_line_items_unreported"][""]; left != 5000-float64(len(got["licensing_operator_line_item_tokens"]))/2 {
		t.Errorf("%g line items are said to be left out", left)
	}
}

func TestOnlyTheLeaderReportsLineItems(t *testing.T) {
	waits := make(chan struct{})
	collector := &LineItems{Cached: cached{items: []v1alpha1.LineItem{lineItem("acme", "a", "1", "99")}}, Max: 1, Elected: waits}
	if got := scrape(t, collector); len(got) > 0 {
		t.Errorf("a replica that does not lead reports %v", got)
	}
	close(waits)
	if got := scrape(t, collector); len(got) != 3 {
		t.Errorf("the leader reports %v, want three metrics", got)
	}
}

func TestLineItemsThatCannotBeReadFailTheScrape(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(&LineItems{Cached: cached{err: errors.New("the cache is closed")}, Max: 1, Elected: elected()})
	if _, err := registry.Gather(); err == nil || !strings.Contains(err.Error(), "the cache is closed") {
		t.Errorf("got %v, want that the cache is closed", err)
	}
}
