package ledgertest

import (
	"github.com/google/go-cmp/cmp"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// units goes over every movement of units, in commit order.
func (c *checker) units(do func(key ledger.LimitationKey, entry ledger.UnitEntry)) {
	for _, transaction := range c.once {
		for _, entry := range transaction.Units {
			do(ledger.LimitationKey{ActivationID: entry.ActivationID, LimitationID: entry.LimitationID}, entry)
		}
	}
}

// balances are what the recorded units add up to since the last reset.
func (c *checker) balances() {
	recorded, periods := map[ledger.LimitationKey]licensing.Tokens{}, map[ledger.LimitationKey]int64{}
	c.units(func(key ledger.LimitationKey, entry ledger.UnitEntry) {
		if entry.Period > periods[key] {
			periods[key], recorded[key] = entry.Period, 0
		}
		recorded[key] += entry.Units
	})
	balances := map[ledger.LimitationKey]licensing.Tokens{}
	for key, balance := range c.account.Balances {
		balances[key] = balance.Consumed
		if balance.Period != periods[key] {
			c.Errorf("limitation %s of line item %s is in period %d, its last recorded one is %d", key.LimitationID, key.ActivationID, balance.Period, periods[key])
		}
	}
	if diff := cmp.Diff(withoutZeros(recorded), withoutZeros(balances)); diff != "" {
		c.Errorf("balances of limitations (-recorded +account):\n%s", diff)
	}
}

// holdings are the number of units that live users and clients hold, of what is not consumed.
func (c *checker) holdings() {
	held, provisioned, licenses := map[ledger.LimitationKey]licensing.Tokens{}, map[ledger.LimitationKey]licensing.Tokens{}, map[string]bool{}
	c.units(func(key ledger.LimitationKey, entry ledger.UnitEntry) {
		if entry.Period == 0 {
			provisioned[key] = c.account.Balances[key].Consumed
			licenses[key.ActivationID] = true
		}
	})
	for activationID := range licenses {
		users, err := c.Store.Users(c.Context(), c.Account, activationID)
		if err != nil {
			c.Errorf("users of %s: %v", activationID, err)
		}
		for subject, state := range users {
			if state.User == nil {
				continue
			}
			if group := state.User.SeatGroup(); group != "" && !state.User.HasSeat() {
				c.Errorf("user %s is in group %s without a seat", subject.Name, group)
			}
			for _, holding := range state.User.Holdings {
				held[ledger.LimitationKey{ActivationID: activationID, LimitationID: holding.LimitationID}] += licensing.Token
			}
		}
	}
	if diff := cmp.Diff(withoutZeros(held), withoutZeros(provisioned)); diff != "" {
		c.Errorf("balances of limitations (-held +account):\n%s", diff)
	}
}

// consumptions are the records of the running period, of which none counts twice or was given back twice.
func (c *checker) consumptions() {
	live, consumed, licenses := map[ledger.LimitationKey]licensing.Tokens{}, map[ledger.LimitationKey]licensing.Tokens{}, map[string]bool{}
	c.units(func(key ledger.LimitationKey, entry ledger.UnitEntry) {
		if entry.Period > 0 {
			consumed[key] = c.account.Balances[key].Consumed
			licenses[key.ActivationID] = true
		}
	})
	made := map[ledger.Subject]int64{}
	for _, transaction := range c.once {
		if transaction.Subject.Kind != ledger.ConsumptionSubject {
			continue
		}
		if made[transaction.Subject]++; transaction.State.Revision() != made[transaction.Subject] || transaction.Base != made[transaction.Subject]-1 {
			c.Errorf("consumption %s goes from revision %d to %d in commit %d", transaction.Subject.Name, transaction.Base, transaction.State.Revision(), transaction.Sequence)
		}
	}
	for activationID := range licenses {
		records, err := c.Store.Consumptions(c.Context(), c.Account, activationID)
		if err != nil {
			c.Errorf("consumptions of %s: %v", activationID, err)
		}
		for subject, state := range records {
			record := state.Consumption
			if record.Revision != made[subject] {
				c.Errorf("consumption %s is stored at revision %d, its last transaction made %d", subject.Name, record.Revision, made[subject])
			}
			key := ledger.LimitationKey{ActivationID: record.ActivationID, LimitationID: record.LimitationID}
			if !record.RolledBack() && record.Period == c.account.Balances[key].Period {
				live[key] += record.Value
			}
		}
	}
	if diff := cmp.Diff(withoutZeros(live), withoutZeros(consumed)); diff != "" {
		c.Errorf("balances of limitations (-records of the period +account):\n%s", diff)
	}
}
