package ledger

import (
	"fmt"
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// licenses are those on which the requester is a named user.
func (v *view) licenses() []licensing.UserLicense {
	if len(v.holders) == 0 {
		return nil
	}
	licenses := make([]licensing.UserLicense, len(v.holders))
	for i, holder := range v.holders {
		licenses[i] = holder.License
	}
	return licenses
}

// admitted is the request with what its requester holds.
func (v *view) admitted(access licensing.Access) licensing.Access {
	access.Licenses = v.licenses()
	return access
}

// giveTaken makes the units that the requester takes along transactions of the users, one for each unit, because a unit is
// given back by the transaction that gave it. They are committed with the transaction that charges the tokens, or not at
// all, and name it.
func (v *view) giveTaken(results []licensing.ItemResult, charge *Transaction) ([]*Transaction, error) {
	var transactions []*Transaction
	states := map[Subject]State{}
	for _, unit := range licensing.TakenUnits(results) {
		i := slices.IndexFunc(v.holders, func(h Holder) bool { return h.License.LineItem.ActivationID == unit.ActivationID })
		if i < 0 {
			return nil, fmt.Errorf("%w: nobody takes the unit of limitation %s of line item %s", ErrUnavailable, unit.LimitationID, unit.ActivationID)
		}
		holder := v.holders[i]
		given, err := v.give(holder, unit.LimitationID, states)
		if err != nil {
			return nil, err
		}
		given.CorrelationID, given.Caller = charge.ID, charge.Caller
		transactions = append(transactions, given)
		states[holder.User] = given.State
	}
	return transactions, nil
}

// give decides as if the unit was asked for alone, on what the user holds after the units given before.
func (v *view) give(holder Holder, limitationID string, states map[Subject]State) (*Transaction, error) {
	alone := *v
	alone.state = State{User: &holder.License.User}
	if state, given := states[holder.User]; given {
		alone.state = state
	}
	limitation, _ := holder.License.Limitation(limitationID)
	user := holder.License.User
	license := License{
		ActivationID: holder.License.LineItem.ActivationID, Limitation: limitation, UserID: user.UserID, Name: user.Name, Active: user.Active,
	}
	next := Provisioning{User: holder.User, License: license, Origin: licensing.ConsumedHolding}.command(v.account.ID).evaluate(&alone)
	if next.transaction == nil {
		return nil, fmt.Errorf("%w: user %q is not given the unit of limitation %s of line item %s", ErrUnavailable, user.UserID, limitationID, license.ActivationID)
	}
	return next.transaction, nil
}
