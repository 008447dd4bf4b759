package restusage

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sync/errgroup"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// Everybody who waits was refused, not only the one who comes first: that is what a producer looks at who wants to sell more.
func TestEverybodyWhoWaitsIsRecordedOnce(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "waiting", 1)
	p.Apply(t, "LineItem", "team", fmt.Sprintf(`
instanceRef: {name: %s}
activationID: %s-TEAM
displayName: Team
state: DEPLOYED
start: "2023-09-27T00:00:00Z"
end: "9999-12-31T23:59:59Z"
elastic: false
product: Studio
userLimit: 2
limitations: [{id: backup, name: Backup, limit: 1, userProvisioning: true, resetMode: Never}]`, p.customers[0].name, p.Namespace))
	for i := range 6 {
		p.Apply(t, "UserProvisioning", fmt.Sprint("user-", i), fmt.Sprintf("{lineItemRef: {name: team}, userID: user-%d, name: User, active: true, limitations: [backup]}", i))
	}
	want := map[string]int{}
	served := p.told(t, 6, want)
	p.denied(t, want)

	// The unit goes to who waits for it, the seat to somebody who then waits for a unit. Nobody else was asked again.
	if err := p.Client.Delete(t.Context(), served); err != nil {
		t.Fatal(err)
	}
	p.told(t, 5, want)
	p.denied(t, want)
}

// As many as come at once wait at once, and they are more than the account has room for.
func TestHoweverManyWaitTheyAreAllRecorded(t *testing.T) {
	t.Parallel()
	p := newProducer(t, "crowd", 1)
	const users = 600
	want := map[string]int{}
	var creating errgroup.Group
	creating.SetLimit(16)
	for i := range users {
		creating.Go(func() error {
			return p.Client.Create(t.Context(), &v1alpha1.UserProvisioning{
				ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: fmt.Sprint("user-", i)},
				Spec: v1alpha1.UserProvisioningSpec{
					LineItemRef: v1alpha1.LineItemReference{Name: "club"}, UserID: fmt.Sprint("user-", i), Name: "User", Active: ptr.To(true),
				},
			})
		})
	}
	if err := creating.Wait(); err != nil {
		t.Fatal(err)
	}
	p.Apply(t, "LineItem", "club", fmt.Sprintf(`
instanceRef: {name: %s}
activationID: %s-CLUB
displayName: Club
state: DEPLOYED
start: "2023-09-27T00:00:00Z"
end: "9999-12-31T23:59:59Z"
elastic: false
product: Studio
userLimit: 1`, p.customers[0].name, p.Namespace))
	cluster.Eventually(t, "one to have a seat and all others to be refused", func(ctx context.Context) error {
		var list v1alpha1.UserProvisioningList
		if err := p.Client.List(ctx, &list, client.InNamespace(p.Namespace)); err != nil {
			return err
		}
		clear(want)
		seated := 0
		for _, user := range list.Items {
			if user.Status.Seat != nil {
				seated++
			}
			if meta.IsStatusConditionFalse(user.Status.Conditions, v1alpha1.ConditionActive) {
				want[user.Spec.UserID+" "+v1alpha1.ReasonUserLimitReached] = 1
			}
		}
		if seated != 1 || len(want) != users-1 {
			return fmt.Errorf("%d have a seat and %d are refused", seated, len(want))
		}
		return nil
	})
	p.denied(t, want)
}

// told waits until one of the users has the unit, one a seat alone, and the others nothing. It gives the first, and adds what
// the others are refused.
func (p *producer) told(t *testing.T, users int, refused map[string]int) (served *v1alpha1.UserProvisioning) {
	t.Helper()
	cluster.Eventually(t, "all users to be served or refused", func(ctx context.Context) error {
		var list v1alpha1.UserProvisioningList
		if err := p.Client.List(ctx, &list, client.InNamespace(p.Namespace)); err != nil {
			return err
		}
		now, reasons := map[string]int{}, map[string]int{}
		for i, user := range list.Items {
			switch denied := user.Status.Denied; {
			case len(denied) == 1:
				now[user.Spec.UserID+" "+denied[0].Reason] = 1
				reasons[denied[0].Reason]++
			case user.Status.Granted != "":
				served = &list.Items[i]
				reasons["granted"]++
			}
		}
		if diff := cmp.Diff(map[string]int{"granted": 1, v1alpha1.ReasonLimitReached: 1, v1alpha1.ReasonUserLimitReached: users - 2}, reasons); diff != "" {
			return fmt.Errorf("(-want +got):\n%s", diff)
		}
		maps.Copy(refused, now)
		return nil
	})
	return served
}

// denied waits until as many denials of each user for each reason are recorded.
func (p *producer) denied(t *testing.T, want map[string]int) {
	t.Helper()
	cluster.Eventually(t, "the denials", func(ctx context.Context) error {
		answer, _, err := p.try(ctx, "GET", "/usage/v1/aggregates?kind=Denial&by=requester,reason", system.Admin.AdminToken(), "", 200)
		if err != nil {
			return err
		}
		var sums struct {
			Buckets []struct {
				Key     [2]string
				Records int
			}
		}
		if err := json.Unmarshal(answer, &sums); err != nil {
			return err
		}
		got := map[string]int{}
		for _, bucket := range sums.Buckets {
			got[bucket.Key[0]+" "+bucket.Key[1]] = bucket.Records
		}
		if diff := cmp.Diff(want, got); diff != "" {
			return fmt.Errorf("(-want +got):\n%s", diff)
		}
		return nil
	})
}
