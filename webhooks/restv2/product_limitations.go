package restv2

import (
	"net/http"
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// ListProductLimitations lists the limitations of a product that clients can name.
func (a *API) ListProductLimitations(w http.ResponseWriter, r *http.Request, _ stub.IsvID, productID stub.ProductID) {
	limitations, err := a.licenses(r).ProductLimitations(r.Context(), canonical(productID))
	limitations = slices.DeleteFunc(limitations, func(l licenses.ProductLimitation) bool { return !nameable(l.ID) })
	a.answer(w, r, each(limitations, productLimitation), err)
}

// CreateProductLimitation adds a limitation to a product.
func (a *API) CreateProductLimitation(w http.ResponseWriter, r *http.Request, _ stub.IsvID, productID stub.ProductID, _ stub.CreateProductLimitationParams) {
	var body stub.LimitationRequest
	if decode(w, r, &body) {
		created, err := a.licenses(r).CreateProductLimitation(r.Context(), canonical(productID), limitationChange(body))
		a.answer(w, r, productLimitation(created), err)
	}
}

// GetProductLimitation shows a limitation.
func (a *API) GetProductLimitation(w http.ResponseWriter, r *http.Request, _ stub.IsvID, productID stub.ProductID, id stub.LimitationID) {
	limitation, err := a.licenses(r).ProductLimitation(r.Context(), canonical(productID), canonical(id))
	a.answer(w, r, productLimitation(limitation), err)
}

// UpdateProductLimitation changes the limitation that the body names.
func (a *API) UpdateProductLimitation(w http.ResponseWriter, r *http.Request, _ stub.IsvID, productID stub.ProductID, _ stub.UpdateProductLimitationParams) {
	var body stub.LimitationRequest
	if decode(w, r, &body) {
		a.updateLimitation(w, r, productID, value(body.ID), body)
	}
}

// UpdateProductLimitationByID changes the limitation that the path names.
func (a *API) UpdateProductLimitationByID(w http.ResponseWriter, r *http.Request, _ stub.IsvID, productID stub.ProductID, id stub.LimitationID, _ stub.UpdateProductLimitationByIDParams) {
	var body stub.LimitationRequest
	if decode(w, r, &body) {
		a.updateLimitation(w, r, productID, id, body)
	}
}

func (a *API) updateLimitation(w http.ResponseWriter, r *http.Request, productID, id string, body stub.LimitationRequest) {
	changed, err := a.licenses(r).UpdateProductLimitation(r.Context(), canonical(productID), canonical(id), limitationChange(body))
	a.answer(w, r, productLimitation(changed), err)
}

// DeleteProductLimitation removes a limitation and shows it as it was.
func (a *API) DeleteProductLimitation(w http.ResponseWriter, r *http.Request, _ stub.IsvID, productID stub.ProductID, id stub.LimitationID, _ stub.DeleteProductLimitationParams) {
	was, err := a.licenses(r).DeleteProductLimitation(r.Context(), canonical(productID), canonical(id))
	a.answer(w, r, productLimitation(was), err)
}

func limitationChange(body stub.LimitationRequest) licenses.ProductLimitationChange {
	return licenses.ProductLimitationChange{
		ID: canonical(value(body.ID)), ProductID: canonical(value(body.ProductID)), Name: body.Name, Description: setting(body.Description),
	}
}

func productLimitation(limitation licenses.ProductLimitation) stub.LimitationDto {
	return stub.LimitationDto{
		ID: limitation.ID, ProductID: limitation.ProductID, Name: limitation.Name, Description: optional(limitation.Description),
		CreatedDateUtc: moment(limitation.Created), ModifiedDateUtc: moment(limitation.Modified), LastModifiedBy: optional(limitation.LastModifiedBy),
	}
}
