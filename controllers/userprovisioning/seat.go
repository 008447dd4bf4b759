package userprovisioning

import (
	"context"

	"github.com/licensing-operator/licensing-operator/controllers/allotment"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// seats are those of the license, and of each of its groups: a user needs one of both. The group "" is that of who belongs
// to none.
type seats struct {
	license *allotment.Quota
	groups  map[string]*allotment.Quota
}

func (p *pass) seats() seats {
	s := seats{
		license: allotment.NewQuota(licensing.SeatLimitation(p.license.Terms.UserLimit), p.balances.Held[licensing.SeatID]),
		groups:  map[string]*allotment.Quota{"": allotment.NewQuota(licensing.SeatLimitation(nil), 0)},
	}
	for _, group := range p.license.Terms.UserGroups {
		limitation := licensing.GroupSeatLimitation(group.ID, group.Name, group.UserLimit)
		s.groups[group.ID] = allotment.NewQuota(limitation, p.balances.Held[limitation.ID])
	}
	return s
}

// ask gives the quota that has no seat to ask for; nil if one may be asked for. A seat that only moves is counted in the
// license already.
func (s seats) ask(ctx context.Context, asked *allotment.Batch, groupID string, moves bool) (full *allotment.Quota, err error) {
	group := s.groups[groupID]
	if may, err := group.Ask(ctx, asked); err != nil || !may {
		return group, err
	}
	if moves {
		return nil, nil
	}
	if may, err := s.license.Ask(ctx, asked); err != nil || !may {
		group.Unask()
		return s.license, err
	}
	return nil, nil
}

// seat gives the oldest who wait a seat, and moves seats to the groups that the specs name.
func (p *pass) seat(ctx context.Context) error {
	if p.license.Obstacle() != nil {
		return nil
	}
	seats := p.seats()
	for _, m := range p.members {
		seating, noGroup := p.license.seating(m)
		if !m.wanted() || m.gone || noGroup != nil || (m.seated && m.group == seating.GroupID) {
			continue
		}
		license := p.license.ask(m, licensing.Limitation{ID: licensing.SeatID})
		full, err := seats.ask(ctx, p.asked, seating.GroupID, m.seated)
		if err != nil {
			return err
		}
		if full != nil {
			p.waitForSeat(m, license, full)
			continue
		}
		request := ledger.Seating{User: subject(m), License: license, Limits: seating}
		if err := p.asked.Add(ctx, request, p.answered(m, func(answer ledger.UserAnswer) { p.seatAnswered(m, seating, answer, seats) })); err != nil {
			return err
		}
	}
	return p.asked.Flush(ctx)
}

func (p *pass) seatAnswered(m *member, seating licensing.Seating, answer ledger.UserAnswer, seats seats) {
	p.again, m.unrecorded = p.again || answer.NotRecorded, answer.NotRecorded
	switch {
	case answer.Granted:
		m.seated, m.group, m.noSeat = true, seating.GroupID, nil
		return
	case answer.RefusedBy == licensing.SeatID:
		m.noSeat = p.license.full(seating, answer.RefusedBy)
		seats.license.Refuse(answer, m.noSeat)
	default:
		m.noSeat = p.license.full(seating, answer.RefusedBy)
		seats.groups[seating.GroupID].Refuse(answer, m.noSeat)
	}
}

// waitForSeat refuses the user the seat that an older one was refused. That is recorded before the object says so.
func (p *pass) waitForSeat(m *member, license ledger.License, full *allotment.Quota) {
	m.noSeat = full.Refusal
	if !m.saysNoSeat(m.noSeat) {
		m.unrecorded = true
		p.line.Add(subject(m), license, full, func() { m.unrecorded = false })
	}
}
