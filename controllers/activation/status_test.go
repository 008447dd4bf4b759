package activation

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// input is that of a client with a token, after a change.
func input(change func(*Input)) Input {
	object := &v1alpha1.Activation{
		ObjectMeta: metav1.ObjectMeta{Name: "laptop", Namespace: "shop", UID: "uid", Generation: 3},
		Spec:       v1alpha1.ActivationSpec{LineItemRef: v1alpha1.LineItemReference{Name: "license"}, ClientID: "device-1"},
	}
	license := &allotment.License{
		Name: "license", Found: true, State: v1alpha1.LineItemDeployed, Validity: kubestore.Validity{IsActive: true},
		Standing: true, InstanceFound: true, Account: ledger.AccountID{Namespace: "shop", Name: "acme"},
		Terms: kubestore.LicenseTerms{TokenLimit: new(int32(2))},
	}
	in := Input{Object: object, License: license, Token: true, Now: now}
	if change != nil {
		change(&in)
	}
	return in
}

func TestStatus(t *testing.T) {
	both := func(other, text string) []string { return []string{"Ready=False " + text, other + "=True " + text} }
	full := (&pass{license: input(nil).License}).full()
	older := &v1alpha1.Activation{ObjectMeta: metav1.ObjectMeta{Name: "first"}, Spec: v1alpha1.ActivationSpec{LineItemRef: v1alpha1.LineItemReference{Name: "other"}}}
	for name, test := range map[string]struct {
		in   Input
		want []string
	}{
		"who has a token is ready": {input(nil), []string{"Ready=True Activated the client has a token of line item license"}},
		"when others have them all, it is said how many there are": {
			input(func(in *Input) { in.Token, in.Refusal = false, full }),
			both("Stalled", "TokenLimitReached line item license has a tokenLimit of 2, and other clients have them: 1 token asked for, none free"),
		},
		"of two objects for one client the older stands": {
			input(func(in *Input) { in.Token, in.Standing = false, older }),
			both("Stalled", "DuplicateClient activation first of line item other, which is older, is client device-1 of the product already"),
		},
		"a license that is switched off is of no use": {
			input(func(in *Input) { in.License.State, in.License.Validity.IsActive = v1alpha1.LineItemInactive, false }),
			both("Stalled", "LicenseNotValid line item license is INACTIVE"),
		},
		"a license that is missing is waited for": {
			input(func(in *Input) { in.License.Found = false }), both("Reconciling", "LineItemNotFound line item license does not exist"),
		},
		"a ledger that cannot decide has not refused": {
			input(func(in *Input) { in.Token, in.Health = false, allotment.Unavailable }),
			both("Reconciling", "LedgerUnavailable the account of the instance cannot be read at the moment; it is tried again"),
		},
		"who was not decided about waits": {
			input(func(in *Input) { in.Token = false }),
			both("Reconciling", "LedgerUnavailable the account of the instance cannot be read at the moment; it is tried again"),
		},
		"a halted ledger stalls": {
			input(func(in *Input) { in.Health = allotment.Halted }),
			both("Stalled", "LedgerNotHealthy the account of instance acme is not in order, nothing is given: its condition LedgerHealthy says why"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Status(test.in)
			var conditions []string
			for _, c := range got.Conditions {
				conditions = append(conditions, fmt.Sprintf("%s=%s %s %s", c.Type, c.Status, c.Reason, c.Message))
			}
			if diff := cmp.Diff(test.want, conditions); diff != "" {
				t.Errorf("conditions (-want +got):\n%s", diff)
			}
			if got.ObservedGeneration != 3 || got.TokenKey != "" || got.Revision != 0 {
				t.Errorf("status %+v", got)
			}
		})
	}
}
