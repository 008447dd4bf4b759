package licensing

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// Catalog is what an instance sells from at a moment. It is immutable and safe for concurrent use.
type Catalog struct {
	// LineItems are in draw order (SortInDrawOrder).
	LineItems        []LineItem
	RateTables       RateTables
	TimezoneTolerant bool
	// Conditions are what the line items' rules of access refer to.
	Conditions Conditions
}

// LineItemCharge is the part of an item's charge that one line item pays, at that line item's own rate.
type LineItemCharge struct {
	ActivationID string `json:"activationId"`
	// ActionID is the rule of access whose allocation is charged along with the line item, if there is one.
	ActionID string `json:"actionId,omitempty"`
	Rate     Tokens `json:"rate"`
	Tokens   Tokens `json:"tokens"`
	// RateTable and Series name the price list that gave the rate.
	RateTable string `json:"rateTable"`
	Series    string `json:"series,omitempty"`
}

// ItemStatus is the answer for one requested item.
type ItemStatus string

// The statuses of an item. NotCharged is an item that was fine in a session request that failed as a whole.
const (
	ItemGranted            ItemStatus = "Granted"
	ItemNotCharged         ItemStatus = "NotCharged"
	ItemNotFound           ItemStatus = "ItemNotFound"
	ItemNoActiveLineItem   ItemStatus = "NoActiveLineItem"
	ItemInsufficientTokens ItemStatus = "InsufficientTokens"
	ItemNotPriceable       ItemStatus = "NotPriceable"
	ItemDeniedByRule       ItemStatus = "DeniedByRule"
	ItemUserNotProvisioned ItemStatus = "UserNotProvisioned"
)

// ItemResult is the answer for one requested item: what was charged where, or what was required and what is available.
type ItemResult struct {
	// Item is what was asked for. Whoever remembers the result by the request has it there.
	Item    RequestedItem    `json:"-"`
	Status  ItemStatus       `json:"status"`
	Charges []LineItemCharge `json:"charges,omitempty"`
	// Units are those of the requester without which the charges would not have been possible.
	Units     []HeldUnit `json:"units,omitempty"`
	Required  Tokens     `json:"required,omitzero"`
	Available Tokens     `json:"available,omitzero"`
	// NextChange is the earliest time at which a denial may end by itself; zero when nothing is known that would do it.
	NextChange time.Time `json:"nextChange,omitzero"`
	// Message names the item, the limit, what was asked and what is available. It is empty when granted.
	Message string `json:"message,omitempty"`
}

// Tokens is what was charged for the item.
func (r ItemResult) Tokens() (total Tokens) {
	for _, charge := range r.Charges {
		total = total.saturatingAdd(charge.Tokens)
	}
	return total
}

// source is one place that can pay for an item: a line item's entitlement or its overdraft.
type source struct {
	charge    LineItemCharge
	available Tokens
	// bound is the action whose allocation leaves less than the line item has. It stands on the entitlement only.
	bound *Action
	// unit is the one that the rate table requires; nil if it requires none.
	unit *HeldUnit
}

// price finds who pays for the item at the given time and puts the charge on the draft. Entitlements pay first, in draw
// order, then overdrafts in draw order (decision 9). An item is charged whole or not at all (decision 3).
func (d *draft) price(catalog Catalog, requester Requester, item RequestedItem, at time.Time) ItemResult {
	result := ItemResult{Item: item}
	sources, status, err := d.sources(catalog, requester, item, at)
	if err != nil {
		result.Status = status
		result.Message = fmt.Sprintf("item %s: %v", item, err)
		result.NextChange = d.nextChange(catalog, status, requester, at)
		return result
	}
	charges, missing, err := split(sources, item.Count)
	switch {
	case err != nil:
		result.Status = ItemNotPriceable
		result.Message = fmt.Sprintf("item %s: count %s: %v", item, item.Count, err)
	case missing > 0:
		result.Status = ItemInsufficientTokens
		result.Available = available(sources)
		result.Required = result.Available.saturatingAdd(missing)
		result.Message = fmt.Sprintf("item %s: count %s at rate %s requires %s tokens, %s are available%s",
			item, item.Count, rates(sources), result.Required, result.Available, d.bounds(sources))
		result.NextChange = d.nextChange(catalog, result.Status, requester, at)
	default:
		result.Status, result.Charges, result.Units = ItemGranted, charges, unitsFor(charges, sources)
		d.charge(charges)
		d.gate.take(result.Units)
	}
	return result
}

// sources lists the entitlements, then the overdrafts, of the usable line items that are open to the requester and whose
// effective rate table has the item and nothing that it requires is missing.
func (d *draft) sources(catalog Catalog, requester Requester, item RequestedItem, at time.Time) ([]source, ItemStatus, error) {
	var entitlements, overdrafts []source
	var closed closedTo
	var unprovisioned error
	usable := 0
	for i := range catalog.LineItems {
		lineItem := &catalog.LineItems[i]
		if !lineItem.UsableAt(at, catalog.TimezoneTolerant) {
			continue
		}
		usable++
		table, found := catalog.RateTables.Effective(lineItem.RateTableSeries, at)
		if !found {
			continue
		}
		rate, found := table.Rates[item.Key()]
		if !found {
			continue
		}
		ruling := lineItem.decide(catalog.Conditions, requester)
		if !ruling.open {
			closed.add(lineItem, ruling)
			continue
		}
		unit, err := d.unit(table, item, requester, at, catalog.TimezoneTolerant)
		if err != nil {
			if unprovisioned == nil {
				unprovisioned = err
			}
			continue
		}
		tokens, err := rate.At(item.variables())
		if err != nil {
			return nil, ItemNotPriceable, fmt.Errorf("rate table %s: %w", table.Name, err)
		}
		entitlement, overdraft := d.offers(lineItem, ruling)
		entitlement.charge.Rate, entitlement.charge.RateTable, entitlement.charge.Series = tokens, table.Version, table.Series
		entitlement.unit = unit
		entitlements = append(entitlements, entitlement)
		if overdraft > 0 {
			overdrafts = append(overdrafts, source{charge: entitlement.charge, available: overdraft, unit: unit})
		}
	}
	switch {
	case usable == 0:
		return nil, ItemNoActiveLineItem, fmt.Errorf("no line item of the instance accepts charges: none of %d is elastic, DEPLOYED and inside its validity range", len(catalog.LineItems))
	case len(entitlements) == 0 && unprovisioned != nil:
		return nil, ItemUserNotProvisioned, unprovisioned
	case len(entitlements) == 0 && closed.count > 0:
		return nil, ItemDeniedByRule, closed
	case len(entitlements) == 0:
		return nil, ItemNotFound, fmt.Errorf("not found in any effective rate table of the %d line items that accept charges; an omitted version matches only an item without version", usable)
	}
	return append(entitlements, overdrafts...), "", nil
}

// unit is the one that the table requires of the requester for the item; nil if it requires none, or nobody asks.
func (d *draft) unit(table *RateTable, item RequestedItem, requester Requester, at time.Time, timezoneTolerant bool) (*HeldUnit, error) {
	requirement, found := table.Requirements[item.Key()]
	if !found || !d.gate.closed {
		return nil, nil
	}
	unit, err := d.gate.admit(requirement, requester, at, timezoneTolerant)
	if err != nil {
		return nil, err
	}
	return &unit, nil
}

// unitsFor are the units of those sources that pay: a price that asks for none may have paid for everything.
func unitsFor(charges []LineItemCharge, sources []source) (units []HeldUnit) {
	for _, charge := range charges {
		i := slices.IndexFunc(sources, func(s source) bool { return s.charge.ActivationID == charge.ActivationID })
		if unit := sources[i].unit; unit != nil && !slices.Contains(units, *unit) {
			units = append(units, *unit)
		}
	}
	return units
}

// split lets each source pay what it has until the count is paid. Where rates differ, a source with a tokens at rate r
// pays for a/r counts and the rest is charged at the next source's own rate (decision 8). What is missing when the
// sources together cannot pay is counted at the last source's rate.
func split(sources []source, count Count) (charges []LineItemCharge, missing Tokens, err error) {
	owed, err := Price(sources[0].charge.Rate, count)
	if err != nil {
		return nil, 0, err
	}
	for i, source := range sources {
		if i > 0 && source.charge.Rate != sources[i-1].charge.Rate {
			if owed, err = owedAt(source.charge.Rate, count, charges); err != nil {
				return nil, 0, err
			}
		}
		payment := min(owed, source.available)
		if payment > 0 || len(charges) == 0 && owed == 0 {
			charges = addCharge(charges, source.charge, payment)
			owed -= payment
		}
		if owed == 0 {
			return charges, 0, nil
		}
	}
	return charges, owed, nil
}

// owedAt is what is left to pay, exactly, when the rate changes between sources. It is more than zero unless the rate is
// zero: what was owed at the old rate was rounded up by less than a micro-token, and at least that much was not paid.
func owedAt(rate Tokens, count Count, paid []LineItemCharge) (Tokens, error) {
	left := count.rat()
	for _, charge := range paid {
		left.Sub(left, new(big.Rat).Quo(charge.Tokens.rat(), charge.Rate.rat()))
	}
	return tokensFromRat(left.Mul(left, rate.rat()), true)
}

// addCharge keeps one row a line item, also when both its entitlement and its overdraft pay.
func addCharge(charges []LineItemCharge, charge LineItemCharge, tokens Tokens) []LineItemCharge {
	for i := range charges {
		if charges[i].ActivationID == charge.ActivationID {
			charges[i].Tokens += tokens
			return charges
		}
	}
	charge.Tokens = tokens
	return append(charges, charge)
}

// available is what all sources together have.
func available(sources []source) (total Tokens) {
	for _, source := range sources {
		total = total.saturatingAdd(source.available)
	}
	return total
}

// rates names the different rates of the sources for a message.
func rates(sources []source) string {
	var different []string
	for _, source := range sources {
		if rate := source.charge.Rate.String(); !slices.Contains(different, rate) {
			different = append(different, rate)
		}
	}
	return strings.Join(different, " or ")
}
