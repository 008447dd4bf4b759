package rest

import (
	"net/http"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// ListLineItems lists what an instance has bought.
func (a *API) ListLineItems(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID) {
	lineItems, err := a.tenant(r).LineItems(r.Context(), instanceID)
	a.answer(w, r, http.StatusOK, each(lineItems, lineItem), err)
}

// PutLineItem creates a line item or replaces everything about it but what is used.
func (a *API) PutLineItem(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, _ stub.PutLineItemParams) {
	var body stub.LineItem
	if !decode(w, r, &body) {
		return
	}
	if id := text(body.InstanceID); id != "" && id != instanceID {
		a.fail(w, r, invalid("$.instanceId: %s is not the instance in the path, %s", id, instanceID))
		return
	}
	saved, created, err := a.tenant(r).PutLineItem(r.Context(), instanceID, requestedLineItem(body))
	status := http.StatusOK
	if created {
		status = http.StatusCreated
	}
	a.answer(w, r, status, lineItem(saved), err)
}

// GetLineItem shows a line item.
func (a *API) GetLineItem(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, id stub.LineItemID) {
	found, err := a.tenant(r).LineItem(r.Context(), instanceID, id)
	a.answer(w, r, http.StatusOK, lineItem(found), err)
}

// DeleteLineItem deletes a line item; what sessions hold of it is refunded all the same.
func (a *API) DeleteLineItem(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, id stub.LineItemID, _ stub.DeleteLineItemParams) {
	a.answer(w, r, http.StatusNoContent, nil, a.tenant(r).DeleteLineItem(r.Context(), instanceID, id))
}

func requestedLineItem(body stub.LineItem) tenant.LineItem {
	wanted := tenant.LineItem{
		ActivationID: body.ActivationID, State: licensing.LineItemState(body.State), Quantity: body.Quantity,
		Start: time.UnixMilli(body.Start).UTC(), End: time.UnixMilli(body.End).UTC(),
		Elastic:         body.Attributes.Elastic != nil && *body.Attributes.Elastic,
		RateTableSeries: text(body.Attributes.RateTableSeries), OverdraftLimit: body.Attributes.OverdraftLimit,
	}
	if overdraft := body.Attributes.OverdraftType; overdraft != nil {
		wanted.Overdraft = licensing.OverdraftType(*overdraft)
	}
	return wanted
}

func lineItem(value tenant.LineItem) stub.LineItem {
	return stub.LineItem{
		ActivationID: value.ActivationID, InstanceID: optional(value.InstanceID), State: stub.LineItemState(value.State),
		Quantity: value.Quantity, Start: millis(value.Start), End: millis(value.End), Used: new(number(value.Used)),
		Attributes: stub.LineItemAttributes{
			Elastic: &value.Elastic, RateTableSeries: optional(value.RateTableSeries),
			OverdraftType:  optional(stub.LineItemAttributesOverdraftType(value.Overdraft)),
			OverdraftLimit: value.OverdraftLimit,
		},
	}
}
