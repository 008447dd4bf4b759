package controllers

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// imported are many users at once, each with a seat and two units: 6,000 transactions.
func imported(t *testing.T) {
	const users, limitations = 2000, 2
	// A commit holds as many transactions as there is room for in the account, and what is written through makes room.
	const mostCommits = 400
	p := newProducer(t, "import")
	p.apply(t, "Instance", "acme", `{accountID: ACME, shortName: Acme}`)
	var license strings.Builder
	license.WriteString("activationID: USERS\nlimitations:\n")
	want := map[string]int64{licensing.SeatID: users}
	var list []string
	for i := range limitations {
		id := fmt.Sprintf("l%d", i)
		fmt.Fprintf(&license, "- {id: %s, limit: %d, userProvisioning: true, resetMode: Never}\n", id, users)
		list, want[id] = append(list, id), users
	}
	p.apply(t, "LineItem", "license", tokens(license.String()))
	sequence := func() int64 {
		snapshot, err := books.Snapshot(t.Context(), ledger.AccountID{Namespace: string(p), Name: "acme"}, true)
		if err != nil {
			t.Fatal(err)
		}
		return snapshot.Sequence
	}
	wait(t, p, "license", &v1alpha1.LineItem{}, "l0 0/2000, l1 0/2000 | 0 active", usage)
	before := sequence()

	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(8)
	for i := range users {
		group.Go(func() error {
			return admin.Create(ctx, &v1alpha1.UserProvisioning{
				ObjectMeta: metav1.ObjectMeta{Namespace: string(p), Name: fmt.Sprintf("u%d", i)},
				Spec: v1alpha1.UserProvisioningSpec{
					LineItemRef: v1alpha1.LineItemReference{Name: "license"}, UserID: fmt.Sprintf("u%d@acme.example", i), Active: new(true), Limitations: list,
				},
			})
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	// Each of them is written to its object, which takes longer than to decide it.
	missing := func() (missing int) {
		var list v1alpha1.UserProvisioningList
		if err := admin.List(t.Context(), &list, client.InNamespace(string(p))); err != nil {
			t.Fatal(err)
		}
		for i := range list.Items {
			if glance(&list.Items[i]) != "Active=True UserActive | l0, l1 | " {
				missing++
			}
		}
		return missing
	}
	for deadline := time.Now().Add(4 * time.Minute); missing() > 0; time.Sleep(2 * time.Second) {
		if time.Now().After(deadline) {
			t.Fatalf("%d users do not show what they hold", missing())
		}
	}
	figures(t, "balances", p.balances(t, "USERS"), want)
	if commits := sequence() - before; commits > mostCommits {
		t.Errorf("%d commits, want at most %d", commits, mostCommits)
	} else {
		t.Logf("%d users took %d commits", users, commits)
	}
	wait(t, p, "license", &v1alpha1.LineItem{}, "l0 2000/2000, l1 2000/2000 | 2000 active", usage)
}
