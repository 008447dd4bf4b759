package restv2

import (
	"net/http"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// AddConsumptionHeartbeats consumes, or provisions users.
func (a *API) AddConsumptionHeartbeats(w http.ResponseWriter, r *http.Request, _ stub.IsvID, params stub.AddConsumptionHeartbeatsParams) {
	var body stub.FullConsumptionHeartbeatDto
	if !decode(w, r, &body) {
		return
	}
	beat := licenses.ConsumptionHeartbeat{ClientID: body.ClientID, TokenKey: value(body.TokenKey), Idempotency: idempotency(r, params.IdempotencyKey)}
	for _, one := range body.ConsumptionHeartbeat {
		amount, err := licensing.ParseTokens(one.Value.String())
		if err != nil { // more than can be accounted for, and so more than any quota
			a.fail(w, r, &licenses.Error{ID: licenses.ValueNotPossible, Message: "value: " + err.Error()})
			return
		}
		wanted := licenses.ConsumptionValue{LimitationID: canonical(one.LimitationID), Value: amount, UserID: value(one.UserID), ExternalID: value(one.ExternalID)}
		if one.TimestampUtc != nil {
			wanted.Timestamp = one.TimestampUtc.Time
		}
		beat.Values = append(beat.Values, wanted)
	}
	consumed, err := a.licenses(r).Consume(r.Context(), beat)
	a.answer(w, r, each(consumed, consumption), err)
}

// RollbackConsumptionHeartbeat takes a consumption back, or revokes a user's unit.
func (a *API) RollbackConsumptionHeartbeat(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	var body stub.ConsumptionTransactionDto
	if !decode(w, r, &body) {
		return
	}
	left, err := a.licenses(r).Rollback(r.Context(), canonical(value(body.LimitationID)), canonical(value(body.TransactionID)))
	a.answer(w, r, consumption(left), err)
}

// ValidateConsumption tells what is left of a limitation.
func (a *API) ValidateConsumption(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	var body stub.ValidateConsumptionStatusDto
	if !decode(w, r, &body) {
		return
	}
	left, err := a.licenses(r).ValidateConsumption(r.Context(), canonical(body.LicenseID), canonical(body.LimitationID))
	a.answer(w, r, consumption(left), err)
}

// GetConsumptionBalance shows the balances of a license.
func (a *API) GetConsumptionBalance(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID) {
	balances, err := a.licenses(r).Balances(r.Context(), canonical(id))
	a.answer(w, r, each(balances, balance), err)
}

// ListConsumptionHeartbeats lists what was consumed, and by whom.
func (a *API) ListConsumptionHeartbeats(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID, params stub.ListConsumptionHeartbeatsParams) {
	filter := licenses.RecordFilter{
		TransactionID: canonical(value(params.TransactionID)), UserID: value(params.UserID), ClientID: value(params.ClientID),
		From: value(params.DateFrom).Time, To: value(params.DateTo).Time,
	}
	for _, limitation := range params.Limitations { // published clients repeat the parameter, or send one with commas and blanks
		for id := range strings.SplitSeq(limitation, ",") {
			if id = strings.TrimSpace(id); id != "" {
				filter.LimitationIDs = append(filter.LimitationIDs, canonical(id))
			}
		}
	}
	found, err := a.licenses(r).Records(r.Context(), canonical(id), filter)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	shown, err := records(found)
	a.answer(w, r, shown, err)
}

// ResetConsumptionBalance begins a new period of a limitation.
func (a *API) ResetConsumptionBalance(
	w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID, limitationID stub.LimitationID, _ stub.ResetConsumptionBalanceParams,
) {
	a.done(w, r, a.licenses(r).ResetBalance(r.Context(), canonical(id), canonical(limitationID)))
}

// RecalculateConsumptionBalance counts a balance again.
func (a *API) RecalculateConsumptionBalance(
	w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID, limitationID stub.LimitationID, _ stub.RecalculateConsumptionBalanceParams,
) {
	a.done(w, r, a.licenses(r).RecalculateBalance(r.Context(), canonical(id), canonical(limitationID)))
}

// UpdateConsumptionBalances is done: a new period begins whenever a balance is looked at.
func (a *API) UpdateConsumptionBalances(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	a.done(w, r, nil)
}
