package licenses

import (
	"errors"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// notConsumed words an error of the ledger: something has changed since the request was looked at.
func (l *Licenses) notConsumed(m *meter, value ConsumptionValue, err error) error {
	switch {
	case errors.Is(err, ledger.ErrSubjectGone):
		return unknownUser(m.license, value.UserID)
	case errors.Is(err, ledger.ErrKeyReused):
		return &Invalid{Problems: []string{"Idempotency-Key: was used for a different request: use a new key for each request"}, cause: err}
	}
	return l.refusedByLedger(err)
}

// refusedByLedger gives the id to what the ledger says makes no sense.
func (l *Licenses) refusedByLedger(err error) error {
	refused := (*licensing.LimitationError)(nil)
	if !errors.As(err, &refused) {
		return l.failed(err, nil)
	}
	ids := map[licensing.LimitationReason]ErrorID{
		licensing.StaticLimitation: LimitationStatic, licensing.InvalidValue: ValueNotPossible, licensing.InactiveUser: UserInactive,
		licensing.UnknownTransaction: TransactionUnknown, licensing.ProvisionedByUser: BalanceNotResettable,
		licensing.NotProvisionedByUser: ValueNotPossible,
	}
	return &Error{ID: ids[refused.Reason], Message: refused.Message, cause: err}
}

func consumptionOf(m *meter, result ledger.Result) Consumption {
	consumption := Consumption{LicenseID: m.license.terms.LicenseID, ProductID: m.license.terms.ProductID, Limitation: m.limitation}
	if m.limitation.UserProvisioning {
		consumption.TransactionID = result.User.Holding.TransactionID
		consumption.Standing = result.User.Standing
		consumption.LastReset = m.license.began() // units that users hold are never reset
	} else {
		consumption.TransactionID = result.Consumption.TransactionID
		consumption.Standing = result.Consumption.Standing
	}
	return consumption
}
