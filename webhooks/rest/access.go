package rest

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// RequestAccess grants what it can of a list of items, without a session. It is answered item by item.
func (a *API) RequestAccess(w http.ResponseWriter, r *http.Request, instanceID stub.InstanceID, params stub.RequestAccessParams) {
	var body stub.AccessRequest
	if !decode(w, r, &body) {
		return
	}
	request, err := accessRequest(r, body.Requester, body.RequestedItems, params.DryRun)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	access, err := a.tenant(r).RequestAccess(r.Context(), instanceID, request)
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.write(w, http.StatusOK, accessResponse(r, body.Requester, body.RequestedItems, request, access))
}

func accessRequest(r *http.Request, requester stub.Requester, items []stub.RequestedItem, dryRun *bool) (tenant.AccessRequest, error) {
	request := tenant.AccessRequest{
		Requester: licensing.Requester{Type: requester.Type, Value: requester.Value},
		Items:     make([]licensing.RequestedItem, 0, len(items)),
		DryRun:    dryRun != nil && *dryRun, Idempotency: keyOf(r),
	}
	if len(requester.Dictionary) > 0 {
		request.Requester.Dictionary = make(map[string]string, len(requester.Dictionary))
		for name, value := range requester.Dictionary {
			request.Requester.Dictionary[name] = string(value)
		}
	}
	for i, item := range items {
		converted, err := requestedItem(i, item)
		if err != nil {
			return request, err
		}
		request.Items = append(request.Items, converted)
	}
	return request, nil
}

func requestedItem(index int, item stub.RequestedItem) (licensing.RequestedItem, error) {
	count, err := licensing.ParseCount(item.Count.String())
	if err != nil {
		return licensing.RequestedItem{}, invalid("$.requestedItems[%d].count: %s", index, err)
	}
	if item.Version != nil && item.RequestedVersion != nil && *item.Version != *item.RequestedVersion {
		return licensing.RequestedItem{}, invalid(
			"$.requestedItems[%d]: version %q and requestedVersion %q are two names of the same attribute and differ: give one of them",
			index, *item.Version, *item.RequestedVersion)
	}
	converted := licensing.RequestedItem{
		Name: item.Item, Version: text(item.Version), Count: count, MetaData: item.MetaData,
	}
	if item.Version == nil {
		converted.Version = text(item.RequestedVersion)
	}
	for name, value := range item.Variables {
		if converted.Variables == nil {
			converted.Variables = make(map[string]licensing.Tokens, len(item.Variables))
		}
		if converted.Variables[name], err = licensing.ParseTokens(value.String()); err != nil {
			return converted, invalid("$.requestedItems[%d].variables.%s: %s", index, name, err)
		}
	}
	return converted, nil
}

// accessResponse echoes what was asked and says what became of it. The answer to a repeat is the first one, which was about
// the same items.
func accessResponse(r *http.Request, requester stub.Requester, asked []stub.RequestedItem, request tenant.AccessRequest, access tenant.Access) stub.AccessResponse {
	response := stub.AccessResponse{
		CorrelationID: access.CorrelationID, Requester: requester, RequestedItems: []stub.ItemResult{}, DryRun: optional(request.DryRun),
	}
	for i, result := range access.Items {
		item := itemResult(dialectOf(r), result)
		item.Version, item.RequestedVersion = asked[i].Version, asked[i].RequestedVersion
		response.RequestedItems = append(response.RequestedItems, item)
	}
	return response
}

func itemResult(speak dialect, result licensing.ItemResult) stub.ItemResult {
	item := stub.ItemResult{
		Item: result.Item.Name, Count: number(result.Item.Count), Status: speak.itemStatus(result.Status),
		TotalTokensCharged: number(result.Tokens()),
		LineItems: each(result.Charges, func(charge licensing.LineItemCharge) stub.LineItemCharge {
			return stub.LineItemCharge{ActivationID: charge.ActivationID, Rate: number(charge.Rate), TokensCharged: number(charge.Tokens)}
		}),
	}
	if speak.units {
		item.Units = each(result.Units, func(unit licensing.HeldUnit) stub.HeldUnit { return stub.HeldUnit(unit) })
	}
	reason, denied := denialReasons[result.Status]
	if !denied {
		return item
	}
	item.Denial = &stub.Denial{Reason: reason, Message: result.Message, NextChange: optional(millis(result.NextChange))}
	if result.Status == licensing.ItemInsufficientTokens {
		item.Denial.Required, item.Denial.Available = new(number(result.Required)), new(number(result.Available))
	}
	return item
}
