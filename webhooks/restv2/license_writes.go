package restv2

import (
	"net/http"
	"time"

	"github.com/oapi-codegen/nullable"

	"github.com/licensing-operator/licensing-operator/api/openapi/timestamp"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// CreateLicense makes a license.
func (a *API) CreateLicense(w http.ResponseWriter, r *http.Request, _ stub.IsvID, _ stub.CreateLicenseParams) {
	var body stub.LicenseRequest
	if !decode(w, r, &body) {
		return
	}
	created, err := a.licenses(r).CreateLicense(r.Context(), licenseChange(body))
	a.answer(w, r, license(created), err)
}

// UpdateLicense changes the license that the body names.
func (a *API) UpdateLicense(w http.ResponseWriter, r *http.Request, _ stub.IsvID, _ stub.UpdateLicenseParams) {
	var body stub.LicenseRequest
	if decode(w, r, &body) {
		a.updateLicense(w, r, value(body.ID), body)
	}
}

// UpdateLicenseByID changes the license that the path names.
func (a *API) UpdateLicenseByID(w http.ResponseWriter, r *http.Request, _ stub.IsvID, licenseID stub.LicenseID, _ stub.UpdateLicenseByIDParams) {
	var body stub.LicenseRequest
	if decode(w, r, &body) {
		a.updateLicense(w, r, licenseID, body)
	}
}

func (a *API) updateLicense(w http.ResponseWriter, r *http.Request, id string, body stub.LicenseRequest) {
	changed, err := a.licenses(r).UpdateLicense(r.Context(), canonical(id), licenseChange(body))
	a.answer(w, r, license(changed), err)
}

// DeleteLicense deletes a license and shows it as it was.
func (a *API) DeleteLicense(w http.ResponseWriter, r *http.Request, _ stub.IsvID, licenseID stub.LicenseID, _ stub.DeleteLicenseParams) {
	was, err := a.licenses(r).DeleteLicense(r.Context(), canonical(licenseID))
	a.answer(w, r, license(was), err)
}

// ToggleLicense switches a license on or off.
func (a *API) ToggleLicense(w http.ResponseWriter, r *http.Request, _ stub.IsvID, licenseID stub.LicenseID, _ stub.ToggleLicenseParams) {
	var body stub.ToggleRequest
	if len(server.BodyOf(r.Context())) > 0 && !decode(w, r, &body) {
		return
	}
	changed, err := a.licenses(r).ToggleLicense(r.Context(), canonical(licenseID), body.IsActive)
	a.answer(w, r, license(changed), err)
}

// ToggleLicenseState switches a license on or off that is named by its key.
func (a *API) ToggleLicenseState(w http.ResponseWriter, r *http.Request, _ stub.IsvID, _ stub.ToggleLicenseStateParams) {
	var body stub.LicenseStateRequest
	if !decode(w, r, &body) {
		return
	}
	changed, err := a.licenses(r).SetLicenseState(r.Context(), canonical(body.ProductID), canonical(body.LicenseKey), body.IsActive)
	a.answer(w, r, stub.LicenseStateDto{ProductID: changed.ProductID, LicenseID: changed.LicenseID, IsActive: changed.IsActive}, err)
}

// ValidateLicensesExpirationDate has nothing to do: a license expires at its time.
func (a *API) ValidateLicensesExpirationDate(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	a.done(w, r, nil)
}

func licenseChange(body stub.LicenseRequest) licenses.LicenseChange {
	change := licenses.LicenseChange{
		ID: canonical(value(body.ID)), CustomerID: canonical(value(body.CustomerID)), ProductID: canonical(value(body.ProductID)),
		EditionID: canonical(value(body.TemplateID)), Name: setting(body.Name), Description: setting(body.Description),
		TokenLimit: required(body.TokenLimit), UserLimit: setting(body.UserLimit), FloatingLimit: setting(body.FloatingTokenLimit),
		Starts: date(body.StartDateUtc), Expires: date(body.ExpirationDateUtc), Active: body.IsActive,
	}
	if mode := body.ExpirationMode; mode != nil {
		change.Expiration = new(licenses.ExpirationMode(*mode))
	}
	for _, limitation := range body.LicenseLimitations {
		change.Limitations = append(change.Limitations, licenses.LimitationChange{
			ID: canonical(limitation.LimitationID), Limit: wide(limitation.Limit),
			ResetMode: declaredResetMode(limitation.ConsumptionResetMode), ResetPeriodDays: setting(limitation.ConsumptionResetPeriodDays),
		})
	}
	return change
}

func setting[T comparable](attribute nullable.Nullable[T]) licenses.Setting[T] {
	said, value := given(attribute)
	return licenses.Setting[T]{Said: said, Value: value}
}

// required is what a request says of an attribute that cannot be null.
func required[T comparable](attribute *T) licenses.Setting[T] {
	return licenses.Setting[T]{Said: attribute != nil, Value: attribute}
}

func date(attribute nullable.Nullable[timestamp.Time]) (date licenses.Setting[time.Time]) {
	said, at := given(attribute)
	date.Said = said
	if at != nil {
		date.Value = &at.Time
	}
	return date
}

// wide is a limit of a limitation, of which there can be more than clients can say.
func wide(attribute nullable.Nullable[int32]) (limit licenses.Setting[int64]) {
	said, value := given(attribute)
	limit.Said = said
	if value != nil {
		limit.Value = new(int64(*value))
	}
	return limit
}
