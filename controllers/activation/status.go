package activation

import (
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/controllers/status"
)

// Input is everything that the status of an activation is computed from, what the ledger writes aside.
type Input struct {
	Object  *v1alpha1.Activation
	License *allotment.License
	Health  allotment.Health
	// Standing is the older object for the same client, nil when this one stands.
	Standing *v1alpha1.Activation
	// Token tells whether the client has one; Refusal says why not, and is nil while nobody knows.
	Token   bool
	Refusal *allotment.Refusal
	Now     time.Time
}

func (p *pass) input(c *activated) Input {
	return Input{
		Object: c.object, License: p.license, Health: p.health, Standing: c.standing, Token: c.token, Refusal: c.refusal, Now: p.now,
	}
}

// full says that other clients have all tokens.
func (p *pass) full() *allotment.Refusal {
	limit := int32(0)
	if p.license.Terms.TokenLimit != nil {
		limit = *p.license.Terms.TokenLimit
	}
	return &allotment.Refusal{
		Reason:  v1alpha1.ReasonTokenLimitReached,
		Message: fmt.Sprintf("line item %s has a tokenLimit of %d, and other clients have them: 1 token asked for, none free", p.license.Name, limit),
	}
}

// Status is the status of an activation, without the ledger's part.
func Status(in Input) v1alpha1.ActivationStatus {
	conditions := status.NewConditions(in.Object.Status.Conditions, in.Object.Generation, in.Now)
	switch refusal := in.refusal(); {
	case refusal == nil:
		conditions.Ready(v1alpha1.ReasonActivated, fmt.Sprintf("the client has a token of line item %s", in.License.Name))
	case refusal.Passing:
		conditions.Waiting(refusal.Reason, refusal.Message)
	default:
		conditions.Stalled(refusal.Reason, refusal.Message)
	}
	return v1alpha1.ActivationStatus{ObservedGeneration: in.Object.Generation, Conditions: conditions.List()}
}

// refusal is why the client has no token that is good for something, nil if it has one.
func (in Input) refusal() *allotment.Refusal {
	if in.Standing != nil {
		return &allotment.Refusal{Reason: v1alpha1.ReasonDuplicateClient, Message: fmt.Sprintf(
			"activation %s of line item %s, which is older, is client %s of the product already",
			in.Standing.Name, in.Standing.Spec.LineItemRef.Name, in.Object.Spec.ClientID)}
	}
	if obstacle := in.License.Obstacle(); obstacle != nil {
		return obstacle
	}
	if in.Refusal != nil {
		return in.Refusal
	}
	if broken := in.License.Broken(in.Health); broken != nil || in.Token {
		return broken
	}
	return in.License.Broken(allotment.Unavailable)
}
