package access

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/instance"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// The operator's own words are read.
func TestTheIncidentIsTheOneThatTheOperatorReports(t *testing.T) {
	for _, id := range []string{"missing-38", "behind-29-38", "tampered-39-rebuilt", "forked-4-abcdef01", "foreign-4-abcdef01", "tampered-0-"} {
		object := &v1alpha1.Instance{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "acme"}}
		object.Status = instance.Status(instance.Input{Instance: object, Incident: &ledger.Incident{ID: id, Message: "something is wrong"}})
		if got, _, halted := Incident(object); got != id || !halted {
			t.Errorf("%q, halted %t, want %q", got, halted, id)
		}
	}
	object := &v1alpha1.Instance{}
	for what, account := range map[string]*ledger.Snapshot{"a passing failure": nil, "an account in order": {Sequence: 1}} {
		object.Status = instance.Status(instance.Input{Instance: object, Account: account})
		if id, _, halted := Incident(object); halted {
			t.Errorf("%s counts as incident %q", what, id)
		}
	}
}
