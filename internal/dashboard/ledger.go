package dashboard

import (
	"time"

	apimeta "k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// Ledger is what was last seen of the account of an instance.
type Ledger struct {
	// Healthy is True, False or Unknown, as the condition LedgerHealthy; empty while nobody has looked.
	Healthy string `json:"healthy,omitempty"`
	Reason  string `json:"reason,omitempty"`
	Message string `json:"message,omitempty"`
	// Account is the name of the ConfigMap.
	Account    string     `json:"account,omitempty"`
	Sequence   *int64     `json:"sequence,omitempty"`
	Hash       string     `json:"hash,omitempty"`
	LastCommit *time.Time `json:"lastCommit,omitempty"`
}

func ledgerOf(object *v1alpha1.Instance) Ledger {
	var ledger Ledger
	if condition := apimeta.FindStatusCondition(object.Status.Conditions, v1alpha1.ConditionLedgerHealthy); condition != nil {
		ledger.Healthy, ledger.Reason, ledger.Message = string(condition.Status), condition.Reason, condition.Message
	}
	if status := object.Status.Ledger; status != nil {
		ledger.Account, ledger.Sequence, ledger.Hash, ledger.LastCommit = status.Account, status.Sequence, status.Hash, instant(status.LastCommitTime)
	}
	return ledger
}

// Condition is one of an object.
type Condition struct {
	Type    string    `json:"type"`
	Status  string    `json:"status"`
	Reason  string    `json:"reason"`
	Message string    `json:"message,omitempty"`
	Since   time.Time `json:"since"`
}

func conditions(all []metav1.Condition) []Condition {
	converted := make([]Condition, len(all))
	for i, condition := range all {
		converted[i] = Condition{
			Type: condition.Type, Status: string(condition.Status), Reason: condition.Reason, Message: condition.Message,
			Since: condition.LastTransitionTime.UTC(),
		}
	}
	return converted
}

// instant is nil for a time that is not there.
func instant(at *metav1.MicroTime) *time.Time {
	if at == nil {
		return nil
	}
	return new(at.UTC())
}
