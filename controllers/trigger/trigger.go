// Package trigger says when a controller has to look at an object again: because something it depends on changed, or
// because its time has come.
package trigger

import (
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// Longest bounds how far ahead a wake-up is scheduled, so that a clock that was set while waiting is noticed.
const Longest = 12 * time.Hour

// After is how long to wait for the first of the moments that lies ahead of now; zero when none does, which waits for
// nothing.
func After(now time.Time, moments ...time.Time) time.Duration {
	var first time.Time
	for _, moment := range moments {
		if moment.After(now) && (first.IsZero() || moment.Before(first)) {
			first = moment
		}
	}
	if first.IsZero() {
		return 0
	}
	// The clock must show the moment when it is looked at again.
	return min(first.Sub(now), Longest) + time.Millisecond
}

// LedgerMoved passes Instances that come, go or show another state of their account. It is the Instance controller that
// looks at accounts; who projects from them follows its status.
func LedgerMoved() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(update event.UpdateEvent) bool {
		before, ok := update.ObjectOld.(*v1alpha1.Instance)
		after, isInstance := update.ObjectNew.(*v1alpha1.Instance)
		return ok && isInstance && (sequence(before) != sequence(after) || healthy(before) != healthy(after))
	}}
}

// LedgerHealth passes Instances that come, go or have another finding about their account, for those who are told of every
// change that concerns them by the objects it was made to.
func LedgerHealth() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(update event.UpdateEvent) bool {
		before, ok := update.ObjectOld.(*v1alpha1.Instance)
		after, isInstance := update.ObjectNew.(*v1alpha1.Instance)
		return ok && isInstance && healthy(before) != healthy(after)
	}}
}

func sequence(instance *v1alpha1.Instance) int64 {
	if seen := instance.Status.Ledger; seen != nil && seen.Sequence != nil {
		return *seen.Sequence
	}
	return 0
}

func healthy(instance *v1alpha1.Instance) string {
	condition := apimeta.FindStatusCondition(instance.Status.Conditions, v1alpha1.ConditionLedgerHealthy)
	if condition == nil {
		return ""
	}
	return condition.Reason
}
