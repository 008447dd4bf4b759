package ledger

import (
	"context"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Seating makes the user one of the active users of the license, in the group as well if there is one, or moves the seat
// to another group. A lack of seats is an answer, which names the limitation that refuses in RefusedBy.
type Seating struct {
	User    Subject
	License License
	Limits  licensing.Seating
}

// Unseating makes the user inactive, who keeps the units of limitations; a user without a seat is left unchanged.
type Unseating struct {
	User    Subject
	License License
}

// TakeSeat is a Seating alone.
func (l *Ledger) TakeSeat(ctx context.Context, id AccountID, user Subject, license License, limits licensing.Seating) (UserAnswer, error) {
	result := l.one(ctx, id, Seating{user, license, limits})
	return result.User, result.Err
}

// FreeSeat is an Unseating alone.
func (l *Ledger) FreeSeat(ctx context.Context, id AccountID, user Subject, license License) (UserAnswer, error) {
	result := l.one(ctx, id, Unseating{user, license})
	return result.User, result.Err
}

func (s Seating) command(AccountID) *command {
	return onUser(s.User, s.License, licensing.CauseProvisioned, func(v *view, named licensing.NamedUser, unit licensing.Holding) (licensing.Provisioned, licensing.NamedUser, error) {
		// Who asked for a seat does not matter: the user's spec says whether there is to be one.
		unit.ClientID, unit.ExternalID = "", ""
		return licensing.TakeSeat(named, s.Limits, v.held(s.License.ActivationID), unit)
	})
}

func (u Unseating) command(AccountID) *command {
	return onUser(u.User, u.License, licensing.CauseRevoked, func(_ *view, named licensing.NamedUser, _ licensing.Holding) (licensing.Provisioned, licensing.NamedUser, error) {
		seat, _ := named.Seat()
		return licensing.Provisioned{Holding: seat}, licensing.FreeSeat(named), nil
	})
}
