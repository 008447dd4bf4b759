package licensing

import "time"

// refundUnused gives back the part of the running period that is left at the given time: per item and line item, in
// proportion, rounded down to the micro-token, to the line items that were charged (dynamic-monetization.md 1.6).
func (d *draft) refundUnused(s Session, at time.Time) []Entry {
	whole := s.ChargedUntil.Sub(s.PeriodStart).Milliseconds()
	// A clock that jumped back must not give back more than was charged.
	left := min(s.ChargedUntil.Sub(at).Milliseconds(), whole)
	if s.State != Active || left <= 0 {
		return nil
	}
	return d.refundPortion(s, left, whole)
}

// refundWhole gives back the whole running period: the charge of a missed heartbeat counts as a mistake.
func (d *draft) refundWhole(s Session) []Entry { return d.refundPortion(s, 1, 1) }

func (d *draft) refundPortion(s Session, part, whole int64) []Entry {
	var entries []Entry
	for _, item := range s.Items {
		refunds := make([]LineItemCharge, 0, len(item.Charges))
		for _, charge := range item.Charges {
			charge.Tokens = charge.Tokens.portion(part, whole)
			refunds = d.refund(refunds, charge)
		}
		entries = append(entries, entriesOf(EntryRefund, item.RequestedItem, refunds)...)
	}
	return entries
}

// chargeAll charges one period for every item or for none, and says of each item how it fared.
func (d *draft) chargeAll(catalog Catalog, requester Requester, items []RequestedItem, at time.Time) (charged []SessionItem, entries []Entry, results []ItemResult, granted bool) {
	granted = true
	for _, item := range items {
		result := d.price(catalog, requester, item, at)
		results = append(results, result)
		charged = append(charged, SessionItem{RequestedItem: item, Charges: result.Charges})
		entries = append(entries, entriesOf(EntryCharge, item, result.Charges)...)
		granted = granted && result.Status == ItemGranted
	}
	if granted {
		return charged, entries, results, true
	}
	for i := range results {
		if results[i].Status == ItemGranted {
			results[i].Status, results[i].Charges, results[i].Units = ItemNotCharged, nil, nil
			results[i].Message = "item " + items[i].String() + ": not charged because another item of the request was denied"
		}
	}
	return nil, nil, results, false
}

// account adds the entries to the session's totals. The totals are informative and saturate; the ledger's are checked.
func (s Session) account(entries []Entry) Session {
	for _, entry := range entries {
		if entry.Kind == EntryRefund {
			s.Refunded = s.Refunded.saturatingAdd(entry.Tokens)
		} else {
			s.Charged = s.Charged.saturatingAdd(entry.Tokens)
		}
	}
	return s
}
