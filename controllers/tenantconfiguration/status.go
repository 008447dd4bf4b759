package tenantconfiguration

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Input is everything that the status of a producer's configuration is computed from.
type Input struct {
	Object *v1alpha1.TenantConfiguration
	// Settings are those in effect. Problem says which decision of the spec is not among them.
	Settings kubestore.Settings
	Problem  error
	Now      time.Time
}

// Status is the whole status of a producer's configuration.
func Status(in Input) v1alpha1.TenantConfigurationStatus {
	return v1alpha1.TenantConfigurationStatus{
		Conditions:          in.conditions(),
		ObservedGeneration:  in.Object.Generation,
		TimezoneTolerant:    new(in.Settings.TimezoneTolerant),
		SessionChargePeriod: v1alpha1.NewDuration(in.Settings.Terms.Period),
		HeartbeatWindow:     v1alpha1.NewDuration(in.Settings.Terms.HeartbeatWindow),
	}
}

func (in Input) conditions() []metav1.Condition {
	conditions := status.NewConditions(in.Object.Status.Conditions, in.Object.Generation, in.Now)
	if in.Problem != nil {
		conditions.Stalled(v1alpha1.ReasonInvalidSpec, in.Problem.Error()+"; in effect: "+in.summary())
		return conditions.List()
	}
	conditions.Ready(v1alpha1.ReasonReconciled, in.summary())
	return conditions.List()
}

func (in Input) summary() string {
	validity := "from their start until their end"
	if in.Settings.TimezoneTolerant {
		validity = "from 12 hours before their start until 12 hours after their end"
	}
	return fmt.Sprintf("the next charge of a session is for %s, and line items are usable %s", v1alpha1.NewDuration(in.Settings.Terms.Period), validity)
}
