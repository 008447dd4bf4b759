package tenantconfiguration

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/signing"
)

// Input is everything that the status of a producer's configuration is computed from.
type Input struct {
	Object *v1alpha1.TenantConfiguration
	// Settings are those in effect. Problem says which decision of the spec is not among them.
	Settings kubestore.Settings
	Problem  error
	// VendorID is the id in use. VendorIDTaken tells that another producer has the one that the spec wants.
	VendorID      string
	VendorIDTaken bool
	// Keys are those that answers may be signed with; nil where there is no REST.
	Keys *signing.Ring
	Now  time.Time
}

// Status is the whole status of a producer's configuration.
func Status(in Input) v1alpha1.TenantConfigurationStatus {
	keys, _ := in.signingKeys()
	return v1alpha1.TenantConfigurationStatus{
		Conditions:          in.conditions(),
		ObservedGeneration:  in.Object.Generation,
		TimezoneTolerant:    new(in.Settings.TimezoneTolerant),
		SessionChargePeriod: v1alpha1.NewDuration(in.Settings.Terms.Period),
		HeartbeatWindow:     v1alpha1.NewDuration(in.Settings.Terms.HeartbeatWindow),
		VendorID:            in.VendorID,
		SigningKeys:         keys,
	}
}

func (in Input) conditions() []metav1.Condition {
	conditions := status.NewConditions(in.Object.Status.Conditions, in.Object.Generation, in.Now)
	_, unsigned := in.signingKeys()
	switch {
	case in.Problem != nil:
		conditions.Stalled(v1alpha1.ReasonInvalidSpec, in.Problem.Error()+"; in effect: "+in.summary())
	case in.VendorIDTaken:
		conditions.Stalled(v1alpha1.ReasonDuplicateID, fmt.Sprintf(
			"spec.vendorID: another producer has %s already, take another one; until then it is %s", in.Object.Spec.VendorID, in.VendorID))
	case unsigned != nil:
		conditions.Stalled(v1alpha1.ReasonSigningKeyUnusable, "calls of the v2 REST interface are answered 503: "+unsigned.Error())
	default:
		conditions.Ready(v1alpha1.ReasonReconciled, in.summary())
	}
	return conditions.List()
}

func (in Input) summary() string {
	validity := "from their start until their end"
	if in.Settings.TimezoneTolerant {
		validity = "from 12 hours before their start until 12 hours after their end"
	}
	return fmt.Sprintf("the next charge of a session is for %s, and line items are usable %s", v1alpha1.NewDuration(in.Settings.Terms.Period), validity)
}
