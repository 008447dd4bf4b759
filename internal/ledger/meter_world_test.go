package ledger_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// began is when the license began; the bubble's clock starts on the same day.
var began = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// calls is a limitation that is consumed, 10 a month.
var calls = ledger.Meter{
	ActivationID: "license", Began: began,
	Limitation: licensing.Limitation{ID: "calls", Limit: new(int64(10)), ResetMode: licensing.ResetFirstDayOfMonth, Enforce: true},
}

// consume takes units of calls, under an idempotency key if there is one.
func (r *replica) consume(key string, units int) (ledger.ConsumptionAnswer, error) {
	return r.Consume(r.world.Context(), r.world.id, consumption(key, units))
}

func consumption(key string, units int) ledger.ConsumptionRequest {
	request := ledger.ConsumptionRequest{Meter: calls, Value: licensing.Tokens(units) * licensing.Token, ClientID: "device", UserID: "ann"}
	if key != "" {
		request.Idempotency = ledger.Idempotency{Key: key, Digest: fmt.Sprint(units)}
	}
	return request
}

func (r *replica) rollBack(transactionID string) (ledger.ConsumptionAnswer, error) {
	return r.RollbackConsumption(r.world.Context(), r.world.id, ledger.RollbackRequest{Meter: calls, TransactionID: transactionID})
}

// rollBackOnce is content with a rollback that was done by an earlier try.
func (r *replica) rollBackOnce(transactionID string) (ledger.ConsumptionAnswer, error) {
	answer, err := r.rollBack(transactionID)
	if isReason(err, licensing.UnknownTransaction) {
		err = nil
	}
	return answer, err
}

func (r *replica) consumptions(filter ledger.ConsumptionFilter) ([]ledger.ConsumptionView, error) {
	filter.ActivationID = "license"
	return r.Consumptions(r.world.Context(), r.world.id, filter)
}

// consumed is the balance of calls as it is stored.
func (w *world) consumed() licensing.Tokens { return w.balance("calls").Consumed }

func (w *world) balance(limitationID string) licensing.Balance {
	w.Helper()
	account, _, err := w.memory.LoadAccount(w.Context(), w.id)
	w.succeeds(err)
	return account.Balances[ledger.LimitationKey{ActivationID: "license", LimitationID: limitationID}]
}

func isReason(err error, reason licensing.LimitationReason) bool {
	var refused *licensing.LimitationError
	return errors.As(err, &refused) && refused.Reason == reason
}

func (w *world) refuses(err error, reason licensing.LimitationReason) {
	w.Helper()
	if !isReason(err, reason) {
		w.Fatalf("got error %v, want %s", err, reason)
	}
}

// red is a group with a limit, in a license without one.
func red(limit int32) licensing.Seating {
	return licensing.Seating{GroupID: "red", GroupLimit: &limit}
}

func seats(limit int32) licensing.Seating { return licensing.Seating{Limit: &limit} }

// token is a client of a license with a limit.
func token(clientID string, limit int32) ledger.License {
	return ledger.License{ActivationID: "license", Limitation: licensing.TokenLimitation(&limit), UserID: clientID, Active: true}
}

func (r *replica) takeSeat(user ledger.Subject, userID string, limits licensing.Seating) (ledger.UserAnswer, error) {
	return r.TakeSeat(r.world.Context(), r.world.id, user, license(userID, 0), limits)
}

func (r *replica) freeSeat(user ledger.Subject, userID string) (ledger.UserAnswer, error) {
	return r.FreeSeat(r.world.Context(), r.world.id, user, license(userID, 0))
}

func (r *replica) provisionAlone(user ledger.Subject, license ledger.License) (ledger.UserAnswer, error) {
	return r.Provision(r.world.Context(), r.world.id, user, license, licensing.ConsumedHolding)
}
