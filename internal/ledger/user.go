package ledger

import (
	"context"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// License is the line item whose limitation is provisioned, and the user as declared; what the user holds is the
// ledger's own knowledge.
type License struct {
	ActivationID string
	Limitation   licensing.Limitation
	// UserID, Name and Active are the user's, as the object's spec says.
	UserID, Name string
	Active       bool
	// TransactionID limits a revocation to the unit that the transaction gave; without one it takes whichever is held.
	TransactionID string
}

// UserAnswer is what became of a provisioning or a revocation.
type UserAnswer struct {
	licensing.Provisioned
	// Changed tells that a transaction was made.
	Changed bool
	// Written is closed when the object shows the transaction; nil when there is none.
	Written     <-chan struct{}
	transaction *Transaction
}

// Provision gives the user a unit of the limitation. A lack of quota is an answer; errors of the request itself are
// *licensing.LimitationError.
func (l *Ledger) Provision(ctx context.Context, id AccountID, user Subject, license License, origin licensing.HoldingOrigin) (UserAnswer, error) {
	return l.onUser(ctx, id, user, license, func(v *view, named licensing.NamedUser, transactionID string) (licensing.Provisioned, licensing.NamedUser, licensing.Tokens, error) {
		held := v.account.Balances[license.key()].Consumed / licensing.Token
		provisioned, next, err := licensing.Provision(named, license.Limitation, int64(held), transactionID, origin, v.now)
		return provisioned, next, licensing.Token, err
	})
}

// Revoke takes the user's unit of the limitation back; a user without one is left unchanged.
func (l *Ledger) Revoke(ctx context.Context, id AccountID, user Subject, license License) (UserAnswer, error) {
	return l.onUser(ctx, id, user, license, func(_ *view, named licensing.NamedUser, _ string) (licensing.Provisioned, licensing.NamedUser, licensing.Tokens, error) {
		holding, held := named.Holding(license.Limitation.ID)
		if !held || (license.TransactionID != "" && holding.TransactionID != license.TransactionID) {
			return licensing.Provisioned{}, named, 0, nil
		}
		next, err := licensing.Revoke(named, license.Limitation.ID, holding.TransactionID)
		return licensing.Provisioned{Holding: holding}, next, -licensing.Token, err
	})
}

type unitChange func(*view, licensing.NamedUser, string) (licensing.Provisioned, licensing.NamedUser, licensing.Tokens, error)

func (l *Ledger) onUser(ctx context.Context, id AccountID, user Subject, license License, decide unitChange) (UserAnswer, error) {
	type outcome struct {
		UserAnswer
		err error
	}
	c := &command{subject: user}
	c.evaluate = func(v *view) proposal {
		named := licensing.NamedUser{}
		if v.state.User != nil {
			named = *v.state.User
		}
		named.UserID, named.Name, named.Active = license.UserID, license.Name, license.Active
		transaction := v.newTransaction(c, "")
		provisioned, next, units, err := decide(v, named, transaction.ID)
		answer := outcome{UserAnswer{Provisioned: provisioned}, err}
		if err != nil || next.Revision == named.Revision {
			// Elsewhere a unit may have become free, or the user may have lost or been given one.
			return proposal{answer: answer, exact: true}
		}
		transaction.Cause = licensing.CauseProvisioned
		if units < 0 {
			transaction.Cause = licensing.CauseRevoked
		}
		transaction.State = State{User: &next}
		transaction.Requester = licensing.Requester{Type: "user", Value: license.UserID}
		transaction.Units = []UnitEntry{{ActivationID: license.ActivationID, LimitationID: license.Limitation.ID, Units: units}}
		answer.Changed, answer.transaction = true, transaction
		return proposal{answer: answer, transaction: transaction}
	}
	result, err := l.submit(ctx, id, c)
	if err != nil {
		return UserAnswer{}, err
	}
	answer, _ := result.(outcome)
	if answer.transaction != nil {
		answer.Written = l.written(id, answer.transaction)
	}
	return answer.UserAnswer, answer.err
}

func (l License) key() LimitationKey {
	return LimitationKey{ActivationID: l.ActivationID, LimitationID: l.Limitation.ID}
}

// Recount makes the balances of a line item's provisioned limitations the number of units that live users hold, so that
// a deletion noticed late heals itself. The limitations are named, because balances of consumptions are no such number.
// It tells whether anything was different.
func (l *Ledger) Recount(ctx context.Context, id AccountID, activationID string, limitations []string) (bool, error) {
	c := &command{usersOf: activationID}
	c.evaluate = func(v *view) proposal {
		held := make(map[LimitationKey]licensing.Tokens, len(limitations))
		for _, limitation := range limitations {
			held[LimitationKey{ActivationID: activationID, LimitationID: limitation}] = 0
		}
		for subject, state := range v.users {
			state = v.account.through(subject, state)
			if state.User == nil {
				continue
			}
			for _, holding := range state.User.Holdings {
				key := LimitationKey{ActivationID: activationID, LimitationID: holding.LimitationID}
				if _, counted := held[key]; counted {
					held[key] += licensing.Token
				}
			}
		}
		transaction := v.newTransaction(c, licensing.CauseRecounted)
		for key, units := range held {
			if difference := units - v.account.Balances[key].Consumed; difference != 0 {
				transaction.Units = append(transaction.Units, UnitEntry{ActivationID: key.ActivationID, LimitationID: key.LimitationID, Units: difference})
			}
		}
		if len(transaction.Units) == 0 {
			return proposal{answer: false}
		}
		return proposal{answer: true, transaction: transaction}
	}
	result, err := l.submit(ctx, id, c)
	if err != nil {
		return false, fmt.Errorf("recount the users of line item %s: %w", activationID, err)
	}
	changed, _ := result.(bool)
	return changed, nil
}
