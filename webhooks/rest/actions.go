package rest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// CreateActions appends rules of access to those of a line item.
func (a *API) CreateActions(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, lineItemID stub.LineItemID, _ stub.CreateActionsParams) {
	a.saveActions(w, r, instanceID, lineItemID, a.tenant(r).CreateActions, newID)
}

// GetActions lists the rules of access of a line item, in order.
func (a *API) GetActions(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, lineItemID stub.LineItemID) {
	actions, err := a.tenant(r).Actions(r.Context(), instanceID, lineItemID)
	a.answer(w, r, http.StatusOK, each(actions, action), err)
}

// ReplaceActions makes the rules of access of a line item what is given.
func (a *API) ReplaceActions(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, lineItemID stub.LineItemID, _ stub.ReplaceActionsParams) {
	a.saveActions(w, r, instanceID, lineItemID, a.tenant(r).ReplaceActions, func(string, *string) error { return nil })
}

// DeleteActions lifts the rules of access of a line item.
func (a *API) DeleteActions(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, lineItemID stub.LineItemID, _ stub.DeleteActionsParams) {
	a.answer(w, r, http.StatusNoContent, nil, a.tenant(r).DeleteActions(r.Context(), instanceID, lineItemID))
}

// linePage is how many line items one answer lists the rules of.
const linePage = 100

// ListActions lists the rules of access of all line items of an instance that have some, by page.
func (a *API) ListActions(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, params stub.ListActionsParams) {
	all, err := a.tenant(r).AllActions(r.Context(), instanceID)
	first := 0
	if params.Next != nil {
		first = int(min(*params.Next, int64(len(all))))
	}
	last := min(first+linePage, len(all))
	page := stub.ActionPage{LineItems: each(all[first:last], func(lineItem tenant.LineItemActions) stub.LineItemActions {
		return stub.LineItemActions{LineItemID: lineItem.ActivationID, Actions: each(lineItem.Actions, action)}
	})}
	if last < len(all) {
		page.Next = int64(last)
	}
	a.answer(w, r, http.StatusOK, page, err)
}

type saveActions func(ctx context.Context, instanceID, activationID string, actions []licensing.Action) ([]tenant.ActionUse, error)

func (a *API) saveActions(w http.ResponseWriter, r *http.Request, instanceID, lineItemID string, save saveActions, checkID func(field string, id *string) error) {
	var body []stub.Action
	if !decode(w, r, &body) {
		return
	}
	actions := make([]licensing.Action, 0, len(body))
	for i, given := range body {
		if err := checkID(fmt.Sprintf("$[%d].id", i), given.ID); err != nil {
			a.fail(w, r, err)
			return
		}
		wanted := licensing.Action{
			ID: text(given.ID), Name: text(given.Name), ConditionID: text(given.ConditionID), Allow: given.Action == stub.ActionActionALLOW,
		}
		if given.Allocation != nil {
			allocation, err := licensing.ParseTokens(given.Allocation.String())
			if err != nil {
				a.fail(w, r, invalid("$[%d].allocation: %s", i, err))
				return
			}
			wanted.Allocation = &allocation
		}
		actions = append(actions, wanted)
	}
	saved, err := save(r.Context(), instanceID, lineItemID, actions)
	a.answer(w, r, http.StatusOK, each(saved, action), err)
}

func action(value tenant.ActionUse) stub.Action {
	shown := stub.Action{
		ID: optional(value.ID), Name: optional(value.Name), ConditionID: optional(value.ConditionID), Action: stub.ActionActionDENY,
	}
	if value.Allow {
		shown.Action = stub.ActionActionALLOW
	}
	if value.Allocation != nil {
		shown.Allocation = new(number(*value.Allocation))
	}
	if value.Used != nil {
		shown.Used = new(number(*value.Used))
	}
	return shown
}
