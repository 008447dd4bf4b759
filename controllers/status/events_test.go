package status

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/events"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

func TestAnnounce(t *testing.T) {
	list := func(build func(*Conditions)) []metav1.Condition {
		c := NewConditions(nil, 1, time.Unix(0, 0))
		build(c)
		return c.List()
	}
	ready := list(func(c *Conditions) { c.Ready("Reconciled", "fine"); c.True(v1alpha1.ConditionBound, "Bound", "bound") })
	figures := list(func(c *Conditions) {
		c.Ready("Reconciled", "still fine")
		c.True(v1alpha1.ConditionBound, "Bound", "bound")
	})
	stalled := list(func(c *Conditions) { c.Stalled("Lost", "gone"); c.False(v1alpha1.ConditionBound, "Lost", "gone") })
	usedUp := list(func(c *Conditions) {
		c.Ready("Reconciled", "fine")
		c.True(v1alpha1.ConditionExhausted, "UsedUp", "none left")
	})
	for name, test := range map[string]struct {
		before, after []metav1.Condition
		want          []string
	}{
		"a new object announces Ready alone":             {nil, ready, []string{"Normal Reconciled fine"}},
		"new figures are no news":                        {ready, figures, nil},
		"one finding is told once, as a warning":         {ready, stalled, []string{"Warning Lost gone"}},
		"what is over is told too":                       {stalled, ready, []string{"Normal Reconciled fine", "Normal Bound bound"}},
		"a condition that is bad when true is a warning": {ready, usedUp, []string{"Warning UsedUp none left"}},
	} {
		t.Run(name, func(t *testing.T) {
			recorder := events.NewFakeRecorder(8)
			Announce(recorder, &v1alpha1.LineItem{}, "Reconcile", test.before, test.after)
			close(recorder.Events)
			var got []string
			for event := range recorder.Events {
				got = append(got, event)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}
