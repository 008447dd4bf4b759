package userprovisioning

import (
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// Refusal says why something is not given.
type Refusal = allotment.Refusal

// License is a LineItem as the home of named users.
type License struct {
	allotment.License

	Health allotment.Health
	Now    time.Time

	// limitations are those of the terms, by id.
	limitations map[string]kubestore.EffectiveLimitation
}

func newLicense(license allotment.License, now time.Time) *License {
	l := &License{License: license, Now: now, limitations: make(map[string]kubestore.EffectiveLimitation, len(license.Terms.Limitations))}
	for _, limitation := range license.Terms.Limitations {
		l.limitations[limitation.ID] = limitation
	}
	return l
}

// refusal says why nobody can get a unit of the limitation, whether one is free or not.
func (l *License) refusal(limitationID string) *Refusal {
	if !l.Found || l.NoTerms != nil {
		return l.Obstacle()
	}
	limitation, known := l.limitations[limitationID]
	switch {
	case !known && l.Terms.Invalid != nil:
		return &Refusal{Reason: v1alpha1.ReasonUnknownLimitation, Message: fmt.Sprintf("line item %s has no limitation %q, or one that is not valid: its condition Ready says which", l.Name, limitationID)}
	case !known:
		return &Refusal{Reason: v1alpha1.ReasonUnknownLimitation, Message: fmt.Sprintf("line item %s has no limitation %q", l.Name, limitationID)}
	case !limitation.UserProvisioning:
		return &Refusal{Reason: v1alpha1.ReasonNotUserProvisioning, Message: fmt.Sprintf("limitation %q of line item %s is consumed: users hold no units of it", limitationID, l.Name)}
	}
	return l.Obstacle()
}

// label is what people call a limitation.
func (l *License) label(limitationID string) string {
	if limitation, known := l.limitations[limitationID]; known && limitation.Name != "" {
		return limitation.Name
	}
	return limitationID
}
