// Package status computes conditions and writes status: only the fields that a controller owns, and only when they
// changed.
package status

import (
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// Conditions builds the conditions of an object from the previous ones. A condition that is not set again goes away. It
// is not safe for concurrent use.
type Conditions struct {
	previous   []metav1.Condition
	generation int64
	now        metav1.Time
	conditions []metav1.Condition
}

// NewConditions starts from what the object has now.
func NewConditions(previous []metav1.Condition, generation int64, now time.Time) *Conditions {
	return &Conditions{previous: previous, generation: generation, now: metav1.NewTime(now.Truncate(time.Second))}
}

// Set sets a condition. Its transition time is kept while its status does not change.
func (c *Conditions) Set(conditionType string, status metav1.ConditionStatus, reason, message string) {
	condition := metav1.Condition{
		Type: conditionType, Status: status, Reason: reason, Message: truncate(message),
		ObservedGeneration: c.generation, LastTransitionTime: c.now,
	}
	if before := apimeta.FindStatusCondition(c.previous, conditionType); before != nil && before.Status == status {
		condition.LastTransitionTime = before.LastTransitionTime
	}
	apimeta.RemoveStatusCondition(&c.conditions, conditionType)
	c.conditions = append(c.conditions, condition)
}

// True sets a condition that holds.
func (c *Conditions) True(conditionType, reason, message string) {
	c.Set(conditionType, metav1.ConditionTrue, reason, message)
}

// False sets a condition that does not hold.
func (c *Conditions) False(conditionType, reason, message string) {
	c.Set(conditionType, metav1.ConditionFalse, reason, message)
}

// Ready says that the object is as its spec wants it.
func (c *Conditions) Ready(reason, message string) {
	c.True(v1alpha1.ConditionReady, reason, message)
}

// Waiting says that the controller goes on by itself: nobody need do anything.
func (c *Conditions) Waiting(reason, message string) {
	c.False(v1alpha1.ConditionReady, reason, message)
	c.True(v1alpha1.ConditionReconciling, reason, message)
}

// Stalled says that somebody has to change something before the controller can go on.
func (c *Conditions) Stalled(reason, message string) {
	c.False(v1alpha1.ConditionReady, reason, message)
	c.True(v1alpha1.ConditionStalled, reason, message)
}

// List is what was set, in the order in which it was.
func (c *Conditions) List() []metav1.Condition { return c.conditions }

// truncate keeps within what the API accepts as a message.
func truncate(message string) string {
	const longest = 4096 // bytes, well under the API's 32 Ki characters; conditions are read by people
	if len(message) <= longest {
		return message
	}
	return message[:longest] + "…"
}
