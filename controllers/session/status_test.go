package session

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

var photoPrint = v1alpha1.RequestedItem{Item: "PhotoPrint", Version: "1.0", Count: "10"}

func sessionWith(state v1alpha1.SessionState, items ...v1alpha1.RequestedItem) *v1alpha1.Session {
	session := &v1alpha1.Session{ObjectMeta: metav1.ObjectMeta{Name: "s", Namespace: "n", UID: "uid", Generation: 3}}
	session.Spec.RequestedItems = items
	session.Status.State = state
	return session
}

func answer(verdict licensing.Verdict, state licensing.SessionState, results ...licensing.ItemResult) *ledger.SessionAnswer {
	return &ledger.SessionAnswer{Outcome: licensing.Outcome{
		Verdict: verdict, Items: results, Next: licensing.Session{State: state, TerminatedReason: licensing.DeniedWithoutRollback},
	}}
}

// word is what a person reads of a condition.
type word struct {
	Status metav1.ConditionStatus
	Reason string
}

func TestStatus(t *testing.T) {
	short := licensing.ItemResult{
		Item: licensing.RequestedItem{Name: "PhotoPrint", Version: "1.0", Count: 10 * licensing.One}, Status: licensing.ItemInsufficientTokens,
		Required: 30 * licensing.Token, Available: 4 * licensing.Token, Message: "item PhotoPrint 1.0: 30 tokens required, 4 available",
	}
	fine := licensing.ItemResult{Item: licensing.RequestedItem{Name: "SignPrint"}, Status: licensing.ItemNotCharged, Message: "not charged"}
	closed := licensing.ItemResult{
		Item: licensing.RequestedItem{Name: "PhotoPrint"}, Status: licensing.ItemDeniedByRule, NextChange: now.Add(time.Hour),
		Message: "item PhotoPrint: denied by the rules of access of line item ACT01: action sales denies it",
	}
	placeless := licensing.ItemResult{
		Item: licensing.RequestedItem{Name: "Desk"}, Status: licensing.ItemUserNotProvisioned, Message: "item Desk: " + strings.Repeat("é", 2000),
	}
	deniedStatus := &v1alpha1.Denial{
		Generation: 3, Digest: "d", Time: &metav1.MicroTime{Time: now}, Reason: v1alpha1.ReasonNotEnoughTokens,
		Items: []v1alpha1.DeniedItem{
			{Item: "PhotoPrint", Version: "1.0", Status: v1alpha1.DeniedItemDenied, Reason: v1alpha1.ReasonNotEnoughTokens, Required: "30", Available: "4", Message: short.Message},
			{Item: "SignPrint", Status: v1alpha1.DeniedItemNotCharged, Reason: "NotCharged", Message: "not charged"},
		},
	}
	tests := map[string]struct {
		observation Observation
		want        map[string]word
		denied      *v1alpha1.Denial
		message     string
	}{
		"a granted claim is ready": {
			observation: Observation{Session: sessionWith("", photoPrint), Answer: answer(licensing.Granted, licensing.Active)},
			want: map[string]word{
				v1alpha1.ConditionGranted: {metav1.ConditionTrue, v1alpha1.ReasonGranted},
				v1alpha1.ConditionReady:   {metav1.ConditionTrue, v1alpha1.ReasonGranted},
			},
		},
		"a denied claim is stalled and says item, required and available": {
			observation: Observation{Session: sessionWith("", photoPrint), Digest: "d", AnsweredAt: now, Answer: answer(licensing.Denied, licensing.Idle, short, fine)},
			want: map[string]word{
				v1alpha1.ConditionGranted: {metav1.ConditionFalse, v1alpha1.ReasonNotEnoughTokens},
				v1alpha1.ConditionReady:   {metav1.ConditionFalse, v1alpha1.ReasonNotEnoughTokens},
				v1alpha1.ConditionStalled: {metav1.ConditionTrue, v1alpha1.ReasonNotEnoughTokens},
			},
			denied: deniedStatus, message: "30 tokens required, 4 available",
		},
		"a claim denied by a rule says which, and when that may change": {
			observation: Observation{Session: sessionWith("", photoPrint), Digest: "d", AnsweredAt: now, Answer: answer(licensing.Denied, licensing.Idle, closed, fine)},
			want: map[string]word{
				v1alpha1.ConditionGranted: {metav1.ConditionFalse, v1alpha1.ReasonDeniedByRule},
				v1alpha1.ConditionReady:   {metav1.ConditionFalse, v1alpha1.ReasonDeniedByRule},
				v1alpha1.ConditionStalled: {metav1.ConditionTrue, v1alpha1.ReasonDeniedByRule},
			},
			denied: &v1alpha1.Denial{
				Generation: 3, Digest: "d", Time: &metav1.MicroTime{Time: now}, Reason: v1alpha1.ReasonDeniedByRule,
				NextChangeTime: &metav1.MicroTime{Time: now.Add(time.Hour)},
				Items: []v1alpha1.DeniedItem{
					{Item: "PhotoPrint", Status: v1alpha1.DeniedItemDenied, Reason: v1alpha1.ReasonDeniedByRule, Message: closed.Message},
					{Item: "SignPrint", Status: v1alpha1.DeniedItemNotCharged, Reason: "NotCharged", Message: "not charged"},
				},
			},
			message: closed.Message,
		},
		"a claim for want of a unit says so, in as many characters as there is room for": {
			observation: Observation{Session: sessionWith("", photoPrint), Digest: "d", AnsweredAt: now, Answer: answer(licensing.Denied, licensing.Idle, placeless)},
			want: map[string]word{
				v1alpha1.ConditionGranted: {metav1.ConditionFalse, v1alpha1.ReasonUserNotProvisioned},
				v1alpha1.ConditionReady:   {metav1.ConditionFalse, v1alpha1.ReasonUserNotProvisioned},
				v1alpha1.ConditionStalled: {metav1.ConditionTrue, v1alpha1.ReasonUserNotProvisioned},
			},
			denied: &v1alpha1.Denial{
				Generation: 3, Digest: "d", Time: &metav1.MicroTime{Time: now}, Reason: v1alpha1.ReasonUserNotProvisioned,
				Items: []v1alpha1.DeniedItem{
					{Item: "Desk", Status: v1alpha1.DeniedItemDenied, Reason: v1alpha1.ReasonUserNotProvisioned, Message: "item Desk: " + strings.Repeat("é", 1024-12) + "…"},
				},
			},
			message: "item Desk: éé",
		},
		"a denial with rollback tells a running session that it goes on": {
			observation: Observation{Session: sessionWith(v1alpha1.SessionActive, photoPrint), Digest: "d", AnsweredAt: now, Answer: answer(licensing.Denied, licensing.Active, short, fine)},
			want: map[string]word{
				v1alpha1.ConditionGranted: {metav1.ConditionFalse, v1alpha1.ReasonNotEnoughTokens},
				v1alpha1.ConditionReady:   {metav1.ConditionFalse, v1alpha1.ReasonNotEnoughTokens},
				v1alpha1.ConditionStalled: {metav1.ConditionTrue, v1alpha1.ReasonNotEnoughTokens},
			},
			denied: deniedStatus, message: "the items granted before stay charged",
		},
		"a denial without rollback ends the session": {
			observation: Observation{Session: sessionWith(v1alpha1.SessionActive, photoPrint), Digest: "d", AnsweredAt: now, Answer: answer(licensing.Denied, licensing.Terminated, short, fine)},
			want: map[string]word{
				v1alpha1.ConditionGranted: {metav1.ConditionFalse, v1alpha1.ReasonTerminated},
				v1alpha1.ConditionReady:   {metav1.ConditionFalse, v1alpha1.ReasonTerminated},
				v1alpha1.ConditionStalled: {metav1.ConditionTrue, v1alpha1.ReasonTerminated},
			},
			denied: deniedStatus, message: "TERMINATED (DeniedWithoutRollback)",
		},
		"a session whose instance is missing waits": {
			observation: Observation{Session: sessionWith("", photoPrint), Obstacle: &Obstacle{v1alpha1.ReasonInstanceNotFound, "there is no Instance n/i", true}},
			want: map[string]word{
				v1alpha1.ConditionGranted:     {metav1.ConditionFalse, v1alpha1.ReasonInstanceNotFound},
				v1alpha1.ConditionReady:       {metav1.ConditionFalse, v1alpha1.ReasonInstanceNotFound},
				v1alpha1.ConditionReconciling: {metav1.ConditionTrue, v1alpha1.ReasonInstanceNotFound},
			},
		},
		"a session of a namespace that is not allowed is stalled": {
			observation: Observation{Session: sessionWith("", photoPrint), Obstacle: &Obstacle{v1alpha1.ReasonNamespaceNotAllowed, "not from here", false}},
			want: map[string]word{
				v1alpha1.ConditionGranted: {metav1.ConditionFalse, v1alpha1.ReasonNamespaceNotAllowed},
				v1alpha1.ConditionReady:   {metav1.ConditionFalse, v1alpha1.ReasonNamespaceNotAllowed},
				v1alpha1.ConditionStalled: {metav1.ConditionTrue, v1alpha1.ReasonNamespaceNotAllowed},
			},
		},
		"an undecided claim is neither granted nor refused": {
			observation: Observation{Session: sessionWith("", photoPrint), Unavailable: errors.New("the API server hides its cause")},
			want: map[string]word{
				v1alpha1.ConditionGranted:     {metav1.ConditionUnknown, v1alpha1.ReasonPending},
				v1alpha1.ConditionReady:       {metav1.ConditionFalse, v1alpha1.ReasonLedgerUnavailable},
				v1alpha1.ConditionReconciling: {metav1.ConditionTrue, v1alpha1.ReasonLedgerUnavailable},
			},
		},
		"a halted ledger says what an administrator has to know": {
			observation: Observation{Session: sessionWith("", photoPrint), Unavailable: &ledger.HaltedError{Incident: ledger.Incident{ID: "missing-7", Message: "the account is missing"}}},
			want: map[string]word{
				v1alpha1.ConditionGranted: {metav1.ConditionUnknown, v1alpha1.ReasonPending},
				v1alpha1.ConditionReady:   {metav1.ConditionFalse, v1alpha1.ReasonLedgerNotHealthy},
				v1alpha1.ConditionStalled: {metav1.ConditionTrue, v1alpha1.ReasonLedgerNotHealthy},
			},
		},
		"an empty list is halted": {
			observation: Observation{Session: sessionWith(v1alpha1.SessionIdle, []v1alpha1.RequestedItem{}...)},
			want: map[string]word{
				v1alpha1.ConditionGranted: {metav1.ConditionFalse, v1alpha1.ReasonHalted},
				v1alpha1.ConditionReady:   {metav1.ConditionTrue, v1alpha1.ReasonHalted},
			},
		},
		"a session that declares nothing is ready and idle": {
			observation: Observation{Session: sessionWith("")},
			want: map[string]word{
				v1alpha1.ConditionGranted: {metav1.ConditionFalse, v1alpha1.ReasonNothingRequested},
				v1alpha1.ConditionReady:   {metav1.ConditionTrue, v1alpha1.ReasonNothingRequested},
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.observation.Now = now
			got := Status(test.observation)
			words := map[string]word{}
			text := ""
			for _, condition := range got.Conditions {
				words[condition.Type] = word{condition.Status, condition.Reason}
				text += condition.Message + "\n"
				if condition.ObservedGeneration != 3 {
					t.Errorf("%s: observedGeneration %d, want 3", condition.Type, condition.ObservedGeneration)
				}
			}
			if diff := cmp.Diff(test.want, words); diff != "" {
				t.Errorf("conditions (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.denied, got.Denied); diff != "" {
				t.Errorf("denied (-want +got)\n%s", diff)
			}
			if !strings.Contains(text, test.message) {
				t.Errorf("no condition says %q:\n%s", test.message, text)
			}
			if got.SessionID != "uid" || got.ObservedGeneration != 3 {
				t.Errorf("sessionID %q, observedGeneration %d", got.SessionID, got.ObservedGeneration)
			}
		})
	}
}

func TestDeclaredAccess(t *testing.T) {
	items := []licensing.RequestedItem{{Name: "PhotoPrint", Version: "1.0", Count: 10 * licensing.One}}
	tests := map[string]struct {
		change func(*v1alpha1.Session)
		items  []licensing.RequestedItem
		want   bool
	}{
		"a new claim is asked for":                    {change: func(*v1alpha1.Session) {}, items: items, want: true},
		"nothing declared asks for nothing":           {change: func(s *v1alpha1.Session) { s.Spec.RequestedItems = nil }},
		"an ended session asks for nothing":           {change: func(s *v1alpha1.Session) { s.Status.State = v1alpha1.SessionTerminated }, items: items},
		"a granted claim is not asked for again":      {change: func(s *v1alpha1.Session) { s.Status.Claim = &v1alpha1.SessionClaim{Generation: 1, Digest: "c"} }, items: items},
		"a denied claim is not asked for again":       {change: func(s *v1alpha1.Session) { s.Status.Denied = &v1alpha1.Denial{Digest: "d"} }, items: items},
		"another claim than the granted one is asked": {change: func(s *v1alpha1.Session) { s.Status.Claim = &v1alpha1.SessionClaim{Generation: 1, Digest: "b"} }, items: items, want: true},
		"an idle session need not be halted":          {change: func(s *v1alpha1.Session) { s.Spec.RequestedItems = []v1alpha1.RequestedItem{} }},
		"an active session with an empty list is halted": {change: func(s *v1alpha1.Session) {
			s.Spec.RequestedItems = []v1alpha1.RequestedItem{}
			s.Status.State = v1alpha1.SessionActive
		}, want: true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			session := sessionWith("", photoPrint)
			test.change(session)
			o := Observation{Session: session, Items: test.items, Claim: "c", Digest: "d"}
			access, got := o.declaredAccess()
			if got != test.want {
				t.Errorf("got %t, want %t", got, test.want)
			}
			if !access.RollbackOnDeny {
				t.Error("an absent rollbackOnDeny must mean true")
			}
		})
	}
}

func TestDigests(t *testing.T) {
	of := func(change func(*v1alpha1.Session)) (claim, asked string) {
		session := sessionWith("", photoPrint)
		change(session)
		claim, asked, err := digests(session)
		if err != nil {
			t.Fatal(err)
		}
		return claim, asked
	}
	claim, asked := of(func(*v1alpha1.Session) {})
	tests := map[string]struct {
		change              func(*v1alpha1.Session)
		sameClaim, sameAsks bool
	}{
		"a heartbeat asks for nothing": {change: func(s *v1alpha1.Session) {
			beat := v1alpha1.NewTime(now)
			s.Spec.HeartbeatTime, s.Generation = &beat, 9
		}, sameClaim: true, sameAsks: true},
		"another attempt asks for the same again": {change: func(s *v1alpha1.Session) { s.Spec.Attempt = new(int64(1)) }, sameClaim: true},
		"an empty list is another claim":          {change: func(s *v1alpha1.Session) { s.Spec.RequestedItems = []v1alpha1.RequestedItem{} }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			gotClaim, gotAsked := of(test.change)
			if same := gotClaim == claim; same != test.sameClaim {
				t.Errorf("same claim: %t, want %t", same, test.sameClaim)
			}
			if same := gotAsked == asked; same != test.sameAsks {
				t.Errorf("same request: %t, want %t", same, test.sameAsks)
			}
		})
	}
}
