package kubestore

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var rules = struct {
	conditions []licensing.Condition
	actions    []licensing.Action
}{
	[]licensing.Condition{
		{ID: "engineering", Name: "Engineering", Operator: licensing.And, Terms: []licensing.Term{{Attribute: "department", Operator: licensing.In, Values: []string{"Engineering", ""}}}},
		{ID: "elsewhere", Operator: licensing.Or, Terms: []licensing.Term{
			{Attribute: "site", Operator: licensing.NotIn, Values: []string{"Berlin"}}, {Attribute: "remote", Operator: licensing.In, Values: []string{"yes"}},
		}},
	},
	[]licensing.Action{
		{ID: "some", Name: "Engineering", ConditionID: "engineering", Allow: true, Allocation: new(licensing.Tokens(150_500_000))},
		{ID: "none", ConditionID: "elsewhere"},
		{ID: "rest", Allow: true},
	},
}

func TestRulesOfAccessAreOnSaleAsWritten(t *testing.T) {
	h := harness{shared}
	id := h.CreateInstance(t)
	lineItem := &v1alpha1.LineItem{}
	lineItem.Namespace, lineItem.Name = id.Namespace, "tokens"
	lineItem.Spec = v1alpha1.LineItemSpec{
		InstanceRef: v1alpha1.LocalInstanceReference{Name: id.Name}, ActivationID: "ACT01", State: v1alpha1.LineItemDeployed, Quantity: 200,
		Start: v1alpha1.NewTime(time.Now()), End: v1alpha1.NewTime(time.Now().AddDate(1, 0, 0)), Elastic: new(true),
	}
	for _, action := range rules.actions {
		lineItem.Spec.AccessActions = append(lineItem.Spec.AccessActions, kubestore.AccessAction(action))
	}
	must(t, h.Client.Create(t.Context(), lineItem))
	wantRules(t, h, id, licensing.Conditions{})

	var instance v1alpha1.Instance
	must(t, h.Client.Get(t.Context(), client.ObjectKey{Namespace: id.Namespace, Name: id.Name}, &instance))
	want := licensing.Conditions{}
	for _, condition := range rules.conditions {
		want[condition.ID] = condition
		instance.Spec.AccessConditions = append(instance.Spec.AccessConditions, kubestore.AccessCondition(condition))
	}
	must(t, h.Client.Update(t.Context(), &instance))
	wantRules(t, h, id, want)

	must(t, h.Client.Delete(t.Context(), &instance))
	wantRules(t, h, id, nil)
}

// wantRules wants a fresh catalog to have the rules at once, and that of the informers soon.
func wantRules(t *testing.T, h harness, id ledger.AccountID, conditions licensing.Conditions) {
	t.Helper()
	differs := func(fresh bool) string {
		catalog, err := h.Store().Catalog(t.Context(), id, fresh)
		must(t, err)
		want := licensing.Catalog{LineItems: []licensing.LineItem{{ActivationID: "ACT01", Actions: rules.actions}}, Conditions: conditions}
		got := licensing.Catalog{Conditions: catalog.Conditions}
		for _, lineItem := range catalog.LineItems {
			got.LineItems = append(got.LineItems, licensing.LineItem{ActivationID: lineItem.ActivationID, Actions: lineItem.Actions})
		}
		return cmp.Diff(want.LineItems, got.LineItems) + cmp.Diff(want.Conditions, got.Conditions)
	}
	if diff := differs(true); diff != "" {
		t.Fatalf("a fresh catalog (-want +got):\n%s", diff)
	}
	deadline := time.Now().Add(time.Minute)
	for diff := differs(false); diff != ""; diff = differs(false) {
		if time.Now().After(deadline) {
			t.Fatalf("the informers' catalog (-want +got):\n%s", diff)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
