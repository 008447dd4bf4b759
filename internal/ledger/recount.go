package ledger

import (
	"context"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Recount makes the balances of a line item's provisioned limitations the number of units that live users hold, so that
// a deletion noticed late heals itself. The limitations are named, because balances of consumptions are no such number;
// seats and tokens are always counted. It tells whether anything was different.
func (l *Ledger) Recount(ctx context.Context, id AccountID, activationID string, limitations []string) (bool, error) {
	changed, err := onListing(ctx, l, id, listing{activationID: activationID}, func(ctx context.Context, users *listing) (bool, error) {
		c := &command{listing: users}
		c.evaluate = func(v *view) proposal {
			transaction := v.newTransaction(c, licensing.CauseRecounted)
			transaction.Units = v.missing(activationID, limitations)
			if len(transaction.Units) == 0 {
				// A worker that lists says so of the account as it knows it, or it might never come to an end.
				return proposal{answer: false, exact: !users.inside}
			}
			return proposal{answer: true, transaction: transaction}
		}
		result, err := l.submit(ctx, id, c)
		changed, _ := result.(bool)
		return changed, err
	})
	if err != nil {
		return false, fmt.Errorf("recount the users of line item %s: %w", activationID, err)
	}
	return changed, nil
}

// missing is the difference between the units that the listed users hold and the balances.
func (v *view) missing(activationID string, limitations []string) (units []UnitEntry) {
	held := map[LimitationKey]licensing.Tokens{}
	for _, limitation := range limitations {
		held[LimitationKey{ActivationID: activationID, LimitationID: limitation}] = 0
	}
	for key := range v.account.Balances {
		if key.ActivationID == activationID && licensing.BuiltIn(key.LimitationID) {
			held[key] = 0
		}
	}
	for _, state := range v.listed {
		if state.User == nil {
			continue
		}
		for _, holding := range state.User.Holdings {
			key := LimitationKey{ActivationID: activationID, LimitationID: holding.LimitationID}
			if _, counted := held[key]; counted || licensing.BuiltIn(holding.LimitationID) {
				held[key] += licensing.Token
			}
		}
	}
	for key, held := range held {
		if difference := held - v.account.Balances[key].Consumed; difference != 0 {
			units = append(units, UnitEntry{ActivationID: key.ActivationID, LimitationID: key.LimitationID, Units: difference})
		}
	}
	return units
}

// Recalculate makes a limitation's balance what its records say: the number of live holders if it is provisioned to
// users, else the sum of what was consumed in the running period and not rolled back.
func (l *Ledger) Recalculate(ctx context.Context, id AccountID, meter Meter) (licensing.Standing, error) {
	if meter.Limitation.UserProvisioning {
		if _, err := l.Recount(ctx, id, meter.ActivationID, []string{meter.Limitation.ID}); err != nil {
			return licensing.Standing{}, err
		}
		balances, err := l.Balances(ctx, id)
		return meter.Limitation.HeldStanding(balances[meter.key()].Held()), err
	}
	of := listing{activationID: meter.ActivationID, consumed: true}
	return onListing(ctx, l, id, of, func(ctx context.Context, stored *listing) (licensing.Standing, error) {
		return l.onMeter(ctx, id, meter, &command{listing: stored}, licensing.CauseRecounted, func(v *view, balance licensing.Balance) (licensing.Balance, error) {
			if err := meter.Limitation.Consumable(); err != nil {
				return balance, err
			}
			var records []licensing.Consumption
			for _, state := range v.listed {
				if state.Consumption != nil && meter.counts(id, *state.Consumption) {
					records = append(records, *state.Consumption)
				}
			}
			return balance.At(meter.Limitation, v.now).Recounted(records)
		})
	})
}

// ResetBalance starts a new period of a limitation now, on an administrator's word. It is refused where units are held.
func (l *Ledger) ResetBalance(ctx context.Context, id AccountID, meter Meter) (licensing.Standing, error) {
	return l.onMeter(ctx, id, meter, &command{}, licensing.CauseReset, func(v *view, balance licensing.Balance) (licensing.Balance, error) {
		return balance.At(meter.Limitation, v.now).Reset(meter.Limitation, v.now)
	})
}

// onMeter makes a change of a balance a transaction, which has no object.
func (l *Ledger) onMeter(
	ctx context.Context, id AccountID, meter Meter, c *command, cause licensing.Cause, decide func(*view, licensing.Balance) (licensing.Balance, error),
) (licensing.Standing, error) {
	type changed struct {
		licensing.Standing
		err error
	}
	c.evaluate = func(v *view) proposal {
		before := v.balance(meter)
		after, err := decide(v, before.Begun(meter.Began))
		if err != nil {
			return proposal{answer: changed{err: err}}
		}
		next := proposal{answer: changed{Standing: after.Standing(meter.Limitation, v.now)}, exact: true}
		if units := meter.movement(before, after); len(units) > 0 {
			next.transaction = v.newTransaction(c, cause)
			next.transaction.Units = units
		}
		return next
	}
	result, err := l.submit(ctx, id, c)
	if err != nil {
		return licensing.Standing{}, fmt.Errorf("limitation %s of line item %s: %w", meter.Limitation.ID, meter.ActivationID, err)
	}
	answer, _ := result.(changed)
	return answer.Standing, answer.err
}
