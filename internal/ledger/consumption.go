package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Meter is the limitation of a line item that is consumed.
type Meter struct {
	ActivationID string
	Limitation   licensing.Limitation
	// Began is when the license began, from which the first period counts.
	Began time.Time
}

// ConsumptionRequest takes a value from a limitation that is consumed: the whole of it or nothing.
type ConsumptionRequest struct {
	Meter
	Value licensing.Tokens
	// Timestamp is when it was, as the client says. It decides nothing.
	Timestamp                         time.Time
	LicenseID, ClientID, AssignmentID string
	UserID, ExternalID                string
	// Idempotency lets the same consumption be asked for again without counting twice.
	Idempotency Idempotency
}

// ConsumptionAnswer is what became of a consumption or a rollback, with the figures after it.
type ConsumptionAnswer struct {
	licensing.ConsumeResult
	// TransactionID names the record of the consumption; it is empty if that was refused.
	TransactionID string
	// Written is closed when the record is stored, or marked; nil when there is nothing to store.
	Written <-chan struct{} `json:"-"`
}

// Consume is a ConsumptionRequest alone. A lack of quota is an answer; errors of the request itself are
// *licensing.LimitationError.
func (l *Ledger) Consume(ctx context.Context, id AccountID, request ConsumptionRequest) (ConsumptionAnswer, error) {
	result := l.one(ctx, id, request)
	return result.Consumption, result.Err
}

func (r ConsumptionRequest) command(id AccountID) *command {
	c := &command{once: r.Idempotency, again: consumptionAgain}
	c.evaluate = func(v *view) proposal {
		before := v.balance(r.Meter)
		result, after, err := licensing.Consume(r.Limitation, before.Begun(r.Began), r.Value, v.now)
		answer := outcome{Result: Result{Consumption: ConsumptionAnswer{ConsumeResult: result}, Err: err}}
		switch {
		case err != nil:
			return proposal{answer: answer}
		case !result.Granted: // elsewhere something may have been given back
			denial := refusedUnits(r.ActivationID, r.Limitation.ID, result.Message, r.Value, result.Standing)
			return proposal{answer: answer, remember: answer.Consumption, exact: true, denial: v.deny(c, r.requester(), denial)}
		}
		transaction := v.newTransaction(c, licensing.CauseConsumed)
		transaction.Subject = consumptionSubject(id, transaction.ID)
		transaction.Requester = r.requester()
		transaction.State = State{Consumption: r.record(id, result, after)}
		transaction.Units = r.movement(before, after)
		answer.Consumption.TransactionID, answer.transaction = transaction.ID, transaction
		return proposal{answer: answer, remember: answer.Consumption, transaction: transaction}
	}
	return c
}

func (r ConsumptionRequest) requester() licensing.Requester {
	return licensing.Requester{Type: "user", Value: r.UserID}
}

func (r ConsumptionRequest) record(id AccountID, result licensing.ConsumeResult, balance licensing.Balance) *licensing.Consumption {
	return &licensing.Consumption{
		Instance: id.Name, ActivationID: r.ActivationID, LimitationID: r.Limitation.ID, Value: r.Value,
		Period: balance.Period, ConsumedAt: result.ConsumedAt, Timestamp: r.Timestamp, Balance: result.Balance, Remaining: result.Remaining,
		LicenseID: r.LicenseID, ClientID: r.ClientID, AssignmentID: r.AssignmentID, UserID: r.UserID, ExternalID: r.ExternalID,
		Revision: 1,
	}
}

func consumptionAgain(text json.RawMessage) (any, error) {
	var answer outcome
	if err := json.Unmarshal(text, &answer.Consumption); err != nil {
		return nil, fmt.Errorf("decode answer: %w", err)
	}
	return answer, nil
}

// consumptionSubject names the record that the transaction makes. No other one ever has the name.
func consumptionSubject(id AccountID, transactionID string) Subject {
	return Subject{Kind: ConsumptionSubject, Namespace: id.Namespace, Name: transactionID, UID: transactionID}
}

// isTransactionID tells whether transactions are named like this.
func isTransactionID(text string) bool {
	parsed, err := uuid.Parse(text)
	return err == nil && parsed.String() == text
}

func (m Meter) key() LimitationKey {
	return LimitationKey{ActivationID: m.ActivationID, LimitationID: m.Limitation.ID}
}

func (v *view) balance(m Meter) licensing.Balance { return v.account.Balances[m.key()] }

// movement takes the balance from where it was stored to where it is now, by way of a reset if there was one.
func (m Meter) movement(before, after licensing.Balance) []UnitEntry {
	entry := UnitEntry{ActivationID: m.ActivationID, LimitationID: m.Limitation.ID, Units: after.Consumed, Period: after.Period}
	if after.Period > before.Period {
		entry.LastReset = after.LastReset
		return []UnitEntry{entry}
	}
	if entry.Units -= before.Consumed; entry.Units == 0 {
		return nil
	}
	return []UnitEntry{entry}
}
