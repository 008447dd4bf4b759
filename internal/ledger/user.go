package ledger

import (
	"context"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// License is the line item whose limitation is provisioned, and the user as declared; what the user holds is the
// ledger's own knowledge. A client that activates the license is a user whose only unit is the token.
type License struct {
	ActivationID string
	// Limitation is a limitation of the license, or licensing.TokenLimitation for a client. For a seat it is not looked at.
	Limitation licensing.Limitation
	// UserID, Name and Active are the user's, as the object's spec says.
	UserID, Name string
	Active       bool
	// ClientID is the client that asks, and ExternalID what that calls it; they are kept with the unit.
	ClientID, ExternalID string
	// Generation is that of the object whose spec asks; zero for a call, which is a request of its own.
	Generation int64
	// TransactionID limits a revocation to the unit that the transaction gave; without one it takes whichever is held.
	TransactionID string
}

// UserAnswer is what became of a provisioning or a revocation.
type UserAnswer struct {
	licensing.Provisioned
	// Changed tells that a transaction was made.
	Changed bool
	// NotRecorded tells of a refusal for which the open list has no room now, but will have soon. It may be asked for again.
	NotRecorded bool
	// Written is closed when the object shows the transaction; nil when there is none.
	Written <-chan struct{}
}

// Provisioning gives the user a unit of the license's limitation. A lack of quota is an answer; errors of the request
// itself are *licensing.LimitationError.
type Provisioning struct {
	User    Subject
	License License
	Origin  licensing.HoldingOrigin
}

// Revocation takes the user's unit of the license's limitation back; a user without one is left unchanged.
type Revocation struct {
	User    Subject
	License License
}

// Release takes back everything that the user holds, the seat as well.
type Release struct {
	User    Subject
	License License
}

// Waiting has it recorded that the user does not get a unit because somebody else, who comes first, did not get one: by the
// Refusal that the other was answered. Nothing is given, not even a unit that has become free meanwhile: it is the other's.
type Waiting struct {
	User    Subject
	License License
	Refusal licensing.Provisioned
}

// Provision is a Provisioning alone.
func (l *Ledger) Provision(ctx context.Context, id AccountID, user Subject, license License, origin licensing.HoldingOrigin) (UserAnswer, error) {
	result := l.one(ctx, id, Provisioning{user, license, origin})
	return result.User, result.Err
}

// Revoke is a Revocation alone.
func (l *Ledger) Revoke(ctx context.Context, id AccountID, user Subject, license License) (UserAnswer, error) {
	result := l.one(ctx, id, Revocation{user, license})
	return result.User, result.Err
}

// Release is a Release alone.
func (l *Ledger) Release(ctx context.Context, id AccountID, user Subject, license License) (UserAnswer, error) {
	result := l.one(ctx, id, Release{user, license})
	return result.User, result.Err
}

func (p Provisioning) command(AccountID) *command {
	return onUser(p.User, p.License, licensing.CauseProvisioned, func(v *view, named licensing.NamedUser, unit licensing.Holding) (licensing.Provisioned, licensing.NamedUser, error) {
		unit.Origin = p.Origin
		return licensing.Provision(named, p.License.Limitation, v.held(p.License.ActivationID)(p.License.Limitation.ID), unit)
	})
}

func (w Waiting) command(AccountID) *command {
	return onUser(w.User, w.License, licensing.CauseProvisioned, func(_ *view, named licensing.NamedUser, _ licensing.Holding) (licensing.Provisioned, licensing.NamedUser, error) {
		if holding, held := named.Holding(w.Refusal.RefusedBy); held {
			return licensing.Provisioned{Granted: true, Holding: holding, Repeated: true}, named, nil
		}
		return w.Refusal, named, nil
	})
}

func (r Revocation) command(AccountID) *command {
	return onUser(r.User, r.License, licensing.CauseRevoked, func(_ *view, named licensing.NamedUser, _ licensing.Holding) (licensing.Provisioned, licensing.NamedUser, error) {
		holding, held := named.Holding(r.License.Limitation.ID)
		if !held || (r.License.TransactionID != "" && holding.TransactionID != r.License.TransactionID) {
			return licensing.Provisioned{}, named, nil
		}
		next, err := licensing.Revoke(named, holding.LimitationID, holding.TransactionID)
		return licensing.Provisioned{Holding: holding}, next, err
	})
}

func (r Release) command(AccountID) *command {
	return onUser(r.User, r.License, licensing.CauseRevoked, func(_ *view, named licensing.NamedUser, _ licensing.Holding) (licensing.Provisioned, licensing.NamedUser, error) {
		return licensing.Provisioned{}, licensing.Release(named), nil
	})
}

// unitChange decides what a user holds next. The unit is what is given, if one is, but for its limitation.
type unitChange func(v *view, named licensing.NamedUser, unit licensing.Holding) (licensing.Provisioned, licensing.NamedUser, error)

// onUser makes a change of what a user holds a transaction. The balances move by the difference, whatever was decided, so
// that they stay the number of holdings.
func onUser(user Subject, license License, cause licensing.Cause, decide unitChange) *command {
	c := &command{subject: user, generation: license.Generation}
	c.evaluate = func(v *view) proposal {
		named := license.user(v.state)
		transaction := v.newTransaction(c, cause)
		unit := licensing.Holding{TransactionID: transaction.ID, Since: v.now, ClientID: license.ClientID, ExternalID: license.ExternalID}
		provisioned, next, err := decide(v, named, unit)
		answer := outcome{Result: Result{User: UserAnswer{Provisioned: provisioned}, Err: err}}
		if err != nil || next.Revision == named.Revision {
			// Elsewhere a unit may have become free, or the user may have lost or been given one.
			return proposal{answer: answer, exact: true, denial: v.denyUnit(c, license, answer.User)}
		}
		transaction.State = State{User: &next}
		transaction.Requester = licensing.Requester{Type: "user", Value: license.UserID}
		transaction.Units = unitsBetween(license.ActivationID, named, next)
		answer.User.Changed, answer.transaction = true, transaction
		return proposal{answer: answer, transaction: transaction}
	}
	return c
}

// denyUnit makes a transaction of a lack of quota; nil if there is none.
func (v *view) denyUnit(c *command, license License, answer UserAnswer) *Transaction {
	if answer.Granted || answer.RefusedBy == "" {
		return nil
	}
	denial := refusedUnits(license.ActivationID, answer.RefusedBy, answer.Message, licensing.Token, answer.Standing)
	return v.deny(c, licensing.Requester{Type: "user", Value: license.UserID}, denial)
}

// user is the one that the license describes, with what the ledger has given it.
func (l License) user(state State) (named licensing.NamedUser) {
	if state.User != nil {
		named = *state.User
	}
	named.UserID, named.Name, named.Active = l.UserID, l.Name, l.Active
	return named
}

// held tells how many units of a limitation of the line item are taken.
func (v *view) held(activationID string) func(limitationID string) int64 {
	return func(limitationID string) int64 {
		return v.account.Balances[LimitationKey{ActivationID: activationID, LimitationID: limitationID}].Held()
	}
}

// unitsBetween is the difference between what is held before and after.
func unitsBetween(activationID string, before, after licensing.NamedUser) (units []UnitEntry) {
	for _, holding := range before.Holdings {
		if _, kept := after.Holding(holding.LimitationID); !kept {
			units = append(units, UnitEntry{ActivationID: activationID, LimitationID: holding.LimitationID, Units: -licensing.Token})
		}
	}
	for _, holding := range after.Holdings {
		if _, had := before.Holding(holding.LimitationID); !had {
			units = append(units, UnitEntry{ActivationID: activationID, LimitationID: holding.LimitationID, Units: licensing.Token})
		}
	}
	return units
}
