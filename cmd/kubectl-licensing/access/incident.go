package access

import (
	"regexp"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// unreadable is the id of an account whose head cannot be read, which cannot be accepted and is not in the message.
const unreadable = "tampered-0-"

var acceptance = regexp.MustCompile(regexp.QuoteMeta(kubestore.AcceptLedgerAnnotation) + `=(\S+)`)

// Incident is why charging has stopped on an Instance, by what its status says. It is false while charging goes on, or if
// that is not known.
func Incident(instance *v1alpha1.Instance) (id, message string, halted bool) {
	condition := meta.FindStatusCondition(instance.Status.Conditions, v1alpha1.ConditionLedgerHealthy)
	if condition == nil || condition.Status != metav1.ConditionFalse {
		return "", "", false
	}
	if condition.Reason == v1alpha1.ReasonAccountUnreadable {
		return unreadable, condition.Message, true
	}
	found := acceptance.FindStringSubmatch(condition.Message)
	if found == nil {
		return "", condition.Message, false
	}
	return found[1], condition.Message, true
}
