package tenant

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// act01 is the line item of the documentation.
func act01() tenant.LineItem {
	return tenant.LineItem{
		ActivationID: "ACT01-Elastic", State: licensing.Deployed, Quantity: 1000, Elastic: true, RateTableSeries: "PublicationApps",
		Start: time.UnixMilli(1695772800000).UTC(), End: time.UnixMilli(253402300799999).UTC(),
	}
}

func with(change func(*tenant.LineItem)) tenant.LineItem {
	lineItem := act01()
	change(&lineItem)
	return lineItem
}

// customer is an instance made over REST.
type customer struct {
	producer

	instance tenant.Instance
}

func newCustomer(t *testing.T) customer {
	t.Helper()
	p := newProducer(t)
	return customer{p, p.creates(t, "ACME-def-inst", "ACME")}
}

func (c customer) puts(t *testing.T, lineItem tenant.LineItem) tenant.LineItem {
	t.Helper()
	got, _, err := c.here.PutLineItem(t.Context(), c.instance.ID, lineItem)
	noError(t, err)
	return got
}

// object is the LineItem object with the activation id.
func (c customer) object(t *testing.T, activationID string) *v1alpha1.LineItem {
	t.Helper()
	var list v1alpha1.LineItemList
	noError(t, c.Client.List(t.Context(), &list, client.InNamespace(c.Namespace), client.MatchingFields{"spec.activationID": activationID}))
	if len(list.Items) != 1 {
		t.Fatalf("%d objects have the activation id", len(list.Items))
	}
	return &list.Items[0]
}

func TestALineItemIsCreatedThenReplaced(t *testing.T) {
	c := newCustomer(t)
	want := act01()
	want.InstanceID = c.instance.ID
	created, isNew, err := c.here.PutLineItem(t.Context(), c.instance.ID, act01())
	noError(t, err)
	if diff := cmp.Diff(want, created); diff != "" || !isNew {
		t.Errorf("new: %t (-want +got):\n%s", isNew, diff)
	}
	limit := int64(20)
	for name, change := range map[string]func(*tenant.LineItem){
		"nothing":                 func(*tenant.LineItem) {},
		"a limited overdraft":     func(l *tenant.LineItem) { l.Overdraft, l.OverdraftLimit = licensing.OverdraftNumber, &limit },
		"an unlimited overdraft":  func(l *tenant.LineItem) { l.Overdraft = licensing.OverdraftUnlimited },
		"less quantity, inactive": func(l *tenant.LineItem) { l.Quantity, l.State = 1, licensing.Inactive },
		"the series without name": func(l *tenant.LineItem) { l.RateTableSeries = "" },
		"another time, no sales": func(l *tenant.LineItem) {
			l.Start, l.End, l.Elastic = l.Start.Add(time.Millisecond), l.End.Add(-time.Millisecond), false
		},
		"back to how it was first": func(*tenant.LineItem) {},
	} {
		t.Run(name, func(t *testing.T) {
			want := with(change)
			want.InstanceID = c.instance.ID
			replaced, isNew, err := c.there.PutLineItem(t.Context(), c.instance.ID, with(change))
			noError(t, err)
			if diff := cmp.Diff(want, replaced); diff != "" || isNew {
				t.Errorf("new: %t (-want +got):\n%s", isNew, diff)
			}
			if diff := cmp.Diff(want, must[tenant.LineItem](t)(c.here.LineItem(t.Context(), c.instance.ID, "ACT01-Elastic"))); diff != "" {
				t.Errorf("read again (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]tenant.LineItem{want}, must[[]tenant.LineItem](t)(c.there.LineItems(t.Context(), c.instance.ID))); diff != "" {
				t.Errorf("listed (-want +got):\n%s", diff)
			}
		})
	}
	if object := c.object(t, "ACT01-Elastic"); object.Labels[tenant.OriginLabel] != tenant.OriginREST || object.Annotations[tenant.CreatedByAnnotation] == "" {
		t.Errorf("its origin is lost: %v, %v", object.Labels, object.Annotations)
	}
}

func TestAPutThatChangesNothingWritesNothing(t *testing.T) {
	c := newCustomer(t)
	c.puts(t, act01())
	before := c.object(t, "ACT01-Elastic").ResourceVersion
	c.puts(t, act01())
	if after := c.object(t, "ACT01-Elastic").ResourceVersion; after != before {
		t.Errorf("resource version %s became %s", before, after)
	}
}

func TestManyPutsAtOnceCreateOneLineItem(t *testing.T) {
	c := newCustomer(t)
	created := make([]bool, 8)
	var calls []func() error
	for i := range created {
		calls = append(calls, func() error {
			var err error
			_, created[i], err = c.as(i%2, "x").PutLineItem(t.Context(), c.instance.ID, with(func(l *tenant.LineItem) { l.Quantity = int64(i + 1) }))
			return err
		})
	}
	if diff := cmp.Diff(map[tenant.Reason]int{"": len(created)}, reasons(atOnce(calls...))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	count := 0
	for _, isNew := range created {
		if isNew {
			count++
		}
	}
	if count != 1 || len(must[[]tenant.LineItem](t)(c.here.LineItems(t.Context(), c.instance.ID))) != 1 {
		t.Errorf("%d calls created it", count)
	}
}

func TestALineItemKeepsWhatIsUsed(t *testing.T) {
	c := newCustomer(t)
	noError(t, c.here.CreateRateTable(t.Context(), published()))
	c.puts(t, act01())
	c.asks(t, c.here, 10, 2)
	replaced := c.puts(t, with(func(l *tenant.LineItem) { l.Quantity, l.Used = 40, 7 }))
	if replaced.Used != 44*licensing.Token || replaced.Quantity != 40 {
		t.Errorf("got %+v", replaced)
	}
	if got := must[tenant.LineItem](t)(c.there.LineItem(t.Context(), c.instance.ID, "ACT01-Elastic")); got.Used != 44*licensing.Token {
		t.Errorf("on the other replica: %+v", got)
	}
}

func TestStatesThatAreNotPossible(t *testing.T) {
	c := newCustomer(t)
	for _, state := range []licensing.LineItemState{licensing.Inactive, licensing.Obsolete} {
		_, _, err := c.here.PutLineItem(t.Context(), c.instance.ID, with(func(l *tenant.LineItem) { l.State = state }))
		refused(t, err, tenant.StateNotPossible, "$.state: "+string(state)+", a line item can only be created as DEPLOYED")
	}
	c.puts(t, act01())
	for _, state := range []licensing.LineItemState{licensing.Inactive, licensing.Deployed, licensing.Obsolete, licensing.Obsolete} {
		c.puts(t, with(func(l *tenant.LineItem) { l.State = state }))
	}
	for _, state := range []licensing.LineItemState{licensing.Inactive, licensing.Deployed} {
		_, _, err := c.there.PutLineItem(t.Context(), c.instance.ID, with(func(l *tenant.LineItem) { l.State = state }))
		refused(t, err, tenant.StateNotPossible, "$.state: the line item is OBSOLETE, which is final, and cannot become "+string(state)+": create a new line item instead")
	}
}

func TestAnActivationIDBelongsToOneInstance(t *testing.T) {
	c := newCustomer(t)
	c.puts(t, act01())
	other := c.creates(t, "Other", "OTHER")
	_, _, err := c.there.PutLineItem(t.Context(), other.ID, act01())
	refused(t, err, tenant.OtherInstance, "$.activationId: ACT01-Elastic belongs to another instance")
	for _, found := range []func() error{
		func() error { _, err := c.here.LineItem(t.Context(), other.ID, "ACT01-Elastic"); return err },
		func() error { return c.here.DeleteLineItem(t.Context(), other.ID, "ACT01-Elastic") },
		func() error { _, err := c.here.Actions(t.Context(), other.ID, "ACT01-Elastic"); return err },
	} {
		refused(t, found(), tenant.LineItemNotFound)
	}
	errs := atOnce(
		func() error {
			_, _, err := c.here.PutLineItem(t.Context(), c.instance.ID, with(func(l *tenant.LineItem) { l.ActivationID = "new" }))
			return err
		},
		func() error {
			_, _, err := c.there.PutLineItem(t.Context(), other.ID, with(func(l *tenant.LineItem) { l.ActivationID = "new" }))
			return err
		},
	)
	if diff := cmp.Diff(map[tenant.Reason]int{"": 1, tenant.OtherInstance: 1}, reasons(errs)); diff != "" {
		t.Errorf("both at once (-want +got):\n%s", diff)
	}
}

func TestWhatIsWrongWithALineItemIsNamed(t *testing.T) {
	c := newCustomer(t)
	limit, negative := int64(1), int64(-1)
	for name, tc := range map[string]struct {
		change func(*tenant.LineItem)
		want   []string
	}{
		"an unknown state":             {func(l *tenant.LineItem) { l.State = "deployed" }, []string{`$.state: "deployed", must be DEPLOYED, INACTIVE or OBSOLETE`}},
		"it ends before it starts":     {func(l *tenant.LineItem) { l.End = l.Start }, []string{"$.start: must be before $.end: a line item is valid from start on and no longer at end"}},
		"no quantity":                  {func(l *tenant.LineItem) { l.Quantity = 0 }, []string{"$.quantity: is missing but it is required"}},
		"a negative quantity":          {func(l *tenant.LineItem) { l.Quantity = -1 }, []string{"$.quantity: -1: should be greater than or equal to 1"}},
		"an enormous quantity":         {func(l *tenant.LineItem) { l.Quantity = 1 << 62 }, nil},
		"no activation id":             {func(l *tenant.LineItem) { l.ActivationID = "" }, []string{"$.activationId: has 0 characters, must have 1 to 128"}},
		"a long activation id":         {func(l *tenant.LineItem) { l.ActivationID = strings.Repeat("x", 129) }, []string{"$.activationId: has 129 characters, must have 1 to 128"}},
		"a long series":                {func(l *tenant.LineItem) { l.RateTableSeries = strings.Repeat("x", 129) }, []string{"$.attributes.rateTableSeries: must have at most 128 characters"}},
		"an unknown overdraft":         {func(l *tenant.LineItem) { l.Overdraft = "Some" }, nil},
		"no limit of an overdraft":     {func(l *tenant.LineItem) { l.Overdraft = licensing.OverdraftNumber }, []string{"$.attributes.overdraftLimit: is missing but it is required: overdraftType is Number"}},
		"a limit without overdraft":    {func(l *tenant.LineItem) { l.OverdraftLimit = &limit }, []string{"$.attributes.overdraftLimit: must be left out: it is used only with overdraftType Number"}},
		"a negative limit":             {func(l *tenant.LineItem) { l.Overdraft, l.OverdraftLimit = licensing.OverdraftNumber, &negative }, []string{"$.attributes.overdraftLimit: -1: should be greater than or equal to 0"}},
		"the id of another instance":   {func(l *tenant.LineItem) { l.InstanceID = "x" }, []string{`$.instanceId: "x", must be that of the path, ` + c.instance.ID + `, or left out`}},
		"a time before there were any": {func(l *tenant.LineItem) { l.Start = time.UnixMilli(-1 << 60).UTC() }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			for range 2 { // to create, then to replace
				_, _, err := c.here.PutLineItem(t.Context(), c.instance.ID, with(tc.change))
				refused(t, err, tenant.Invalid)
			}
			_, _, err := c.here.PutLineItem(t.Context(), c.instance.ID, with(tc.change))
			refused(t, err, tenant.Invalid, tc.want...)
		})
	}
	if listed := must[[]tenant.LineItem](t)(c.here.LineItems(t.Context(), c.instance.ID)); len(listed) != 0 {
		t.Errorf("created all the same: %v", listed)
	}
}

func TestHostileActivationIDsNameOneLineItemOnly(t *testing.T) {
	c := newCustomer(t)
	ids := []string{"../../x", "a,b=c", `a\b`, "a!=b", "ü ☃", "%2F", "a b", `"{}[]`, "a=b,spec.instanceRef.name=x", "a\nb"}
	for _, id := range ids {
		c.puts(t, with(func(l *tenant.LineItem) { l.ActivationID = id }))
	}
	for _, id := range ids {
		if got := must[tenant.LineItem](t)(c.there.LineItem(t.Context(), c.instance.ID, id)); got.ActivationID != id {
			t.Errorf("%q: got %q", id, got.ActivationID)
		}
		noError(t, c.there.DeleteLineItem(t.Context(), c.instance.ID, id))
		_, err := c.here.LineItem(t.Context(), c.instance.ID, id)
		refused(t, err, tenant.LineItemNotFound)
	}
}

func TestALineItemOfKubernetesIsServedAndNotFoughtOver(t *testing.T) {
	c := newCustomer(t)
	name := must[string](t)(c.here.InstanceObject(t.Context(), c.instance.ID))
	spec := strings.NewReplacer("%NAME", name).Replace(`{instanceRef: {name: %NAME}, state: DEPLOYED, quantity: 5, start: "2023-09-27T00:00:00Z",
end: "9999-12-31T23:59:59.999Z", elastic: true, rateTableSeries: PublicationApps}`)
	c.Apply(t, "LineItem", "from-git", spec)
	var object v1alpha1.LineItem
	c.Get(t, "from-git", &object)
	id := string(object.UID)
	want := with(func(l *tenant.LineItem) { l.ActivationID, l.InstanceID, l.Quantity = id, c.instance.ID, 5 })
	if diff := cmp.Diff(want, must[tenant.LineItem](t)(c.there.LineItem(t.Context(), c.instance.ID, id))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// What stands already needs no declaration of REST's own, which Git would be in conflict with later.
	put := want
	if diff := cmp.Diff(want, c.puts(t, put)); diff != "" {
		t.Errorf("put as it is (-want +got):\n%s", diff)
	}
	_, _, err := c.here.PutLineItem(t.Context(), c.instance.ID, tenant.LineItem{
		ActivationID: id, State: licensing.Inactive, Quantity: 6, Start: put.Start, End: put.End, Elastic: true, RateTableSeries: "PublicationApps",
	})
	refused(t, err, tenant.DeclaredElsewhere,
		"$.quantity: is declared by gitops in Kubernetes: change it there, or take it out of that declaration first",
		"$.state: is declared by gitops in Kubernetes: change it there, or take it out of that declaration first")
	put.RateTableSeries = ""
	_, _, err = c.here.PutLineItem(t.Context(), c.instance.ID, put)
	refused(t, err, tenant.DeclaredElsewhere,
		"$.attributes.rateTableSeries: is declared by gitops in Kubernetes: change it there, or take it out of that declaration first")
	refused(t, c.here.DeleteLineItem(t.Context(), c.instance.ID, id), tenant.DeclaredElsewhere)

	// A field that Git says nothing about is REST's.
	want.Overdraft = licensing.OverdraftUnlimited
	if diff := cmp.Diff(want, c.puts(t, want)); diff != "" {
		t.Errorf("with an overdraft (-want +got):\n%s", diff)
	}
	c.Apply(t, "LineItem", "from-git", strings.Replace(spec, "quantity: 5", "quantity: 9", 1))
	want.Quantity, want.Overdraft = 9, licensing.OverdraftNone
	if diff := cmp.Diff(want, c.puts(t, want)); diff != "" {
		t.Errorf("after Git changed it (-want +got):\n%s", diff)
	}
}

func TestWhatAPersonChangedByHandIsTheirs(t *testing.T) {
	c := newCustomer(t)
	c.puts(t, act01())
	object := c.object(t, "ACT01-Elastic")
	noError(t, c.Client.Patch(t.Context(), object, client.RawPatch(types.MergePatchType, []byte(`{"spec":{"quantity":7}}`)), client.FieldOwner("kubectl-edit")))
	_, _, err := c.here.PutLineItem(t.Context(), c.instance.ID, act01())
	refused(t, err, tenant.DeclaredElsewhere, "$.quantity: is declared by kubectl-edit in Kubernetes: change it there, or take it out of that declaration first")
	c.puts(t, with(func(l *tenant.LineItem) { l.Quantity, l.State = 7, licensing.Inactive }))
	refused(t, c.here.DeleteLineItem(t.Context(), c.instance.ID, "ACT01-Elastic"), tenant.DeclaredElsewhere)
}

func TestALineItemIsDeletedInAnyState(t *testing.T) {
	c := newCustomer(t)
	for _, state := range []licensing.LineItemState{licensing.Deployed, licensing.Inactive, licensing.Obsolete} {
		c.puts(t, act01())
		c.puts(t, with(func(l *tenant.LineItem) { l.State = state }))
		noError(t, c.there.DeleteLineItem(t.Context(), c.instance.ID, "ACT01-Elastic"))
		refused(t, c.here.DeleteLineItem(t.Context(), c.instance.ID, "ACT01-Elastic"), tenant.LineItemNotFound)
	}
}

func TestTheOlderOfTwoLineItemsWithAnActivationIDStands(t *testing.T) {
	c := newCustomer(t)
	c.puts(t, act01())
	time.Sleep(1100 * time.Millisecond)
	other := c.creates(t, "Other", "OTHER")
	name := must[string](t)(c.here.InstanceObject(t.Context(), other.ID))
	c.Apply(t, "LineItem", "twice", `{instanceRef: {name: `+name+`}, activationID: ACT01-Elastic, state: DEPLOYED, quantity: 5, start: "2023-09-27T00:00:00Z", end: "2100-09-27T00:00:00Z", elastic: true}`)
	cluster.Eventually(t, "the informers to show both", func(ctx context.Context) error {
		if listed, err := c.there.LineItems(ctx, other.ID); err != nil || len(listed) != 0 {
			return fmt.Errorf("listed %v, %w", listed, err)
		}
		return nil
	})
	_, err := c.there.LineItem(t.Context(), other.ID, "ACT01-Elastic")
	refused(t, err, tenant.LineItemNotFound)
}
