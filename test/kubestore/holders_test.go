package kubestore

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

// licenses are line items of one instance with their users.
type licenses struct {
	*testing.T
	harness
	id ledger.AccountID
}

// license makes a license that ends so many years from now, for so many holders of "api".
func (l licenses) license(name string, years int, limit int64, change func(*v1alpha1.LineItem)) {
	l.Helper()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	lineItem := &v1alpha1.LineItem{
		ObjectMeta: metav1.ObjectMeta{Namespace: l.id.Namespace, Name: name},
		Spec: v1alpha1.LineItemSpec{
			InstanceRef: v1alpha1.LocalInstanceReference{Name: l.id.Name}, ActivationID: name + "-id", State: v1alpha1.LineItemDeployed,
			Start: v1alpha1.NewTime(start), End: v1alpha1.NewTime(start.AddDate(years, 0, 0)), Elastic: new(false), Product: "product",
			Limitations: []v1alpha1.Limitation{
				{ID: "api", Limit: &limit, UserProvisioning: new(true), ResetMode: v1alpha1.ResetNever},
				{ID: "calls", ResetMode: v1alpha1.ResetNever},
			},
		},
	}
	if change != nil {
		change(lineItem)
	}
	must(l, l.Client.Create(l.Context(), lineItem))
}

func (l licenses) userOf(name, lineItem, userID string) *v1alpha1.UserProvisioning {
	l.Helper()
	user := &v1alpha1.UserProvisioning{
		ObjectMeta: metav1.ObjectMeta{Namespace: l.id.Namespace, Name: name},
		Spec: v1alpha1.UserProvisioningSpec{
			LineItemRef: v1alpha1.LineItemReference{Name: lineItem}, UserID: userID, Active: new(true), Name: "of " + lineItem,
		},
	}
	must(l, l.Client.Create(l.Context(), user))
	return user
}

// found is what the tests look at.
type found struct {
	User    string
	License string
	Limits  string
}

func (l licenses) holders(ctx context.Context, userID string, fresh bool) (all []found, err error) {
	holders, err := l.Store().Holders(ctx, l.id, licensing.Requester{Type: "user", Value: userID}, fresh)
	for _, holder := range holders {
		limits := ""
		for _, limitation := range holder.License.Limitations {
			limits += fmt.Sprint(limitation.ID, " ", *limitation.Limit, " ")
		}
		all = append(all, found{holder.User.Name, fmt.Sprint(holder.License.LineItem.ActivationID, " ", holder.License.LineItem.State), limits})
	}
	return all, err
}

// wants waits for the informers, and looks live at once.
func (l licenses) wants(userID string, want ...found) {
	l.Helper()
	got, err := l.holders(l.Context(), userID, true)
	must(l, err)
	if diff := cmp.Diff(want, got); diff != "" {
		l.Fatalf("live (-want +got):\n%s", diff)
	}
	cluster.Eventually(l, "the informers to know it", func(ctx context.Context) error {
		got, err := l.holders(ctx, userID, false)
		if diff := cmp.Diff(want, got); err == nil && diff != "" {
			err = fmt.Errorf("(-want +got):\n%s", diff)
		}
		return err
	})
}

func TestHoldersAreTheUsersOfTheInstancesLicenses(t *testing.T) {
	h := harness{shared}
	l := licenses{t, h, h.CreateInstance(t)}
	const ann = "ann.o'neil+test@example.com"
	l.wants(ann)
	l.wants("")

	l.license("long", 3, 5, nil)
	l.license("short", 1, 2, nil)
	l.license("others", 1, 7, nil)
	l.license("elsewhere", 1, 7, func(lineItem *v1alpha1.LineItem) { lineItem.Spec.InstanceRef.Name = "another" })
	l.userOf("ann-long", "long", ann)
	l.userOf("bob", "others", "bob")
	l.userOf("ann-elsewhere", "elsewhere", ann)
	l.userOf("ann-nowhere", "nothing", ann)
	l.userOf("ann-upper", "others", "ANN.o'neil+test@example.com")
	long := found{"ann-long", "long-id DEPLOYED", "api 5 "}
	l.wants(ann, long)

	short := l.userOf("ann-short", "short", ann)
	l.wants(ann, found{"ann-short", "short-id DEPLOYED", "api 2 "}, long)
	time.Sleep(1100 * time.Millisecond) // age decides, and creation times are whole seconds
	l.userOf("ann-again", "short", ann)
	l.wants(ann, found{"ann-short", "short-id DEPLOYED", "api 2 "}, long)
	must(t, l.Client.Delete(t.Context(), short))
	l.wants(ann, found{"ann-again", "short-id DEPLOYED", "api 2 "}, long)

	var lineItem v1alpha1.LineItem
	must(t, l.Client.Get(t.Context(), client.ObjectKey{Namespace: l.id.Namespace, Name: "short"}, &lineItem))
	lineItem.Spec.State, lineItem.Spec.Limitations[0].Limit = v1alpha1.LineItemInactive, new(int64(9))
	must(t, l.Client.Update(t.Context(), &lineItem))
	l.wants(ann, found{"ann-again", "short-id INACTIVE", "api 9 "}, long)

	// A second line item with the activation id does not own it.
	time.Sleep(1100 * time.Millisecond)
	l.license("copy", 1, 1000, func(lineItem *v1alpha1.LineItem) { lineItem.Spec.ActivationID = "long-id" })
	l.userOf("zoe", "copy", "zoe")
	cluster.Eventually(t, "the copy to be seen as one", func(ctx context.Context) error {
		got, err := l.holders(ctx, "zoe", true)
		if err == nil && got != nil {
			err = fmt.Errorf("got %v", got)
		}
		return err
	})
}

func TestHoldersHaveTheLimitationsOfTheirEdition(t *testing.T) {
	h := harness{shared}
	l := licenses{t, h, h.CreateInstance(t)}
	product := &v1alpha1.Product{
		ObjectMeta: metav1.ObjectMeta{Namespace: l.id.Namespace, Name: "cad"},
		Spec:       v1alpha1.ProductSpec{DisplayName: "CAD", Limitations: []v1alpha1.ProductLimitation{{ID: "api", Name: "API"}}},
	}
	edition := &v1alpha1.Edition{
		ObjectMeta: metav1.ObjectMeta{Namespace: l.id.Namespace, Name: "gold"},
		Spec: v1alpha1.EditionSpec{
			ProductRef: v1alpha1.ProductReference{Name: "cad"}, DisplayName: "Gold", ProvisioningMode: v1alpha1.ProvisioningNamed, ClientType: v1alpha1.ClientUsers,
			Limitations: []v1alpha1.EditionLimitation{{
				Limitation: v1alpha1.Limitation{ID: "api", Limit: new(int64(4)), UserProvisioning: new(true), ResetMode: v1alpha1.ResetNever}, Adjustable: new(true),
			}},
		},
	}
	madeFrom := func(limitations ...v1alpha1.Limitation) func(*v1alpha1.LineItem) {
		return func(lineItem *v1alpha1.LineItem) {
			lineItem.Spec.Product, lineItem.Spec.EditionRef = "", &v1alpha1.EditionReference{Name: "gold"}
			lineItem.Spec.Limitations = limitations
		}
	}
	l.license("plain", 1, 0, madeFrom())
	l.license("adjusted", 2, 0, madeFrom(v1alpha1.Limitation{ID: "api", Limit: new(int64(6)), ResetMode: v1alpha1.ResetNever}))
	l.userOf("ann-plain", "plain", "ann")
	l.userOf("ann-adjusted", "adjusted", "ann")
	l.wants("ann") // what they grant is not known yet
	must(t, l.Client.Create(t.Context(), product))
	must(t, l.Client.Create(t.Context(), edition))
	l.wants("ann", found{"ann-plain", "plain-id DEPLOYED", "api 4 "}, found{"ann-adjusted", "adjusted-id DEPLOYED", "api 6 "})
}

func TestRequirementsAreThoseOfThePriceList(t *testing.T) {
	table, err := kubestore.RateTable(&v1alpha1.RateTable{Spec: v1alpha1.RateTableSpec{Items: []v1alpha1.RateTableItem{
		{Name: "open", Rate: "1"},
		{Name: "held", Rate: "1", Limitation: &v1alpha1.ItemLimitation{ID: "api"}},
		{Name: "taken", Version: "2", Formula: "price", Limitation: &v1alpha1.ItemLimitation{ID: "api", Provision: new(true)}},
	}}})
	must(t, err)
	want := map[licensing.ItemKey]licensing.Requirement{
		{Name: "held"}: {LimitationID: "api"}, {Name: "taken", Version: "2"}: {LimitationID: "api", Provision: true},
	}
	if diff := cmp.Diff(want, table.Requirements); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
