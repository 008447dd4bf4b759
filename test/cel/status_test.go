package cel

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	acmetav1 "k8s.io/client-go/applyconfigurations/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	ac "github.com/licensing-operator/licensing-operator/api/v1alpha1/applyconfiguration/api/v1alpha1"
)

// ledgerStatus is what the ledger writes of a session that holds the items of the published example.
func ledgerStatus() v1alpha1.SessionLedgerStatus {
	start := metav1.NewMicroTime(time.UnixMicro(1698849852000250).UTC())
	end := metav1.NewMicroTime(start.Add(time.Hour))
	return v1alpha1.SessionLedgerStatus{
		Revision:  1,
		State:     v1alpha1.SessionActive,
		Requester: &v1alpha1.Requester{Type: "user", Value: "LisaBarry", Dictionary: map[string]string{"department": "R&D"}},
		Claim:     &v1alpha1.SessionClaim{Generation: 1, Digest: "sha256:0"},
		Items: []v1alpha1.ChargedItem{{
			Item: "PhotoPrint", Version: "1.0", Count: "10", Tokens: "29.333333",
			LineItems: []v1alpha1.LineItemCharge{{
				ActivationID: "ACT01-Elastic", Rate: "2.933333", Tokens: "29.333333", Series: "PublicationApps", RateTable: "1",
			}},
			Variables: map[string]v1alpha1.Decimal{"quantity": "-2"},
			MetaData:  &apiextensionsv1.JSON{Raw: []byte(`{"job":{"pages":[1,2.5]}}`)},
		}},
		PeriodStart: &start, ChargedUntil: &end, NextChargeTime: &end, LastAutomaticChargeTime: &start,
		HeartbeatDeadline: &end, LastAccessTime: &start,
		Totals: &v1alpha1.SessionTotals{Charged: "29.333333", Refunded: "0"},
	}
}

func createSession(t *testing.T) *v1alpha1.Session {
	t.Helper()
	o := object(t, session)
	typed := &v1alpha1.Session{}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, typed); err != nil {
		t.Fatal(err)
	}
	if err := admin.Create(t.Context(), typed); err != nil {
		t.Fatal(err)
	}
	return typed
}

func TestSessionStatusKeepsWhatTheLedgerWrites(t *testing.T) {
	s := createSession(t)
	s.Status.SessionLedgerStatus = ledgerStatus()
	if err := admin.Status().Update(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	got := &v1alpha1.Session{}
	if err := admin.Get(t.Context(), client.ObjectKeyFromObject(s), got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ledgerStatus(), got.Status.SessionLedgerStatus); diff != "" {
		t.Errorf("the status is another one (-want +got):\n%s", diff)
	}
}

// What the ledger wrote stays when the controller applies its fields, and applying the same again changes nothing.
func TestSessionStatusWritersKeepToTheirFields(t *testing.T) {
	s := createSession(t)
	written := s.DeepCopy()
	written.Status.SessionLedgerStatus = ledgerStatus()
	if err := admin.Status().Patch(t.Context(), written, client.MergeFrom(s)); err != nil {
		t.Fatal(err)
	}
	versions := make([]string, 0, 2)
	for range 2 {
		status := ac.SessionStatus().
			WithObservedGeneration(1).
			WithSessionID(string(s.UID)).
			WithConditions(acmetav1.Condition().
				WithType(v1alpha1.ConditionGranted).WithStatus(metav1.ConditionTrue).WithReason(v1alpha1.ReasonGranted).
				WithMessage("").WithObservedGeneration(1).WithLastTransitionTime(metav1.Unix(1698849852, 0)))
		apply := ac.Session(s.Name, s.Namespace).WithStatus(status)
		if err := admin.Status().Apply(t.Context(), apply, client.FieldOwner("session"), client.ForceOwnership); err != nil {
			t.Fatal(err)
		}
		got := &v1alpha1.Session{}
		if err := admin.Get(t.Context(), client.ObjectKeyFromObject(s), got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(ledgerStatus(), got.Status.SessionLedgerStatus); diff != "" {
			t.Errorf("the controller changed what the ledger wrote (-want +got):\n%s", diff)
		}
		if got.Status.SessionID != string(s.UID) || len(got.Status.Conditions) != 1 {
			t.Errorf("the controller's fields are %+v", got.Status)
		}
		versions = append(versions, got.ResourceVersion)
	}
	if versions[0] != versions[1] {
		t.Errorf("applying the same again wrote: %v", versions)
	}
}

// An object that lives through an update by Go holds what its author wrote; a generation that went up would be a new
// request.
func TestGoUpdatesKeepTheGeneration(t *testing.T) {
	for _, text := range []string{"", "[]"} {
		o := object(t, session, set("spec.heartbeatTime", `"2026-11-21T14:44:12.25Z"`))
		if text != "" {
			set("spec.requestedItems", text)(t, o)
		}
		if err := admin.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		s := &v1alpha1.Session{}
		if err := admin.Get(t.Context(), client.ObjectKeyFromObject(o), s); err != nil {
			t.Fatal(err)
		}
		s.Finalizers = append(s.Finalizers, v1alpha1.SessionFinalizer)
		if err := admin.Update(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		if s.Generation != 1 {
			t.Errorf("the generation of a session with requestedItems %q went up to %d", text, s.Generation)
		}
		if text == "[]" && s.Spec.RequestedItems == nil {
			t.Error("the empty list went away")
		}
	}
}
