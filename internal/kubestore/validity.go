package kubestore

import (
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// DateValidity says where a moment lies in the time of a license. The numbers are those of the REST interface.
type DateValidity int

// The validities by date.
const (
	DateValid       DateValidity = 0
	DateNotYetValid DateValidity = 1
	DateExpired     DateValidity = 2
)

// Validity tells whether a license holds at a moment.
type Validity struct {
	// IsActive is the switch alone: the state is DEPLOYED.
	IsActive bool
	Date     DateValidity
	// Start and End are those of the spec, widened by the producer's timezone tolerance.
	Start, End time.Time
}

// IsExpired tells whether the end has passed.
func (v Validity) IsExpired() bool { return v.Date == DateExpired }

// IsValid tells whether nothing is in the way.
func (v Validity) IsValid() bool { return v.IsActive && v.Date == DateValid }

// ValidityAt looks at the license at a moment.
func ValidityAt(lineItem *v1alpha1.LineItem, now time.Time, timezoneTolerant bool) Validity {
	spec := lineItem.Spec
	validity := Validity{IsActive: spec.State == v1alpha1.LineItemDeployed}
	validity.Start, validity.End = licensing.LineItem{Start: spec.Start.Time, End: spec.End.Time}.Window(timezoneTolerant)
	switch {
	case now.Before(validity.Start):
		validity.Date = DateNotYetValid
	case !now.Before(validity.End):
		validity.Date = DateExpired
	}
	return validity
}
