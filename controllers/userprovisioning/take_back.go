package userprovisioning

import (
	"context"
	"slices"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// takeBack takes the seats of who is to have none, the units that the specs gave and list no more, every unit of a
// limitation that is gone, and seats beyond a limit that was lowered.
func (p *pass) takeBack(ctx context.Context) error {
	asked := p.asked
	for _, m := range p.members {
		if m.seated && !m.wanted() {
			if err := p.unseat(ctx, asked, m); err != nil {
				return err
			}
		}
		for _, holding := range m.user.Status.Holdings {
			if p.keeps(m, holding) {
				continue
			}
			license := p.license.ask(m, licensing.Limitation{ID: holding.LimitationID})
			license.TransactionID = holding.TransactionID
			err := asked.Add(ctx, ledger.Revocation{User: subject(m), License: license}, p.answered(m, func(ledger.UserAnswer) { delete(m.held, holding.LimitationID) }))
			if err != nil {
				return err
			}
		}
	}
	if err := asked.Flush(ctx); err != nil {
		return err
	}
	return p.takeBackSeats(ctx, asked)
}

// keeps tells whether the user goes on holding the unit. One that a call provisioned is the caller's to revoke. While
// nobody knows what the license grants, nothing is taken for not being granted.
func (p *pass) keeps(m *member, holding v1alpha1.Holding) bool {
	limitation, known := p.license.limitations[holding.LimitationID]
	if p.license.NoTerms == nil && p.license.Terms.Invalid == nil && (!known || !limitation.UserProvisioning) {
		return false
	}
	return m.lists(holding.LimitationID) || holding.Origin != v1alpha1.HoldingOriginSpec
}

func (p *pass) unseat(ctx context.Context, asked *allotment.Batch, m *member) error {
	request := ledger.Unseating{User: subject(m), License: p.license.ask(m, licensing.Limitation{ID: licensing.SeatID})}
	return asked.Add(ctx, request, p.answered(m, func(ledger.UserAnswer) { m.seated, m.group = false, "" }))
}

// takeBackSeats frees the seats of the youngest, first within the groups.
func (p *pass) takeBackSeats(ctx context.Context, asked *allotment.Batch) error {
	if p.license.NoTerms != nil {
		return nil
	}
	for _, group := range p.license.Terms.UserGroups {
		in := func(m *member) bool { return m.seated && m.group == group.ID }
		if err := p.takeBackBeyond(ctx, asked, group.UserLimit, licensing.GroupSeatID(group.ID), in); err != nil {
			return err
		}
	}
	return p.takeBackBeyond(ctx, asked, p.license.Terms.UserLimit, licensing.SeatID, func(m *member) bool { return m.seated })
}

func (p *pass) takeBackBeyond(ctx context.Context, asked *allotment.Batch, limit *int32, limitationID string, has func(*member) bool) error {
	if limit == nil {
		return nil
	}
	var holders []*member
	for _, m := range p.members {
		if has(m) {
			holders = append(holders, m)
		}
	}
	if len(holders) <= int(*limit) {
		return nil
	}
	// An informer that is behind may show seats that are free already. The account is exact.
	if err := p.look(ctx, true); err != nil {
		return err
	}
	surplus := min(int64(len(holders)), p.balances.Held[limitationID]) - int64(*limit)
	for _, m := range slices.Backward(holders) {
		if surplus <= 0 {
			break
		}
		surplus--
		if err := p.unseat(ctx, asked, m); err != nil {
			return err
		}
	}
	return asked.Flush(ctx)
}
