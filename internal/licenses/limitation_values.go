package licenses

import (
	"math"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Limitation is a limitation as it holds for a license, or for all of an edition.
type Limitation = kubestore.EffectiveLimitation

// The values of a limitation are what a license may have another way than its edition.

func sameValues(a, b v1alpha1.Limitation) bool {
	return same(a.Limit, b.Limit) && a.ResetMode == b.ResetMode && a.ResetPeriodDays == b.ResetPeriodDays
}

func withValues(limitation, values v1alpha1.Limitation) v1alpha1.Limitation {
	limitation.Limit, limitation.ResetMode, limitation.ResetPeriodDays = values.Limit, values.ResetMode, values.ResetPeriodDays
	return limitation
}

// shownAs tells whether a limit is what clients are shown of another one: they have 32 bits for it.
func shownAs(said, limit *int64) bool {
	return said != nil && limit != nil && *said == math.MaxInt32 && *limit > math.MaxInt32
}

func editionLimitation(edition *v1alpha1.Edition, id string) v1alpha1.Limitation {
	for _, limitation := range edition.Spec.Limitations {
		if limitation.ID == id {
			return limitation.Limitation
		}
	}
	return v1alpha1.Limitation{}
}

// validLimitation refuses values that do not go together.
func validLimitation(limitation v1alpha1.Limitation) error {
	if _, err := kubestore.Limitation(limitation); err != nil {
		return &Error{ID: ValueNotPossible, Message: err.Error(), cause: err}
	}
	return nil
}
