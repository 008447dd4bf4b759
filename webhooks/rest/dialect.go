package rest

import (
	"net/http"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// dialect is what differs between the versions of the API beyond their contracts.
type dialect struct {
	// terminated is the status of calls on a session that has ended (dynamic-monetization.md 2.5).
	terminated int
	// codePrefix makes item codes of four digits, which nobody takes for HTTP statuses.
	codePrefix string
	// formulas tells whether the version knows prices that are computed.
	formulas bool
	// units tells whether the version knows items that require a named user's unit.
	units bool
	// settings are the configuration values that the version knows.
	settings map[string]bool
}

const (
	settingTolerant = "timezone.tolerant"
	settingPeriod   = "session.charge.period"
)

var dialects = map[server.Version]dialect{
	server.V10: {terminated: http.StatusForbidden, settings: map[string]bool{settingTolerant: true}},
	server.V11: {terminated: http.StatusConflict, codePrefix: "1", formulas: true, units: true, settings: map[string]bool{settingTolerant: true, settingPeriod: true}},
}

func dialectOf(r *http.Request) dialect { return dialects[server.RouteOf(r.Context()).Version] }

// itemStatuses are the codes of the published API (101, 102, 201) and our own beside them.
var itemStatuses = map[licensing.ItemStatus]struct{ code, description string }{
	licensing.ItemGranted:            {"101", "Successfully checked out"},
	licensing.ItemNotCharged:         {"102", "No Status"},
	licensing.ItemNotFound:           {"201", "Item not found in any effective rate table"},
	licensing.ItemInsufficientTokens: {"202", "Not enough tokens"},
	licensing.ItemNoActiveLineItem:   {"203", "No line item accepts charges"},
	licensing.ItemNotPriceable:       {"204", "Price cannot be computed"},
	licensing.ItemDeniedByRule:       {"205", "Denied by a rule of access"},
	licensing.ItemUserNotProvisioned: {"206", "User not provisioned"},
}

func (d dialect) itemStatus(status licensing.ItemStatus) stub.ItemStatus {
	known := itemStatuses[status]
	return stub.ItemStatus{Code: stub.ItemStatusCode(d.codePrefix + known.code), Description: known.description}
}

// denialReasons are the words for programs; what was granted or only not charged has none.
var denialReasons = map[licensing.ItemStatus]stub.DenialReason{
	licensing.ItemNotFound:           stub.DenialReasonItemNotPriced,
	licensing.ItemInsufficientTokens: stub.DenialReasonNotEnoughTokens,
	licensing.ItemNoActiveLineItem:   stub.DenialReasonNoUsableLineItem,
	licensing.ItemNotPriceable:       stub.DenialReasonInvalidFormula,
	licensing.ItemDeniedByRule:       stub.DenialReasonDeniedByRule,
	licensing.ItemUserNotProvisioned: stub.DenialReasonUserNotProvisioned,
}
