package restv2

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// ActivateLicense activates a license for a client.
func (a *API) ActivateLicense(w http.ResponseWriter, r *http.Request, _ stub.IsvID, _ stub.ActivateLicenseParams) {
	var body stub.ActivateClientDto
	if !decode(w, r, &body) {
		return
	}
	info, err := a.licenses(r).Activate(r.Context(), licenses.Activation{
		ProductID: canonical(body.ProductID), LicenseKey: canonical(body.LicenseKey), ClientID: body.ClientID,
		ClientName: value(body.ClientName), ClientDescription: value(body.ClientDescription), SoftwareVersion: value(body.SoftwareVersion),
	})
	a.answer(w, r, licenseInfo(info), err)
}

// AddHeartbeat tells a client what its license is good for.
func (a *API) AddHeartbeat(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	var body stub.AddHeartbeatDto
	if !decode(w, r, &body) {
		return
	}
	info, err := a.licenses(r).Heartbeat(r.Context(), licenses.Heartbeat{
		ProductID: canonical(body.ProductID), ClientID: body.ClientID, SoftwareVersion: body.SoftwareVersion,
		TokenKey: canonical(value(body.TokenKey)),
	})
	a.answer(w, r, licenseInfo(info), err)
}

// UnassignToken gives back the token of a client. Clients read a JSON string.
func (a *API) UnassignToken(w http.ResponseWriter, r *http.Request, _ stub.IsvID, _ stub.UnassignTokenParams) {
	var body stub.UnassignDto
	if decode(w, r, &body) {
		a.answer(w, r, "the token is free again", a.licenses(r).Unassign(r.Context(), canonical(body.TokenKey)))
	}
}

// ValidateLicense tells what a license is good for.
func (a *API) ValidateLicense(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	var body stub.ValidateLicenseStatusDto
	if !decode(w, r, &body) {
		return
	}
	info, err := a.licenses(r).Validate(r.Context(), canonical(body.LicenseKey))
	a.answer(w, r, licenseInfo(info), err)
}

func licenseInfo(info licenses.LicenseInfo) stub.LicenseInfoDto {
	dto := stub.LicenseInfoDto{
		LicenseKey: info.LicenseID, LicenseName: optional(info.Name), TokenKey: optional(info.TokenKey), ClientID: optional(info.ClientID),
		ProductID: info.ProductID, TemplateID: info.EditionID,
		ProvisioningMode: provisioningMode(info.ProvisioningMode), ClientType: clientType(info.ClientType),
		IsLicenseActive: info.IsActive, IsLicenseExpired: info.IsExpired(), IsLicenseValid: info.IsValid(),
		DateValidity: stub.DateValidity(info.Date), StartDateUtc: moment(info.Start),
		TokenLimit: limitOr(info.TokenLimit),
		Features:   []map[string]any{}, Variables: []map[string]any{}, ConstrainedVariables: []map[string]any{},
		Limitations: []stub.ProvisioningLimitationDto{}, LicenseUsers: each(info.Users, licenseUser),
	}
	if !licenses.NeverExpires(info.End) {
		dto.ExpirationDateUtc = moment(info.End)
	}
	if floating := info.Floating; floating != nil {
		dto.FloatingTokenLimit, dto.SessionPeriod = floating.Limit, &floating.SessionPeriodMinutes
	}
	for _, figures := range info.Figures {
		if nameable(figures.Limitation.ID) {
			dto.Limitations = append(dto.Limitations, provisioningLimitation(figures))
		}
	}
	return dto
}

func provisioningLimitation(figures licenses.Consumption) stub.ProvisioningLimitationDto {
	limitation := figures.Limitation
	return stub.ProvisioningLimitationDto{
		ID: limitation.ID, Name: optional(limitation.Name), Description: optional(limitation.Description), Value: whole(limitation.Limit),
		Remaining: optionalNumber(figures.Remaining), Balance: new(number(figures.Balance)),
		ConsumptionResetMode: new(resetMode(limitation.ResetMode)), ConsumptionResetPeriodDays: optional(int32(limitation.ResetPeriodDays)),
	}
}
