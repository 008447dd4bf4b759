package integration

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

var rules = []story{
	{"a purchase is divided among departments", dividedPurchase},
}

// claims asks for seats, at a token each, on behalf of somebody in a department.
func claims(t *testing.T, p cluster.Producer, name, department string, seats int) {
	t.Helper()
	p.Apply(t, "Session", name, fmt.Sprintf(`
instanceRef: {name: %s}
requester: {type: user, value: %s, dictionary: {department: %s}}
requestedItems: [{item: Seat, count: %d}]`, cluster.InstanceName, name, department, seats))
}

func isDenied(t *testing.T, p cluster.Producer, name, reason string) {
	t.Helper()
	p.Session(t, name, func(session *v1alpha1.Session) error {
		if got := cluster.Condition(session.Status.Conditions, v1alpha1.ConditionGranted); !strings.HasPrefix(got, "False "+reason+": ") {
			return fmt.Errorf("granted is %q, want it denied with reason %s", got, reason)
		}
		return nil
	})
}

// ruled waits until the line item shows id, used and remaining of each allocation.
func ruled(t *testing.T, p cluster.Producer, want string) {
	t.Helper()
	cluster.Eventually(t, "allocations "+want, func(ctx context.Context) error {
		var lineItem v1alpha1.LineItem
		if err := p.Read(ctx, cluster.LineItemName, &lineItem); err != nil {
			return err
		}
		var rows []string
		for _, row := range lineItem.Status.AccessActions {
			rows = append(rows, fmt.Sprint(row.ID, " ", row.Used, " ", row.Remaining))
		}
		if got := strings.Join(rows, " "); got != want {
			return fmt.Errorf("the line item shows %s, want %s", got, want)
		}
		return nil
	})
}

func dividedPurchase(t *testing.T, p cluster.Producer) {
	p.Sells(t, 200)
	p.Patch(t, cluster.InstanceName, &v1alpha1.Instance{}, `{"spec":{"accessConditions":[
		{"id":"engineering","terms":[{"attribute":"department","operator":"In","values":["Engineering"]}]},
		{"id":"product","terms":[{"attribute":"department","operator":"In","values":["Product Management","Product Marketing"]}]}]}}`)
	p.Patch(t, cluster.LineItemName, &v1alpha1.LineItem{}, `{"spec":{"accessActions":[
		{"id":"a1","conditionID":"engineering","action":"Allow","allocation":150},
		{"id":"a2","conditionID":"product","action":"Allow","allocation":50}]}}`)
	ruled(t, p, "a1 0 150 a2 0 50")

	claims(t, p, "too-many", "Engineering", 151)
	isDenied(t, p, "too-many", v1alpha1.ReasonNotEnoughTokens)
	claims(t, p, "all", "Engineering", 150)
	if got := p.Granted(t, "all").Status.Items[0].LineItems[0].ActionID; got != "a1" {
		t.Errorf("charged under action %q, want a1", got)
	}
	claims(t, p, "one-more", "Engineering", 1)
	isDenied(t, p, "one-more", v1alpha1.ReasonNotEnoughTokens)
	claims(t, p, "marketing", "Product Marketing", 50)
	p.Granted(t, "marketing")
	claims(t, p, "sales", "Sales", 1)
	isDenied(t, p, "sales", v1alpha1.ReasonDeniedByRule)
	p.Claim(t, "nobody", "[{item: Seat, count: 1}]")
	isDenied(t, p, "nobody", v1alpha1.ReasonDeniedByRule)
	ruled(t, p, "a1 150 0 a2 50 0")
	checkInvariants(t, p)
}
