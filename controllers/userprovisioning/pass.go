package userprovisioning

import (
	"context"
	"errors"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// pass goes once over the users of a license. It is not safe for concurrent use.
type pass struct {
	license *License
	ledger  *ledger.Ledger
	asked   *allotment.Batch
	line    *allotment.Line
	// members are the users who stand, oldest first, and then the duplicates.
	members []*member
	// balances are those of the account, in which the others' requests show too.
	balances allotment.Balances
	// again tells that the license has to be looked at when the objects show what the account says.
	again bool
}

func newPass(license *License, users kubestore.LicenseUsers, books *ledger.Ledger) *pass {
	p := &pass{
		license: license, ledger: books, asked: &allotment.Batch{Ledger: books, Account: license.Account}, line: &allotment.Line{Ledger: books, Account: license.Account},
		members: make([]*member, 0, len(users.Standing)+len(users.Duplicates)),
	}
	for _, user := range users.Standing {
		p.members = append(p.members, newMember(user))
	}
	for duplicate, standing := range users.Duplicates {
		m := newMember(duplicate)
		m.standing = standing.Name
		p.members = append(p.members, m)
	}
	for _, m := range p.members {
		p.judge(m)
	}
	return p
}

// judge finds what is refused for the request itself: it needs no ledger, and stands also while there is none.
func (p *pass) judge(m *member) {
	if m.standing != "" {
		return
	}
	if !m.wanted() {
		m.noSeat = &Refusal{Reason: v1alpha1.ReasonUserInactive, Message: "active is false: the user keeps what is held and gets nothing new"}
	} else if _, noGroup := p.license.seating(m); noGroup != nil && p.license.Obstacle() == nil {
		m.noSeat = noGroup
	}
	for _, id := range m.user.Spec.Limitations {
		refusal := p.license.refusal(id)
		if refusal == nil && m.noSeat != nil && (!m.seated || !m.wanted()) {
			refusal = m.noSeat
		}
		if refusal != nil && m.held[id] == "" {
			m.deny(id, *refusal)
		}
	}
}

// run takes back first, so that what gets free is given to who waits longest in the same pass.
func (r *Reconciler) run(ctx context.Context, p *pass) error {
	for _, step := range []func(context.Context) error{p.takeBack, func(ctx context.Context) error { return r.recount(ctx, p) }, p.seat, p.grant} {
		problem := step(ctx)
		if problem == nil {
			continue
		}
		var err error
		if p.license.Health, err = allotment.HealthAfter(problem); err != nil {
			return err
		}
		ctrl.LoggerFrom(ctx).V(1).Info("The ledger cannot decide", "reason", problem.Error())
		break
	}
	if p.line.Record(ctx) {
		p.again = true
	}
	p.asked.Await(ctx, writeThroughPatience)
	return nil
}

func (p *pass) look(ctx context.Context, fresh bool) (err error) {
	p.balances, err = allotment.ReadBalances(ctx, p.ledger, &p.license.License, fresh)
	return err
}

// answered takes the answer to a member's request, if there is one.
func (p *pass) answered(m *member, take func(ledger.UserAnswer)) func(ledger.UserAnswer, error) {
	return func(answer ledger.UserAnswer, err error) {
		switch {
		case err == nil:
			take(answer)
		case errors.Is(err, ledger.ErrSubjectGone):
			m.gone = true
		default:
			// The informer is behind: the user lost the seat meanwhile. The next pass sees it.
			p.again = true
		}
	}
}
