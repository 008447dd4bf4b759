package product

import (
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/status"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Input is everything that the status of a product is computed from.
type Input struct {
	Object *v1alpha1.Product
	// StandingProduct names the older object with the same id; empty when this one stands.
	StandingProduct string
	Now             time.Time
}

// Status is the whole status of a product.
func Status(in Input) v1alpha1.ProductStatus {
	id := kubestore.ProductID(in.Object)
	conditions := status.NewConditions(in.Object.Status.Conditions, in.Object.Generation, in.Now)
	if in.StandingProduct != "" {
		conditions.Stalled(v1alpha1.ReasonDuplicateID, fmt.Sprintf(
			"product %s, which is older, has the id %s already, and clients that name it mean that one: delete this one, or create it with another productID",
			in.StandingProduct, id))
	} else {
		conditions.Ready(v1alpha1.ReasonReconciled, "clients know it as "+id)
	}
	return v1alpha1.ProductStatus{ObservedGeneration: in.Object.Generation, ProductID: id, Conditions: conditions.List()}
}
