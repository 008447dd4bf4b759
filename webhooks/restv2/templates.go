package restv2

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// ListTemplates lists the templates that there are objects of.
func (a *API) ListTemplates(w http.ResponseWriter, r *http.Request, _ stub.IsvID, params stub.ListTemplatesParams) {
	editions, err := a.licenses(r).Editions(r.Context(), canonical(value(params.ProductID)))
	a.answer(w, r, each(editions, template), err)
}

// CreateTemplate makes a template.
func (a *API) CreateTemplate(w http.ResponseWriter, r *http.Request, _ stub.IsvID, _ stub.CreateTemplateParams) {
	var body stub.TemplateRequest
	if decode(w, r, &body) {
		created, err := a.licenses(r).CreateEdition(r.Context(), editionChange(body))
		a.answer(w, r, template(created), err)
	}
}

// UpdateTemplate changes the template that the body names.
func (a *API) UpdateTemplate(w http.ResponseWriter, r *http.Request, _ stub.IsvID, _ stub.UpdateTemplateParams) {
	var body stub.TemplateRequest
	if decode(w, r, &body) {
		a.updateTemplate(w, r, value(body.ID), body)
	}
}

// UpdateTemplateByID changes the template that the path names.
func (a *API) UpdateTemplateByID(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.TemplateID, _ stub.UpdateTemplateByIDParams) {
	var body stub.TemplateRequest
	if decode(w, r, &body) {
		a.updateTemplate(w, r, id, body)
	}
}

func (a *API) updateTemplate(w http.ResponseWriter, r *http.Request, id string, body stub.TemplateRequest) {
	changed, err := a.licenses(r).UpdateEdition(r.Context(), canonical(id), editionChange(body))
	a.answer(w, r, template(changed), err)
}

// GetTemplate shows a template, or what stands for one where a license has none.
func (a *API) GetTemplate(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.TemplateID) {
	edition, err := a.licenses(r).Edition(r.Context(), canonical(id))
	a.answer(w, r, template(edition), err)
}

// DeleteTemplate deletes a template and shows it as it was.
func (a *API) DeleteTemplate(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.TemplateID, _ stub.DeleteTemplateParams) {
	was, err := a.licenses(r).DeleteEdition(r.Context(), canonical(id))
	a.answer(w, r, template(was), err)
}

// CloneTemplate makes a template like another one.
func (a *API) CloneTemplate(w http.ResponseWriter, r *http.Request, _ stub.IsvID, id stub.TemplateID, _ stub.CloneTemplateParams) {
	var body stub.TemplateRequest
	if len(server.BodyOf(r.Context())) > 0 && !decode(w, r, &body) {
		return
	}
	clone, err := a.licenses(r).CloneEdition(r.Context(), canonical(id), editionChange(body))
	a.answer(w, r, template(clone), err)
}

func template(edition licenses.Edition) stub.TemplateDto {
	shown := stub.TemplateDto{
		ID: edition.ID, ProductID: edition.ProductID, Name: edition.Name,
		TokenLimit: limitOr(edition.TokenLimit), UserLimit: edition.UserLimit,
		ProvisioningMode: provisioningMode(edition.ProvisioningMode), ClientType: clientType(edition.ClientType),
		ActivationUponLicenseCreation: activationMode(edition.ActivationOnCreation),
		Limitations:                   []stub.TemplateLimitationDto{}, SupportsLicenseUserGroups: true,
		CreatedDateUtc: moment(edition.Created), ModifiedDateUtc: moment(edition.Modified), LastModifiedBy: optional(edition.LastModifiedBy),
	}
	if floating := edition.Floating; floating != nil {
		shown.FloatingTokenLimit, shown.EnforceFloatingLimit = floating.Limit, *floating.Enforce
		shown.SessionPeriod, shown.MaxFloatingSessionsWithSameClientID = &floating.SessionPeriodMinutes, optional(floating.SessionsPerClient)
	}
	for _, limitation := range edition.Limitations {
		if nameable(limitation.ID) {
			shown.Limitations = append(shown.Limitations, templateLimitation(edition.ID, limitation))
		}
	}
	return shown
}

func templateLimitation(editionID string, limitation licenses.Limitation) stub.TemplateLimitationDto {
	return stub.TemplateLimitationDto{
		TemplateID: editionID, LimitationID: limitation.ID, LimitationName: optional(limitation.Name),
		IsAdjustable: limitation.Adjustable, Limit: whole(limitation.Limit), Goodwill: optionalNumber(goodwill(limitation.Limitation)),
		ConsumptionResetMode: resetMode(limitation.ResetMode), ConsumptionResetPeriodDays: optional(int32(limitation.ResetPeriodDays)),
		EnforceLimit: limitation.Enforce, UserProvisioning: limitation.UserProvisioning, Alerts: []map[string]any{},
	}
}
