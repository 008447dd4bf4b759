package tenant

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

func department(names ...string) licensing.Condition {
	return licensing.Condition{Name: names[0], Operator: licensing.And, Terms: []licensing.Term{{Attribute: "department", Operator: licensing.In, Values: names}}}
}

func (c customer) conditions(t *testing.T, conditions ...licensing.Condition) []licensing.Condition {
	t.Helper()
	return must[[]licensing.Condition](t)(c.here.SaveConditions(t.Context(), c.instance.ID, conditions))
}

func (c customer) wantConditions(t *testing.T, want ...licensing.Condition) {
	t.Helper()
	got := must[[]licensing.Condition](t)(c.there.Conditions(t.Context(), c.instance.ID))
	if diff := cmp.Diff(append([]licensing.Condition{}, want...), got); diff != "" {
		t.Errorf("conditions (-want +got):\n%s", diff)
	}
}

func TestConditionsAreCreatedChangedAndDeleted(t *testing.T) {
	c := newCustomer(t)
	c.wantConditions(t)
	or := licensing.Condition{Name: "either", Operator: licensing.Or, Terms: []licensing.Term{
		{Attribute: "a", Operator: licensing.NotIn, Values: []string{"", "é"}}, {Attribute: "b", Operator: licensing.In, Values: []string{"<x>"}},
	}}
	saved := c.conditions(t, department("Engineering"), or)
	for i := range saved {
		if uuid.Validate(saved[i].ID) != nil {
			t.Errorf("id %q", saved[i].ID)
		}
	}
	c.wantConditions(t, saved...)
	before := must[tenant.Instance](t)(c.here.Instance(t.Context(), c.instance.ID))
	if before.ShortName != c.instance.ShortName || !before.Default || before.Created != c.instance.Created {
		t.Errorf("the instance changed: %+v", before)
	}
	changed := department("Engineering", "Research")
	changed.ID = saved[0].ID
	third := c.conditions(t, changed, department("Sales"))
	c.wantConditions(t, changed, saved[1], third[1])
	noError(t, c.there.DeleteCondition(t.Context(), c.instance.ID, saved[1].ID))
	c.wantConditions(t, changed, third[1])
	refused(t, c.here.DeleteCondition(t.Context(), c.instance.ID, saved[1].ID), tenant.ConditionNotFound)
	noError(t, c.there.DeleteConditions(t.Context(), c.instance.ID))
	noError(t, c.there.DeleteConditions(t.Context(), c.instance.ID))
	c.wantConditions(t)
}

func TestConditionsSavedAtOnceAreAllSaved(t *testing.T) {
	c := newCustomer(t)
	var calls []func() error
	for i := range 6 {
		calls = append(calls, func() error {
			_, err := c.as(i%2, "x").SaveConditions(t.Context(), c.instance.ID, []licensing.Condition{department("D")})
			return err
		})
	}
	if diff := cmp.Diff(map[tenant.Reason]int{"": 6}, reasons(atOnce(calls...))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if saved := must[[]licensing.Condition](t)(c.here.Conditions(t.Context(), c.instance.ID)); len(saved) != 6 {
		t.Errorf("%d are there", len(saved))
	}
}

func TestWhatIsWrongWithAConditionIsNamedAndNoneIsSaved(t *testing.T) {
	c := newCustomer(t)
	known := c.conditions(t, department("Engineering"))[0]
	unknown := department("x")
	unknown.ID = "unknown"
	many := make([]licensing.Condition, 64)
	for i := range many {
		many[i] = department("x")
	}
	for name, tc := range map[string]struct {
		conditions []licensing.Condition
		reason     tenant.Reason
		want       []string
	}{
		"an unknown id":    {[]licensing.Condition{department("y"), unknown}, tenant.ConditionNotFound, []string{`there is no condition "unknown" in the instance`}},
		"the id twice":     {[]licensing.Condition{known, known}, tenant.Invalid, []string{"$.conditions[1].id: " + known.ID + " is already the id of conditions[0]"}},
		"an impossible id": {[]licensing.Condition{{ID: `"}`, Terms: known.Terms}}, tenant.Invalid, nil},
		"no terms":         {[]licensing.Condition{{Name: "x"}}, tenant.Invalid, []string{"$.conditions[0].terms: 0 terms, must be 1 to 16"}},
		"one too many":     {many, tenant.Invalid, []string{"$.conditions: the instance would have 65 conditions, at most 64 are possible"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.there.SaveConditions(t.Context(), c.instance.ID, tc.conditions)
			refused(t, err, tc.reason, tc.want...)
		})
	}
	c.wantConditions(t, known)
}

func TestAConditionInUseStays(t *testing.T) {
	c := selling(t)
	saved := c.conditions(t, department("Engineering"), department("Sales"))
	action := must[[]tenant.ActionUse](t)(c.here.CreateActions(t.Context(), c.instance.ID, "ACT01-Elastic", []licensing.Action{{ConditionID: saved[0].ID}}))[0]
	want := "condition " + saved[0].ID + " is used by action " + action.ID + " of line item ACT01-Elastic: change that first"
	refused(t, c.there.DeleteCondition(t.Context(), c.instance.ID, saved[0].ID), tenant.ConditionInUse, want)
	refused(t, c.there.DeleteConditions(t.Context(), c.instance.ID), tenant.ConditionInUse, want)
	c.wantConditions(t, saved...)
	noError(t, c.there.DeleteActions(t.Context(), c.instance.ID, "ACT01-Elastic"))
	noError(t, c.here.DeleteConditions(t.Context(), c.instance.ID))
}

func TestConditionsOfKubernetesAreNotFoughtOver(t *testing.T) {
	c := newCustomer(t)
	name := must[string](t)(c.here.InstanceObject(t.Context(), c.instance.ID))
	c.Apply(t, "Instance", name, `{accountID: ACME, shortName: ACME-def-inst, accessConditions: [{id: git, name: Engineering, terms: [{attribute: department, operator: In, values: [Engineering]}]}]}`)
	git := department("Engineering")
	git.ID = "git"
	c.conditions(t, git) // as it is
	mine := c.conditions(t, department("Sales"))[0]
	c.wantConditions(t, git, mine)
	git.Name = "Research"
	_, err := c.there.SaveConditions(t.Context(), c.instance.ID, []licensing.Condition{git})
	refused(t, err, tenant.DeclaredElsewhere)
	if !strings.Contains(err.Error(), "is declared by gitops in Kubernetes") || !strings.Contains(err.Error(), "$.conditions") {
		t.Errorf("said %s", err)
	}
	refused(t, c.there.DeleteCondition(t.Context(), c.instance.ID, "git"), tenant.DeclaredElsewhere,
		"condition git: is declared by gitops in Kubernetes: change it there, or take it out of that declaration first")
	refused(t, c.there.DeleteConditions(t.Context(), c.instance.ID), tenant.DeclaredElsewhere)
	noError(t, c.there.DeleteCondition(t.Context(), c.instance.ID, mine.ID))
}

func (c customer) wantActions(t *testing.T, want ...tenant.ActionUse) {
	t.Helper()
	got := must[[]tenant.ActionUse](t)(c.there.Actions(t.Context(), c.instance.ID, "ACT01-Elastic"))
	if diff := cmp.Diff(append([]tenant.ActionUse{}, want...), got); diff != "" {
		t.Errorf("actions (-want +got):\n%s", diff)
	}
}

func TestActionsSayWhoMayUseALineItem(t *testing.T) {
	c := selling(t)
	conditions := c.conditions(t, department("Engineering"), department("Product Management", "Product Marketing"))
	c.wantActions(t)
	actions := []licensing.Action{
		{Name: "engineers", ConditionID: conditions[0].ID, Allow: true, Allocation: new(150 * licensing.Token)},
		{Name: "product", ConditionID: conditions[1].ID, Allow: true, Allocation: new(50 * licensing.Token)},
	}
	created := must[[]tenant.ActionUse](t)(c.here.CreateActions(t.Context(), c.instance.ID, "ACT01-Elastic", actions[:1]))
	created = append(created, must[[]tenant.ActionUse](t)(c.there.CreateActions(t.Context(), c.instance.ID, "ACT01-Elastic", actions[1:]))...)
	c.wantActions(t, created...)
	asks := func(dictionary map[string]string, photoPrint int64) licensing.ItemStatus {
		t.Helper()
		requester := licensing.Requester{Type: "user", Value: "x", Dictionary: dictionary}
		access := must[tenant.Access](t)(c.there.RequestAccess(t.Context(), c.instance.ID, tenant.AccessRequest{Requester: requester, Items: items(photoPrint, 0)}))
		return access.Items[0].Status
	}
	engineer := map[string]string{"department": "Engineering"}
	for _, step := range []struct {
		dictionary map[string]string
		photoPrint int64
		want       licensing.ItemStatus
	}{
		{engineer, 51, licensing.ItemInsufficientTokens}, {engineer, 50, licensing.ItemGranted}, {engineer, 1, licensing.ItemInsufficientTokens},
		{map[string]string{"department": "Product Marketing"}, 16, licensing.ItemGranted},
		{map[string]string{"department": "Sales"}, 1, licensing.ItemDeniedByRule}, {nil, 1, licensing.ItemDeniedByRule},
	} {
		if got := asks(step.dictionary, step.photoPrint); got != step.want {
			t.Errorf("%v asks for %d: %s, want %s", step.dictionary, step.photoPrint, got, step.want)
		}
	}
	created[0].Used, created[1].Used = new(150*licensing.Token), new(48*licensing.Token)
	c.wantActions(t, created...)
	all := must[[]tenant.LineItemActions](t)(c.here.AllActions(t.Context(), c.instance.ID))
	if diff := cmp.Diff([]tenant.LineItemActions{{ActivationID: "ACT01-Elastic", Actions: created}}, all); diff != "" {
		t.Errorf("all (-want +got):\n%s", diff)
	}

	// The order, a name and an allocation change, one is new, and what is used stays with the id.
	swapped := []licensing.Action{created[1].Action, created[0].Action, {Name: "others"}}
	swapped[1].Name, swapped[1].Allocation = "engineering", new(200*licensing.Token)
	replaced := must[[]tenant.ActionUse](t)(c.here.ReplaceActions(t.Context(), c.instance.ID, "ACT01-Elastic", swapped))
	swapped[2].ID = replaced[2].ID
	want := []tenant.ActionUse{{Action: swapped[0], Used: created[1].Used}, {Action: swapped[1], Used: created[0].Used}, {Action: swapped[2]}}
	if diff := cmp.Diff(want, replaced); diff != "" {
		t.Errorf("replaced (-want +got):\n%s", diff)
	}
	c.wantActions(t, want...)
	// The line item itself and its rules are different calls.
	c.puts(t, with(func(l *tenant.LineItem) { l.Quantity = 900 }))
	c.wantActions(t, want...)
	if got := must[tenant.LineItem](t)(c.there.LineItem(t.Context(), c.instance.ID, "ACT01-Elastic")); got.Quantity != 900 {
		t.Errorf("line item %+v", got)
	}
	noError(t, c.there.DeleteActions(t.Context(), c.instance.ID, "ACT01-Elastic"))
	noError(t, c.there.DeleteActions(t.Context(), c.instance.ID, "ACT01-Elastic"))
	c.wantActions(t)
	if all := must[[]tenant.LineItemActions](t)(c.here.AllActions(t.Context(), c.instance.ID)); len(all) != 0 {
		t.Errorf("all %v", all)
	}
}

func TestWhatIsWrongWithActionsIsNamedAndNoneIsSaved(t *testing.T) {
	c := selling(t)
	condition := c.conditions(t, department("Engineering"))[0]
	known := must[[]tenant.ActionUse](t)(c.here.CreateActions(t.Context(), c.instance.ID, "ACT01-Elastic", []licensing.Action{{Name: "nobody"}}))[0]
	unknownID := []licensing.Action{{ID: "unknown", ConditionID: condition.ID}}
	for name, tc := range map[string]struct {
		actions         []licensing.Action
		create, replace []string
	}{
		"an unknown id": {unknownID, []string{"$[0].id: must be left out: a new action is given an id"}, []string{`$[0].id: the line item has no action "unknown": leave the id out to create one`}},
		"an unknown condition": {
			[]licensing.Action{{ConditionID: "unknown"}}, []string{`$[0].conditionId: there is no condition "unknown" in the instance`}, []string{`$[0].conditionId: there is no condition "unknown" in the instance`},
		},
		"no allocation": {
			[]licensing.Action{{Name: "a", ConditionID: condition.ID, Allow: true}},
			[]string{"$[0].allocation: is required: only the default action, which has no condition, may allow without one"},
			[]string{"$[0].allocation: is required: only the default action, which has no condition, may allow without one"},
		},
		"two defaults": {
			[]licensing.Action{{Name: "a"}, {Name: "b"}},
			[]string{"$[1].conditionId: is required: $[0] is the default action already, and only one may be"},
			[]string{"$[1].conditionId: is required: $[0] is the default action already, and only one may be"},
		},
		"far too many": {make([]licensing.Action, 65), nil, nil},
		"an allocation beyond all measure": {
			[]licensing.Action{{ConditionID: condition.ID, Allow: true, Allocation: new(licensing.MaxTokens)}}, nil, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.there.CreateActions(t.Context(), c.instance.ID, "ACT01-Elastic", tc.actions)
			refused(t, err, tenant.Invalid, tc.create...)
			_, err = c.there.ReplaceActions(t.Context(), c.instance.ID, "ACT01-Elastic", tc.actions)
			refused(t, err, tenant.Invalid, tc.replace...)
		})
	}
	_, err := c.there.CreateActions(t.Context(), c.instance.ID, "ACT01-Elastic", []licensing.Action{{Name: "second default"}})
	refused(t, err, tenant.Invalid, "$[0].conditionId: is required: the line item has a default action already, and only one may be")
	_, err = c.there.ReplaceActions(t.Context(), c.instance.ID, "unknown", []licensing.Action{{}})
	refused(t, err, tenant.LineItemNotFound)
	c.wantActions(t, known)
}

func TestActionsCreatedAtOnceAreAllCreated(t *testing.T) {
	c := selling(t)
	condition := c.conditions(t, department("Engineering"))[0]
	var calls []func() error
	for i := range 6 {
		calls = append(calls, func() error {
			_, err := c.as(i%2, "x").CreateActions(t.Context(), c.instance.ID, "ACT01-Elastic", []licensing.Action{{ConditionID: condition.ID}})
			return err
		})
	}
	if diff := cmp.Diff(map[tenant.Reason]int{"": 6}, reasons(atOnce(calls...))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if actions := must[[]tenant.ActionUse](t)(c.here.Actions(t.Context(), c.instance.ID, "ACT01-Elastic")); len(actions) != 6 {
		t.Errorf("%d are there", len(actions))
	}
}

func TestRulesCanBeAddedToALineItemThatGitDeclares(t *testing.T) {
	c := newCustomer(t)
	name := must[string](t)(c.here.InstanceObject(t.Context(), c.instance.ID))
	spec := `{instanceRef: {name: ` + name + `}, activationID: ACT01-Elastic, state: DEPLOYED, quantity: 5, start: "2023-09-27T00:00:00Z", end: "2100-09-27T00:00:00Z", elastic: true}`
	c.Apply(t, "LineItem", "from-git", spec)
	added := must[[]tenant.ActionUse](t)(c.here.CreateActions(t.Context(), c.instance.ID, "ACT01-Elastic", []licensing.Action{{Name: "nobody"}}))
	c.Apply(t, "LineItem", "from-git", strings.Replace(spec, "quantity: 5", "quantity: 6", 1))
	c.wantActions(t, added...)

	object := &v1alpha1.LineItem{}
	c.Get(t, "from-git", object)
	noError(t, c.Client.Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"accessActions":[{"id":"git","action":"Deny"}]}}`)), client.FieldOwner("kubectl-edit")))
	_, err := c.here.CreateActions(t.Context(), c.instance.ID, "ACT01-Elastic", []licensing.Action{{ConditionID: c.conditions(t, department("x"))[0].ID}})
	refused(t, err, tenant.DeclaredElsewhere, "$: is declared by kubectl-edit in Kubernetes: change it there, or take it out of that declaration first")
	refused(t, c.here.DeleteActions(t.Context(), c.instance.ID, "ACT01-Elastic"), tenant.DeclaredElsewhere)
}
