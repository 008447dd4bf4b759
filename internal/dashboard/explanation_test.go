package dashboard

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// secrets are what a customer must not read: what messages say, and where the operator is.
var secrets = []string{"globex-tokens", "db-7.internal", "account.shop.globex", "9.5 MiB", "mindy", operatorNamespace}

const operatorNamespace = "licensing-of-all"

func talkative(kind, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: reason, Message: message, LastTransitionTime: metav1.NewTime(began)}
}

// objects are what informers know.
type objects struct {
	client.Reader

	instance v1alpha1.Instance
	item     v1alpha1.LineItem
	user     v1alpha1.UserProvisioning
}

func (o objects) List(_ context.Context, list client.ObjectList, _ ...client.ListOption) error {
	switch list := list.(type) {
	case *v1alpha1.InstanceList:
		list.Items = []v1alpha1.Instance{o.instance}
	case *v1alpha1.LineItemList:
		list.Items = []v1alpha1.LineItem{o.item}
	case *v1alpha1.UserProvisioningList:
		list.Items = []v1alpha1.UserProvisioning{o.user}
	default:
		return fmt.Errorf("%T was not expected", list)
	}
	return nil
}

// shop is an instance of which every object says more than its customer may know.
func shop() *Reader {
	instance := &v1alpha1.Instance{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "acme", UID: "u-1"}}
	instance.Spec.ShortName = "ACME"
	instance.Status.Conditions = []metav1.Condition{
		talkative(v1alpha1.ConditionLedgerHealthy, v1alpha1.ReasonHashChainBroken, "the content is that of account.shop.globex"),
		talkative(v1alpha1.ConditionUsageRecorded, v1alpha1.ReasonStoreUnavailable, "those of all instances take 9.5 MiB: cannot connect to db-7.internal"),
		talkative("Unheard", "OfThisReason", "globex-tokens"),
	}
	item := &v1alpha1.LineItem{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "acme-tokens", UID: "u-2"}}
	item.Spec.InstanceRef.Name = "acme"
	item.Status.Conditions = []metav1.Condition{talkative(v1alpha1.ConditionActive, v1alpha1.ReasonDuplicateID, "globex-tokens, which is older, has the activation id already")}
	item.Status.Limitations = []v1alpha1.LimitationStatus{{ID: "backup"}}
	user := &v1alpha1.UserProvisioning{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "lisa", UID: "u-3"}}
	user.Spec.LineItemRef.Name, user.Spec.UserID, user.Spec.Active = "acme-tokens", "lisa", new(true)
	user.Status.Conditions = []metav1.Condition{talkative(v1alpha1.ConditionActive, v1alpha1.ReasonDuplicateUser, "mindy")}
	user.Status.Denied = []v1alpha1.DeniedLimitation{{LimitationID: "backup", Reason: v1alpha1.ReasonLimitReached, Message: "mindy"}}
	objects := objects{instance: *instance, item: *item, user: *user}
	return &Reader{OperatorNamespace: operatorNamespace, Cached: objects, Store: kubestore.New(kubestore.Options{Cached: objects}), Clock: clock.RealClock{}}
}

func read(t *testing.T, query Query) (Overview, string) {
	t.Helper()
	query.Namespace, query.Users = "shop", true
	overview, err := shop().Overview(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(overview)
	if err != nil {
		t.Fatal(err)
	}
	return overview, string(text)
}

func TestTheProducerReadsMessagesAsTheyAre(t *testing.T) {
	_, text := read(t, Query{FullMessages: true})
	for _, secret := range secrets {
		if !strings.Contains(text, secret) {
			t.Errorf("%q is missing in %s", secret, text)
		}
	}
}

func TestACustomerReadsTheReasonAndAFixedTextForIt(t *testing.T) {
	overview, text := read(t, Query{})
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in %s", secret, text)
		}
	}
	acme := overview.Instances[0]
	if diff := cmp.Diff(Ledger{
		Healthy: "False", Reason: "HashChainBroken", Message: "the account was altered, and nothing is charged; ask the producer",
	}, acme.Ledger); diff != "" {
		t.Errorf("ledger (-want +got):\n%s", diff)
	}
	unheard := Condition{Type: "Unheard", Status: "False", Reason: "OfThisReason", Message: "ask the producer", Since: began}
	if diff := cmp.Diff(unheard, acme.Conditions[2]); diff != "" {
		t.Errorf("a reason without a text of its own (-want +got):\n%s", diff)
	}
	for what, test := range map[string]struct{ got, want string }{
		"line item":  {acme.LineItems[0].Conditions[0].Message, explanations["DuplicateID"]},
		"seat":       {acme.LineItems[0].License.WaitingSeat[0].Message, explanations["DuplicateUser"]},
		"limitation": {acme.LineItems[0].License.Limitations[0].Waiting[0].Message, explanations["LimitReached"]},
	} {
		if test.got != test.want || test.want == "" {
			t.Errorf("%s: %q, want %q", what, test.got, test.want)
		}
	}
}

// Before anybody has looked there is no reason, and nothing to explain.
func TestWhatHasNoReasonHasNoMessage(t *testing.T) {
	instance := Instance{LineItems: []LineItem{{}}}
	instance.explain()
	if instance.Ledger != (Ledger{}) {
		t.Errorf("%+v", instance.Ledger)
	}
}
