package restv2

import (
	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// resetModes are the numbers of the contract by what they are called.
var resetModes = map[licensing.ResetMode]stub.ConsumptionResetMode{
	licensing.ResetDisabled:            stub.ConsumptionResetModeDisabled,
	licensing.ResetNever:               stub.ConsumptionResetModeNever,
	licensing.ResetPeriodically:        stub.ConsumptionResetModePeriodically,
	licensing.ResetFirstDayOfMonth:     stub.ConsumptionResetModeMonthly,
	licensing.ResetFirstDayEachQuarter: stub.ConsumptionResetModeQuarterly,
	licensing.ResetFirstDayOfYear:      stub.ConsumptionResetModeYearly,
}

func resetMode(mode licensing.ResetMode) stub.ConsumptionResetMode { return resetModes[mode] }

func declaredResetMode(asked *stub.ConsumptionResetMode) *v1alpha1.ResetMode {
	if asked == nil {
		return nil
	}
	for mode, number := range resetModes {
		if number == *asked {
			return new(v1alpha1.ResetMode(mode))
		}
	}
	return nil
}

func provisioningMode(mode v1alpha1.ProvisioningMode) stub.ProvisioningMode {
	if mode == v1alpha1.ProvisioningFloating {
		return stub.ProvisioningModeFloating
	}
	return stub.ProvisioningModeNamed
}

func clientType(clients v1alpha1.ClientType) stub.ClientType {
	if clients == v1alpha1.ClientUsers {
		return stub.ClientTypeUsers
	}
	return stub.ClientTypeDevices
}

// activations are the clients that a license can be made for.
var activations = map[stub.ActivationUponLicenseCreation]v1alpha1.ActivationOnCreation{
	stub.ActivationUponLicenseCreationTokenKey:       v1alpha1.ActivateWithTokenKey,
	stub.ActivationUponLicenseCreationCustomerNumber: v1alpha1.ActivateWithCustomerNumber,
}

// activationMode is null for a license that is made for no client.
func activationMode(activation v1alpha1.ActivationOnCreation) *stub.ActivationUponLicenseCreation {
	for mode, known := range activations {
		if known == activation {
			return &mode
		}
	}
	return nil
}
