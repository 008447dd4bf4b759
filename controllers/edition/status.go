package edition

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Input is everything that the status of an edition is computed from.
type Input struct {
	Object *v1alpha1.Edition
	// Product is nil when there is none of the name referred to.
	Product *v1alpha1.Product
	// StandingEdition names the older object with the same id; empty when this one stands.
	StandingEdition string
	// Licenses is the number of line items made from it.
	Licenses int
	Now      time.Time
}

// Status is the whole status of an edition.
func Status(in Input) v1alpha1.EditionStatus {
	conditions := status.NewConditions(in.Object.Status.Conditions, in.Object.Generation, in.Now)
	in.setReady(conditions)
	return v1alpha1.EditionStatus{
		ObservedGeneration: in.Object.Generation, EditionID: kubestore.EditionID(in.Object),
		LicenseCount: new(int32(min(in.Licenses, math.MaxInt32))), //nolint:gosec // bounded
		Conditions:   conditions.List(),
	}
}

func (in Input) setReady(conditions *status.Conditions) {
	invalid := in.invalid()
	unknown := in.unknown()
	switch {
	case in.StandingEdition != "":
		conditions.Stalled(v1alpha1.ReasonDuplicateID, fmt.Sprintf(
			"edition %s, which is older, has the id %s already, and clients that name it mean that one: delete this one, or create it with another editionID",
			in.StandingEdition, kubestore.EditionID(in.Object)))
	case in.Product == nil:
		conditions.Waiting(v1alpha1.ReasonProductNotFound, fmt.Sprintf("product %s does not exist in namespace %s", in.Object.Spec.ProductRef.Name, in.Object.Namespace))
	case len(invalid) > 0:
		conditions.Stalled(v1alpha1.ReasonInvalidSpec, strings.Join(invalid, "; ")+": left out of the licenses")
	case len(unknown) > 0:
		conditions.Stalled(v1alpha1.ReasonUnknownLimitation, fmt.Sprintf(
			"product %s does not list %s: the licenses have what the edition says all the same", in.Product.Name, strings.Join(unknown, ", ")))
	default:
		conditions.Ready(v1alpha1.ReasonReconciled, "clients know it as "+kubestore.EditionID(in.Object))
	}
}

func (in Input) invalid() (problems []string) {
	for _, limitation := range in.Object.Spec.Limitations {
		if _, err := kubestore.Limitation(limitation.Limitation); err != nil {
			problems = append(problems, strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	return problems
}

// unknown are the limitations that the product does not list. Taking one from the product by mistake must not take it
// from everyone who holds a unit.
func (in Input) unknown() (ids []string) {
	if in.Product == nil {
		return nil
	}
	listed := make(map[string]bool, len(in.Product.Spec.Limitations))
	for _, limitation := range in.Product.Spec.Limitations {
		listed[limitation.ID] = true
	}
	for _, limitation := range in.Object.Spec.Limitations {
		if !listed[limitation.ID] {
			ids = append(ids, limitation.ID)
		}
	}
	return ids
}
