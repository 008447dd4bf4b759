package integration

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

var denials = []story{
	{"what users list again is refused and recorded again", refusedUsers},
	{"what is changed of clients without a token is refused and recorded again", refusedClients},
}

// refusals wants so many denials of each on record.
func refusals(t *testing.T, p cluster.Producer, when string, want map[string]int) {
	t.Helper()
	cluster.Eventually(t, "the denials "+when, func(context.Context) error {
		got := map[string]int{}
		for _, transaction := range usage.Transactions(p.Account()) {
			if transaction.IsDenial() {
				got[transaction.About.Name]++
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("(-want +got):\n%s", diff)
		}
		return nil
	})
}

// One of the two who want ann's desk is refused it by the ledger, the other one because of that.
func refusedUsers(t *testing.T, p cluster.Producer) {
	opensOffice(t, p, 1, 1, "ann", "bob", "cid")
	lists := func(user, rest string, denied int) {
		t.Helper()
		p.Apply(t, "UserProvisioning", user, fmt.Sprintf("{lineItemRef: {name: office}, userID: %s@example.com, active: true%s}", user, rest))
		cluster.Eventually(t, "the status of "+user, func(ctx context.Context) error {
			var named v1alpha1.UserProvisioning
			if err := p.Read(ctx, user, &named); err != nil {
				return err
			}
			if named.Status.ObservedGeneration != named.Generation || len(named.Status.Denied) != denied {
				return fmt.Errorf("generation %d, status %+v", named.Generation, named.Status)
			}
			return nil
		})
	}
	both := func(rest string, denied int) {
		t.Helper()
		lists("bob", rest, denied)
		lists("cid", rest, denied)
	}
	lists("ann", ", limitations: [desks]", 0)
	hasUnit(t, p, "ann", v1alpha1.HoldingOriginSpec)
	both(", limitations: [desks]", 1)
	refusals(t, p, "of what is listed", map[string]int{"bob": 1, "cid": 1})
	both("", 0)
	both(", limitations: [desks]", 1)
	refusals(t, p, "of what is listed again", map[string]int{"bob": 2, "cid": 2})
	both(", limitations: [desks], name: Somebody", 1)
	refusals(t, p, "of what is listed still", map[string]int{"bob": 3, "cid": 3})
	checkInvariants(t, p)
}

func refusedClients(t *testing.T, p cluster.Producer) {
	p.Sells(t, 1)
	p.Apply(t, "LineItem", "office", fmt.Sprintf(office, 1)+"\ntokenLimit: 1")
	is := func(client, rest, reason string) {
		t.Helper()
		p.Apply(t, "Activation", client, fmt.Sprintf("{lineItemRef: {name: office}, clientID: %s%s}", client, rest))
		cluster.Eventually(t, "the status of "+client, func(ctx context.Context) error {
			var activation v1alpha1.Activation
			if err := p.Read(ctx, client, &activation); err != nil {
				return err
			}
			ready := meta.FindStatusCondition(activation.Status.Conditions, v1alpha1.ConditionReady)
			if ready == nil || ready.ObservedGeneration != activation.Generation || ready.Reason != reason {
				return fmt.Errorf("generation %d, status %+v", activation.Generation, activation.Status)
			}
			return nil
		})
	}
	is("first", "", v1alpha1.ReasonActivated)
	for _, client := range []string{"second", "third"} {
		is(client, "", v1alpha1.ReasonTokenLimitReached)
	}
	refusals(t, p, "of who has come", map[string]int{"second": 1, "third": 1})
	for _, client := range []string{"second", "third"} {
		is(client, ", clientName: Desktop", v1alpha1.ReasonTokenLimitReached)
	}
	refusals(t, p, "of who has changed", map[string]int{"second": 2, "third": 2})
	checkInvariants(t, p)
}
