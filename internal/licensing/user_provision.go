package licensing

import (
	"slices"
	"time"
)

// Provisioned answers a provisioning.
type Provisioned struct {
	Granted bool
	// Holding is the user's, whether new or there before; empty if refused.
	Holding Holding
	// Repeated says that the user held the unit already, and nothing changed.
	Repeated bool
	// Message says why not, and RefusedBy which limitation refuses; empty if granted.
	Message   string
	RefusedBy string
	// Standing has no LastReset: a license's holdings are never reset.
	Standing
}

// Provision gives the user a unit of the limitation, of which held units are taken. The unit is described but for its
// limitation. A lack of quota is a result, not an error. A user who holds the unit is answered first, whatever the quota
// or the user's state: a repeated request changes nothing, so it must not fail either.
func Provision(user NamedUser, l Limitation, held int64, unit Holding) (Provisioned, NamedUser, error) {
	if !l.UserProvisioning {
		return Provisioned{}, user, limitationErrorf(NotProvisionedByUser, "limitation %q is not provisioned to named users", l.label())
	}
	if holding, ok := user.Holding(l.ID); ok {
		return Provisioned{Granted: true, Holding: holding, Repeated: true, Standing: l.HeldStanding(held)}, user, nil
	}
	// A client that activates a license has no seat: the token is what makes it one that may.
	if !BuiltIn(l.ID) && (!user.Active || !user.HasSeat()) {
		return Provisioned{}, user, inactive(user)
	}
	if !l.admits(units(held + 1)) {
		return refusedBy(l, held), user, nil
	}
	unit.LimitationID = l.ID
	next := user.withHoldings(append(slices.Clone(user.Holdings), unit))
	return Provisioned{Granted: true, Holding: unit, Standing: l.HeldStanding(held + 1)}, next, nil
}

func refusedBy(l Limitation, held int64) Provisioned {
	return Provisioned{Message: l.refusal(Token, units(held)), RefusedBy: l.ID, Standing: l.HeldStanding(held)}
}

// Revoke takes back the unit that a transaction gave. The transaction must be the user's present one: a revocation that
// is repeated, or comes late, must not take a unit that was given since.
func Revoke(user NamedUser, limitationID, transactionID string) (NamedUser, error) {
	holding, ok := user.Holding(limitationID)
	if !ok || holding.TransactionID != transactionID {
		return user, limitationErrorf(UnknownTransaction, "user %q holds no transaction %q of limitation %q", user.UserID, transactionID, limitationID)
	}
	kept := slices.DeleteFunc(slices.Clone(user.Holdings), func(h Holding) bool { return h == holding })
	return user.withHoldings(kept), nil
}

// Release takes back everything that the user holds.
func Release(user NamedUser) NamedUser {
	if len(user.Holdings) == 0 {
		return user
	}
	return user.withHoldings(nil)
}

// Recount returns how many units of the limitation are held. It is the only source of that number: a counter that is
// incremented and decremented drifts, the list of holders cannot.
func Recount(limitationID string, users []NamedUser) (held int64) {
	for _, user := range users {
		if _, ok := user.Holding(limitationID); ok {
			held++
		}
	}
	return held
}

// HeldStanding returns the figures of a user provisioned limitation of which held units are taken.
func (l Limitation) HeldStanding(held int64) Standing {
	return Balance{Consumed: units(held)}.Standing(l, time.Time{})
}

// units is a number of users in the unit of balances. No license has so many users that it could overflow.
func units(n int64) Tokens { return Tokens(n) * Token }
