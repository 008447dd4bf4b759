package dashboard

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

var began = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

func micro(after time.Duration) *metav1.MicroTime {
	return &metav1.MicroTime{Time: began.Add(after)}
}

func TestAHeartbeatHasComeOnlyAfterTheLastAutomaticCharge(t *testing.T) {
	for name, test := range map[string]struct {
		charged, beat *metav1.MicroTime
		want          bool
	}{
		"none has come":             {micro(0), nil, false},
		"one before the charge":     {micro(0), micro(-time.Second), false},
		"one with the charge":       {micro(0), micro(0), true},
		"one after the charge":      {micro(0), micro(time.Second), true},
		"one, and nothing is due":   {nil, micro(time.Second), false},
		"nothing is due, none came": {nil, nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			object := &v1alpha1.Session{}
			object.Status.LastAutomaticChargeTime = test.charged
			if test.beat != nil {
				object.Status.Heartbeat = &v1alpha1.Heartbeat{Time: test.beat}
			}
			if got := sessionOf(object); got.HeartbeatCame != test.want {
				t.Errorf("got %v", got.HeartbeatCame)
			}
		})
	}
}

func TestASessionThatHasNothingYetIsIdle(t *testing.T) {
	object := &v1alpha1.Session{ObjectMeta: metav1.ObjectMeta{UID: "u-1", Namespace: "shop", Name: "lisa", CreationTimestamp: metav1.NewTime(began)}}
	want := Session{ID: "u-1", Namespace: "shop", Name: "lisa", State: "IDLE", Created: began, Items: []Item{}}
	if diff := cmp.Diff(want, sessionOf(object)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhichSessionsAreLive(t *testing.T) {
	instance := &v1alpha1.Instance{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "acme"}}
	for name, test := range map[string]struct {
		namespace string
		state     v1alpha1.SessionState
		revision  int64
		want      bool
	}{
		"an active one":                     {"shop", v1alpha1.SessionActive, 1, true},
		"one that nothing happened to":      {"shop", "", 0, true},
		"one that has ended":                {"shop", v1alpha1.SessionTerminated, 2, false},
		"one of another namespace":          {"team", v1alpha1.SessionActive, 1, true},
		"a wish of another namespace":       {"team", "", 0, false},
		"an ended one of another namespace": {"team", v1alpha1.SessionTerminated, 3, false},
	} {
		t.Run(name, func(t *testing.T) {
			object := &v1alpha1.Session{ObjectMeta: metav1.ObjectMeta{Namespace: test.namespace}}
			object.Status.State, object.Status.Revision = test.state, test.revision
			if got := isLive(object, instance); got != test.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestOfInstancesWithOneIDTheOldestStands(t *testing.T) {
	instance := func(name, id string, age time.Duration) v1alpha1.Instance {
		made := v1alpha1.Instance{ObjectMeta: metav1.ObjectMeta{Name: name, UID: "u-1", CreationTimestamp: metav1.NewTime(began.Add(-age))}}
		made.Spec.InstanceID, made.Spec.ShortName = id, name
		return made
	}
	var names []string
	for _, object := range standing([]v1alpha1.Instance{instance("young", "a", 0), instance("zoo", "b", 0), instance("old", "a", time.Hour)}) {
		names = append(names, object.Name)
	}
	if diff := cmp.Diff([]string{"old", "zoo"}, names); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLimitationsHaveTheirNamesAndWhoWaits(t *testing.T) {
	terms := kubestore.LicenseTerms{Limitations: []kubestore.EffectiveLimitation{
		{Limitation: licensing.Limitation{ID: "backup", Name: "Cloud backup", UserProvisioning: true}},
		{Limitation: licensing.Limitation{ID: "calls"}},
	}}
	lisa := Waiting{UserID: "lisa", Object: "lisa", Reason: "LimitReached"}
	got := limitations([]v1alpha1.LimitationStatus{
		{ID: "backup", Limit: new(int64(2)), Used: "2", Remaining: "0"}, {ID: "calls", Used: "7.5"},
	}, terms, map[string][]Waiting{"backup": {lisa}})
	want := []Limitation{
		{ID: "backup", Name: "Cloud backup", Limit: new(int64(2)), Used: "2", Remaining: "0", PerUser: true, Waiting: []Waiting{lisa}},
		{ID: "calls", Name: "calls", Used: "7.5", Waiting: []Waiting{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWhoWaitsForASeatIsToldWhy(t *testing.T) {
	object := &v1alpha1.UserProvisioning{ObjectMeta: metav1.ObjectMeta{Name: "lisa"}}
	object.Spec.UserID = "lisa@acme.example"
	if diff := cmp.Diff(Waiting{UserID: "lisa@acme.example", Object: "lisa", Reason: "NoSeat"}, waitingForSeat(object)); diff != "" {
		t.Errorf("before anybody looked (-want +got):\n%s", diff)
	}
	object.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionActive, Status: metav1.ConditionFalse, Reason: "UserLimitReached", Message: "3 of 3", LastTransitionTime: metav1.NewTime(began),
	}}
	want := Waiting{UserID: "lisa@acme.example", Object: "lisa", Reason: "UserLimitReached", Message: "3 of 3", Since: &began}
	if diff := cmp.Diff(want, waitingForSeat(object)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
