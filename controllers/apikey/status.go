package apikey

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
)

// Input is everything that the status of an API key is computed from.
type Input struct {
	Object *v1alpha1.APIKey
	// StandingKey names the older object with the same type and digest; empty when this one stands.
	StandingKey string
	Now         time.Time
}

// Status is the whole status of an API key.
func Status(in Input) v1alpha1.APIKeyStatus {
	return v1alpha1.APIKeyStatus{ObservedGeneration: in.Object.Generation, Conditions: in.conditions()}
}

func (in Input) conditions() []metav1.Condition {
	spec := in.Object.Spec
	conditions := status.NewConditions(in.Object.Status.Conditions, in.Object.Generation, in.Now)
	switch {
	case in.StandingKey != "":
		conditions.Stalled(v1alpha1.ReasonDuplicateID, fmt.Sprintf(
			"API key %s, which is older, is the same key already, and what is said here does not count: delete this one, or give it a key of its own",
			in.StandingKey))
	case spec.Disabled != nil && *spec.Disabled:
		conditions.Ready(v1alpha1.ReasonDisabled, "it is switched off: callers who send it are answered 401")
	default:
		conditions.Ready(v1alpha1.ReasonReconciled, in.admits())
	}
	return conditions.List()
}

func (in Input) admits() string {
	products := in.Object.Spec.Products
	if in.Object.Spec.Type == v1alpha1.AdminAPIKey {
		text := "callers who send it in the header AdminKey may do everything"
		if len(products) > 0 {
			text += "; spec.products does not count: an Admin key is for all products"
		}
		return text
	}
	if len(products) == 0 {
		return "callers who send it in the header ProvisioningKey may provision and revoke, for all products"
	}
	return "callers who send it in the header ProvisioningKey may provision and revoke, for the products " + strings.Join(products, ", ")
}
