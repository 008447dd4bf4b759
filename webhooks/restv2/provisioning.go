package restv2

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// GetLicensesByUser finds the licenses of a product on which a user exists.
func (a *API) GetLicensesByUser(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	var body stub.GetLicensesByUserDto
	if !decode(w, r, &body) {
		return
	}
	found, err := a.licenses(r).ByUser(r.Context(), canonical(body.ProductID), body.UserID, value(body.ActiveLicensesOnly))
	a.answer(w, r, each(found, license), err)
}

// GetLicensesByCustomer finds the licenses of a product that a customer has.
func (a *API) GetLicensesByCustomer(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	var body stub.GetLicensesByCustomerDto
	if !decode(w, r, &body) {
		return
	}
	found, err := a.licenses(r).ByCustomer(r.Context(), canonical(body.ProductID), body.CustomerNumber, value(body.ActiveLicensesOnly))
	a.answer(w, r, each(found, license), err)
}

// GetLicensesByLicense finds a license by its key.
func (a *API) GetLicensesByLicense(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	var body stub.GetLicensesByLicenseDto
	if !decode(w, r, &body) {
		return
	}
	found, err := a.licenses(r).ByLicense(r.Context(), canonical(value(body.ProductID)), value(body.LicenseKey))
	a.answer(w, r, each(found, license), err)
}

// ListLicenses lists all licenses, without their users.
func (a *API) ListLicenses(w http.ResponseWriter, r *http.Request, _ stub.IsvID) {
	found, err := a.licenses(r).All(r.Context())
	a.answer(w, r, each(found, license), err)
}

// GetLicense shows a license.
func (a *API) GetLicense(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.LicenseID) {
	found, err := a.licenses(r).License(r.Context(), canonical(id))
	a.answer(w, r, license(found), err)
}
