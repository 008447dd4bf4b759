package status

import (
	corev1 "k8s.io/api/core/v1"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/events"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// Announce tells in events which conditions changed their reason. An object seen for the first time announces Ready
// alone: its other conditions did not change, they began. Messages that carry new figures under the same reason are no
// news.
func Announce(recorder events.EventRecorder, object runtime.Object, action string, before, after []metav1.Condition) {
	told := map[string]bool{}
	for _, condition := range after {
		switch condition.Type {
		case v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled:
			continue // what they say, Ready says too
		case v1alpha1.ConditionReady:
		default:
			if len(before) == 0 {
				continue
			}
		}
		old := apimeta.FindStatusCondition(before, condition.Type)
		if told[condition.Reason] || (old != nil && old.Reason == condition.Reason) {
			continue
		}
		told[condition.Reason] = true
		kind := corev1.EventTypeNormal
		if abnormal(condition, after) {
			kind = corev1.EventTypeWarning
		}
		recorder.Eventf(object, nil, kind, condition.Reason, action, "%s", condition.Message)
	}
}

// abnormal tells whether somebody should have a look.
func abnormal(condition metav1.Condition, all []metav1.Condition) bool {
	if condition.Type == v1alpha1.ConditionExhausted {
		return condition.Status == metav1.ConditionTrue
	}
	stalled := apimeta.FindStatusCondition(all, v1alpha1.ConditionStalled)
	return stalled != nil && stalled.Reason == condition.Reason
}
