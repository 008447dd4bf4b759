package usage

import "github.com/licensing-operator/licensing-operator/internal/licensing"

// MovesUnits tells whether the record counts in the balance of a limitation.
func (r Record) MovesUnits() bool {
	switch r.Kind {
	case Provision, Revoke, Consumption, Rollback, Correction:
		return true
	case Charge, AutomaticCharge, Refund, Denial:
	}
	return false
}

// AddTo is the balance of the record's limitation with the record, as the ledger adds it up: a newer period begins from
// zero, and what comes late from an older one is over. Replicas record their transactions each on its own, so that the
// record that began a period may come behind another one of that period.
func (r Record) AddTo(balance licensing.Balance) (licensing.Balance, error) {
	switch {
	case r.Period > balance.Period:
		balance = licensing.Balance{LastReset: r.PeriodStart, Period: r.Period}
	case r.Period > 0 && r.Period < balance.Period:
		return balance, nil
	case r.Period == balance.Period && !r.PeriodStart.IsZero():
		balance.LastReset = r.PeriodStart
	}
	var err error
	balance.Consumed, err = balance.Consumed.Add(r.Units)
	return balance, err
}
