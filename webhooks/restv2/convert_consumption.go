package restv2

import (
	"strconv"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

func consumption(value licenses.Consumption) stub.ConsumptionDto {
	return stub.ConsumptionDto{
		TransactionID: optional(value.TransactionID), LimitationID: value.Limitation.ID,
		Balance: new(number(value.Balance)), Remaining: optionalNumber(value.Remaining), Limit: wholeNumber(value.Limit),
		Goodwill:         optionalNumber(goodwill(value.Limitation.Limitation)),
		LastResetDateUtc: value.LastReset.UTC(), NextResetDateUtc: value.NextReset,
	}
}

func balance(value licenses.Consumption) stub.ConsumptionBalanceDto {
	return stub.ConsumptionBalanceDto{
		LicenseID: &value.LicenseID, LimitationID: value.Limitation.ID, Limitation: new(limitationOf(value.ProductID, value.Limitation)),
		Balance: number(value.Balance), Remaining: optionalNumber(value.Remaining), Limit: wholeNumber(value.Limit),
		LastResetDateUtc: value.LastReset.UTC(), NextResetDateUtc: value.NextReset,
		ResetMode: resetMode(value.Limitation.ResetMode), ResetPeriodDays: optional(int32(value.Limitation.ResetPeriodDays)),
		ConsumptionBalanceMode: stub.ConsumptionBalanceModePerLicense,
	}
}

func record(value licenses.ConsumptionRecord) stub.ConsumptionHeartbeatDto {
	shown := stub.ConsumptionHeartbeatDto{
		ID: value.ID, LicenseID: value.LicenseID, LimitationID: value.Limitation.ID, AssignmentID: value.AssignmentID,
		Limitation: new(limitationOf(value.ProductID, value.Limitation)),
		Value:      number(value.Value), Balance: optionalNumber(value.Balance), Remaining: optionalNumber(value.Remaining),
		ClientID: optional(value.ClientID), UserID: optional(value.UserID), ExternalID: optional(value.ExternalID),
		CreatedDateUtc: value.At.UTC(),
	}
	if value.User != nil {
		shown.LicenseUser = new(licenseUser(*value.User))
	}
	return shown
}

func records(values []licenses.ConsumptionRecord) (stub.ConsumptionHeartbeatLazyLoadDto, error) {
	var total licensing.Tokens
	var err error
	for _, value := range values {
		if total, err = total.Add(value.Value); err != nil {
			return stub.ConsumptionHeartbeatLazyLoadDto{}, err
		}
	}
	return stub.ConsumptionHeartbeatLazyLoadDto{
		ConsumptionHeartbeats: each(values, record), MaxCount: int32(len(values)), AggregateValue: new(number(total)),
	}, nil
}

// limitationOf is a limitation as a license has it, without what only its product knows.
func limitationOf(productID string, value licenses.Limitation) stub.LimitationDto {
	return stub.LimitationDto{
		ID: value.ID, ProductID: productID, Name: value.Name, Description: optional(value.Description),
	}
}

func wholeNumber(limit *int64) *decimal.Decimal {
	if limit == nil {
		return nil
	}
	return new(decimal.Decimal(strconv.FormatInt(*limit, 10)))
}
