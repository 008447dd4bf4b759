package activation

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// pass goes once over the clients of a license. It is not safe for concurrent use.
type pass struct {
	license *allotment.License
	ledger  *ledger.Ledger
	asked   *allotment.Batch
	line    *allotment.Line
	now     time.Time
	health  allotment.Health
	// clients are in the order in which they are served.
	clients  []*activated
	balances allotment.Balances
	// again tells that the license has to be looked at when the objects show what the account says.
	again bool
}

// activated is a client in a pass.
type activated struct {
	object *v1alpha1.Activation
	// standing is the older object for the same client, nil when this one stands.
	standing *v1alpha1.Activation
	// token tells whether the client has one; refusal says why not, and is nil while nobody knows.
	token   bool
	refusal *allotment.Refusal
	// unrecorded tells that the refusal is to be recorded before the object says it.
	unrecorded bool
	// gone is a client whose object was deleted meanwhile.
	gone bool
}

func (p *pass) add(object, standing *v1alpha1.Activation) {
	c := &activated{object: object, token: object.Status.TokenKey != ""}
	if standing.UID != object.UID {
		c.standing = standing
	}
	p.clients = append(p.clients, c)
}

// says tells whether the object shows the refusal already, of the spec as it is.
func (c *activated) says(refusal *allotment.Refusal) bool {
	ready := meta.FindStatusCondition(c.object.Status.Conditions, v1alpha1.ConditionReady)
	return c.object.Status.ObservedGeneration == c.object.Generation &&
		ready != nil && ready.Reason == refusal.Reason && ready.Message == refusal.Message
}

func (p *pass) limitation() licensing.Limitation {
	return licensing.TokenLimitation(p.license.Terms.TokenLimit)
}

func (p *pass) ask(c *activated) ledger.License {
	return ledger.License{
		ActivationID: p.license.ActivationID, Limitation: p.limitation(),
		UserID: c.object.Spec.ClientID, Name: c.object.Spec.ClientName, Active: true, Generation: c.object.Generation,
	}
}

// takeBack takes the tokens of duplicates. Clients beyond a limit that was lowered keep theirs, as with every limitation.
func (p *pass) takeBack(ctx context.Context) error {
	for _, c := range p.clients {
		if c.standing == nil || !c.token {
			continue
		}
		request := ledger.Revocation{User: kubestore.ActivationSubject(c.object), License: p.ask(c)}
		if err := p.asked.Add(ctx, request, p.answered(c, func(ledger.UserAnswer) { c.token = false })); err != nil {
			return err
		}
	}
	return p.asked.Flush(ctx)
}

// recount makes the balance right when it differs from the number of clients that have a token: one was deleted.
func (p *pass) recount(ctx context.Context, doubts *allotment.Doubts) (err error) {
	key := client.ObjectKey{Namespace: p.license.Account.Namespace, Name: p.license.Name}
	held := int64(0)
	for _, c := range p.clients {
		if c.token {
			held++
		}
	}
	// What this replica saw last may be less than what others have granted since, by as much as who is gone held.
	if p.balances, err = allotment.ReadBalances(ctx, p.ledger, p.license, true); err != nil {
		return err
	}
	if p.balances.Held[licensing.TokenID] == held {
		doubts.Dispel(key)
		return nil
	}
	if !doubts.Justified(key, p.balances.UnderWay, p.now) {
		p.again = true
		return nil
	}
	if _, err := p.ledger.Recount(ctx, p.license.Account, p.license.ActivationID, nil); err != nil {
		return err
	}
	p.balances, err = allotment.ReadBalances(ctx, p.ledger, p.license, false)
	return err
}

// grant gives the oldest who wait a token.
func (p *pass) grant(ctx context.Context) error {
	if p.license.Obstacle() != nil {
		return nil
	}
	quota := allotment.NewQuota(p.limitation(), p.balances.Held[licensing.TokenID])
	for _, c := range p.clients {
		if c.standing != nil || c.token || c.gone {
			continue
		}
		may, err := quota.Ask(ctx, p.asked)
		if err != nil {
			return err
		}
		if !may {
			p.wait(c, quota)
			continue
		}
		request := ledger.Provisioning{User: kubestore.ActivationSubject(c.object), License: p.ask(c)}
		err = p.asked.Add(ctx, request, p.answered(c, func(answer ledger.UserAnswer) {
			if c.token = answer.Granted; !c.token {
				p.again, c.unrecorded = p.again || answer.NotRecorded, answer.NotRecorded
				quota.Refuse(answer, p.full())
				c.refusal = quota.Refusal
			}
		}))
		if err != nil {
			return err
		}
	}
	return p.asked.Flush(ctx)
}

// wait refuses a client because an older one was refused.
func (p *pass) wait(c *activated, quota *allotment.Quota) {
	c.refusal = quota.Refusal
	if !c.says(c.refusal) {
		c.unrecorded = true
		p.line.Add(kubestore.ActivationSubject(c.object), p.ask(c), quota, func() { c.unrecorded = false })
	}
}

// answered takes the answer to a client's request, if there is one.
func (p *pass) answered(c *activated, take func(ledger.UserAnswer)) func(ledger.UserAnswer, error) {
	return func(answer ledger.UserAnswer, err error) {
		switch {
		case err == nil:
			take(answer)
		case errors.Is(err, ledger.ErrSubjectGone):
			c.gone = true
		default:
			p.again = true
		}
	}
}
