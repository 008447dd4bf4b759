package ledger

import (
	"context"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// RollbackRequest gives a consumption back, once. One that was counted in an earlier period changes no balance any more.
type RollbackRequest struct {
	Meter
	// TransactionID names the consumption.
	TransactionID string
}

// RollbackConsumption is a RollbackRequest alone. What is not known, is of another limitation or was given back already is a
// *licensing.LimitationError with the reason UnknownTransaction.
func (l *Ledger) RollbackConsumption(ctx context.Context, id AccountID, request RollbackRequest) (ConsumptionAnswer, error) {
	result := l.one(ctx, id, request)
	return result.Consumption, result.Err
}

func (r RollbackRequest) command(id AccountID) *command {
	c := &command{}
	if isTransactionID(r.TransactionID) {
		c.subject = consumptionSubject(id, r.TransactionID)
	}
	c.evaluate = func(v *view) proposal {
		record := v.state.Consumption
		if record == nil || record.RolledBack() || !r.counts(id, *record) {
			err := &licensing.LimitationError{
				Reason:  licensing.UnknownTransaction,
				Message: fmt.Sprintf("limitation %q has no consumption %q, or no longer", r.Limitation.ID, r.TransactionID),
			}
			return proposal{answer: outcome{Result: Result{Err: err}}, exact: true}
		}
		before := v.balance(r.Meter)
		after, err := licensing.Rollback(r.Limitation, before.Begun(r.Began), *record, v.now)
		if err != nil {
			return proposal{answer: outcome{Result: Result{Err: err}}}
		}
		next := *record
		next.RolledBackAt = v.now
		next.Revision++
		transaction := v.newTransaction(c, licensing.CauseRolledBack)
		transaction.Requester = licensing.Requester{Type: "user", Value: record.UserID}
		transaction.State = State{Consumption: &next}
		transaction.Units = r.movement(before, after)
		answer := outcome{transaction: transaction}
		answer.Consumption.Granted, answer.Consumption.Standing = true, after.Standing(r.Limitation, v.now)
		return proposal{answer: answer, transaction: transaction}
	}
	return c
}

// counts tells whether the record is one of the meter's.
func (m Meter) counts(id AccountID, record licensing.Consumption) bool {
	return record.Instance == id.Name && record.ActivationID == m.ActivationID && record.LimitationID == m.Limitation.ID
}
