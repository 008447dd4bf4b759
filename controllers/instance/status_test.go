package instance

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func instanceOf(uid string, created time.Duration, said *bool) *v1alpha1.Instance {
	return &v1alpha1.Instance{
		ObjectMeta: metav1.ObjectMeta{Name: uid, Namespace: "shop", UID: types.UID(uid), CreationTimestamp: metav1.NewTime(now.Add(created)), Generation: 1},
		Spec:       v1alpha1.InstanceSpec{AccountID: "ACME", Default: said},
	}
}

func TestDefault(t *testing.T) {
	yes, no := new(true), new(false)
	for name, test := range map[string]struct {
		instance *v1alpha1.Instance
		others   []*v1alpha1.Instance
		want     bool
	}{
		"the only one is the default":               {instanceOf("a", 0, nil), nil, true},
		"what the spec says wins":                   {instanceOf("a", 0, no), nil, false},
		"the oldest is the default":                 {instanceOf("a", 0, nil), []*v1alpha1.Instance{instanceOf("b", time.Second, nil)}, true},
		"a younger one is not":                      {instanceOf("b", time.Second, nil), []*v1alpha1.Instance{instanceOf("a", 0, nil)}, false},
		"at the same second the uid decides":        {instanceOf("b", 0, nil), []*v1alpha1.Instance{instanceOf("a", 0, nil)}, false},
		"where another says true the oldest is not": {instanceOf("a", 0, nil), []*v1alpha1.Instance{instanceOf("b", time.Second, yes)}, false},
		"one that says false does not stand for it": {instanceOf("b", time.Second, nil), []*v1alpha1.Instance{instanceOf("a", 0, no)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			in := Input{Instance: test.instance, OfAccount: append(test.others, test.instance), Now: now}
			if got := *Status(in).Default; got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestTheCustomerOfAnAccountHasOneID(t *testing.T) {
	idOf := func(uid, accountID string) string {
		instance := instanceOf(uid, 0, nil)
		instance.Spec.AccountID = accountID
		return Status(Input{Instance: instance, Now: now}).CustomerID
	}
	const id = "8f14e45f-ceea-467f-ab3a-2e5f7c1d0b11"
	if got := idOf("a", id); got != id {
		t.Errorf("an account id that is a UUID gives %s", got)
	}
	derived := idOf("a", "ACME")
	if _, err := uuid.Parse(derived); err != nil || derived != idOf("b", "ACME") || derived == idOf("a", "acme") {
		t.Errorf("account ACME has the customer id %q, of its second instance %q", derived, idOf("b", "ACME"))
	}
}

func TestTokensSumUpWhatCanBeChargedNow(t *testing.T) {
	item := func(id string, quantity int64, edit func(*licensing.LineItem)) licensing.LineItem {
		lineItem := licensing.LineItem{
			ActivationID: id, State: licensing.Deployed, Quantity: licensing.Tokens(quantity) * licensing.Token, Elastic: true,
			Start: now.Add(-time.Hour), End: now.Add(time.Hour),
		}
		edit(&lineItem)
		return lineItem
	}
	plain := item("plain", 100, func(*licensing.LineItem) {})
	overdraft := item("overdraft", 10, func(l *licensing.LineItem) {
		l.Overdraft = licensing.Overdraft{Type: licensing.OverdraftNumber, Limit: 5 * licensing.Token}
	})
	in := Input{
		Instance: instanceOf("a", 0, nil), Now: now, LineItems: 5, ActiveSessions: 2, IdleSessions: 1,
		Account: &ledger.Snapshot{Sequence: 7, Hash: "abc", Time: now, Usage: licensing.Usage{
			"plain": 40*licensing.Token + 500_000, "overdraft": 12 * licensing.Token, "ended": 9 * licensing.Token,
		}},
		Catalog: licensing.Catalog{LineItems: []licensing.LineItem{
			plain, overdraft,
			item("ended", 1000, func(l *licensing.LineItem) { l.End = now }),
			item("inactive", 1000, func(l *licensing.LineItem) { l.State = licensing.Inactive }),
			item("users", 1, func(l *licensing.LineItem) { l.Elastic = false }),
		}},
	}
	got := Status(in)
	want := &v1alpha1.InstanceTokens{Entitled: "110", Used: "52.5", Available: "62.5", Unlimited: new(false)}
	if diff := cmp.Diff(want, got.Tokens); diff != "" {
		t.Errorf("tokens (-want +got):\n%s", diff)
	}
	if *got.LiveSessions.Active != 2 || *got.LiveSessions.Idle != 1 || *got.LineItems != 5 {
		t.Errorf("sessions %v, line items %d", got.LiveSessions, *got.LineItems)
	}
	if got.Conditions[0].Message != "2 of 5 line items can be charged now" {
		t.Errorf("Ready: %s", got.Conditions[0].Message)
	}
	in.Catalog.LineItems = append(in.Catalog.LineItems, item("free", 1, func(l *licensing.LineItem) { l.Overdraft.Type = licensing.OverdraftUnlimited }))
	want = &v1alpha1.InstanceTokens{Entitled: "111", Used: "52.5", Unlimited: new(true)}
	if diff := cmp.Diff(want, Status(in).Tokens); diff != "" {
		t.Errorf("tokens with an unlimited overdraft (-want +got):\n%s", diff)
	}
}

func TestAnAccountThatIsNotInOrderNeverReplacesWhatIsRemembered(t *testing.T) {
	remembered := v1alpha1.InstanceStatus{
		Ledger: &v1alpha1.LedgerStatus{Account: "account.shop.acme", Sequence: new(int64(9)), Hash: "abc"},
		Tokens: &v1alpha1.InstanceTokens{Entitled: "100", Used: "30", Available: "70"},
	}
	const accept = "lost. Nothing is charged until ConfigMap account.shop.acme is put back as it was, or what is there now is accepted (of a missing account nothing: all tokens become available again) with: " +
		"kubectl annotate instance acme -n shop licensing-operator.dev/accept-ledger=%s --overwrite"
	for incident, want := range map[string]string{
		"missing-9":          "Stalled=True AccountMissing " + fmt.Sprintf(accept, "missing-9"),
		"behind-5-9":         "Stalled=True SequenceWentBack " + fmt.Sprintf(accept, "behind-5-9"),
		"forked-9-abcdef":    "Stalled=True HashChainBroken " + fmt.Sprintf(accept, "forked-9-abcdef"),
		"tampered-9-abcdef":  "Stalled=True HashChainBroken " + fmt.Sprintf(accept, "tampered-9-abcdef"),
		"tampered-0-":        "Stalled=True AccountUnreadable lost. Nothing is charged until ConfigMap account.shop.acme is put back as it was, or deleted and its loss accepted",
		"no incident at all": "Reconciling=True LedgerUnavailable the account cannot be read at the moment; it is tried again",
	} {
		t.Run(incident, func(t *testing.T) {
			instance := instanceOf("acme", 0, nil)
			in := Input{Instance: instance, Remembered: remembered, Now: now}
			if incident != "no incident at all" {
				in.Incident = &ledger.Incident{ID: incident, Message: "lost"}
			}
			got := Status(in)
			if c := got.Conditions[1]; fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message) != want {
				t.Errorf("got %v, want %s", c, want)
			}
			if diff := cmp.Diff(remembered.Ledger, got.Ledger); diff != "" {
				t.Errorf("ledger (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(remembered.Tokens, got.Tokens); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
		})
	}
}
