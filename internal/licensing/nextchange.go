package licensing

import "time"

// NextChange is the earliest time at which all that was denied in a request may be granted without anybody changing
// anything. It is zero when none is known for one of the items.
func NextChange(results []ItemResult) (next time.Time) {
	for _, result := range results {
		switch result.Status { //nolint:exhaustive // the others are denials
		case ItemGranted, ItemNotCharged:
			continue
		}
		if result.NextChange.IsZero() {
			return time.Time{}
		}
		next = later(next, result.NextChange)
	}
	return next
}

// nextChange also takes into account that a license of the requester may begin.
func (d *draft) nextChange(catalog Catalog, denial ItemStatus, requester Requester, at time.Time) time.Time {
	next := catalog.nextChange(denial, requester, at)
	if denial != ItemUserNotProvisioned {
		return next
	}
	for _, license := range d.gate.licenses {
		start, _ := license.LineItem.Window(catalog.TimezoneTolerant)
		if license.LineItem.State == Deployed && start.After(at) && (next.IsZero() || start.Before(next)) {
			next = start
		}
	}
	return next
}

// nextChange is the earliest time at which a denial may end by itself, zero when none is known: a line item that begins,
// or a rate table that becomes effective while a line item still uses it. Line items that the rules close to the requester
// do not count: time does not open them.
func (c Catalog) nextChange(denial ItemStatus, requester Requester, at time.Time) (next time.Time) {
	if denial == ItemNotPriceable {
		return time.Time{} // it is the request that has to change
	}
	for i := range c.LineItems {
		lineItem := &c.LineItems[i]
		if lineItem.State != Deployed || !lineItem.Elastic || !lineItem.decide(c.Conditions, requester).open {
			continue
		}
		start, end := lineItem.Window(c.TimezoneTolerant)
		change, found := start, start.After(at)
		if !found && at.Before(end) {
			change, found = c.RateTables.NextChange(lineItem.RateTableSeries, at)
		}
		if found && change.Before(end) && (next.IsZero() || change.Before(next)) {
			next = change
		}
	}
	return next
}
