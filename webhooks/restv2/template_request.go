package restv2

import (
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

func editionChange(body stub.TemplateRequest) licenses.EditionChange {
	change := licenses.EditionChange{
		ID: canonical(value(body.ID)), ProductID: canonical(value(body.ProductID)), Name: body.Name,
		TokenLimit: required(body.TokenLimit), UserLimit: setting(body.UserLimit),
		SessionMinutes: setting(body.SessionPeriod), FloatingLimit: setting(body.FloatingTokenLimit),
		SessionsPerClient: setting(body.MaxFloatingSessionsWithSameClientID), EnforceFloating: body.EnforceFloatingLimit,
		ListsLimitations: body.Limitations != nil,
	}
	if mode := body.ProvisioningMode; mode != nil {
		change.ProvisioningMode = new(v1alpha1.ProvisioningNamed)
		if *mode == stub.ProvisioningModeFloating {
			change.ProvisioningMode = new(v1alpha1.ProvisioningFloating)
		}
	}
	if clients := body.ClientType; clients != nil {
		change.ClientType = new(v1alpha1.ClientDevices)
		if *clients == stub.ClientTypeUsers {
			change.ClientType = new(v1alpha1.ClientUsers)
		}
	}
	if mode := body.ActivationUponLicenseCreation; mode != nil {
		change.ActivationOnCreation = new(activations[*mode])
	}
	for _, limitation := range body.Limitations {
		change.Limitations = append(change.Limitations, editionLimitationChange(limitation))
	}
	return change
}

func editionLimitationChange(body stub.TemplateLimitationRequest) licenses.EditionLimitationChange {
	change := licenses.EditionLimitationChange{
		LimitationChange: licenses.LimitationChange{
			ID: canonical(body.LimitationID), Limit: wide(body.Limit),
			ResetMode: declaredResetMode(body.ConsumptionResetMode), ResetPeriodDays: setting(body.ConsumptionResetPeriodDays),
		},
		Adjustable: body.IsAdjustable, Enforce: body.EnforceLimit, UserProvisioning: body.UserProvisioning,
	}
	if mode := body.ConsumptionBalanceMode; mode != nil {
		change.PerToken = *mode == stub.ConsumptionBalanceModePerAssignment
	}
	said, goodwill := given(body.Goodwill)
	change.Goodwill.Said = said
	if goodwill != nil && goodwill.String() != "0" {
		change.Goodwill.Value = new(v1alpha1.Decimal(goodwill.String()))
	}
	return change
}
