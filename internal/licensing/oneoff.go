package licensing

import "time"

// OneOff charges for items without a session: each item in the order listed, each if possible, whatever becomes of the
// others. Nothing is ever refunded (dynamic-monetization.md 1.5). The licenses are those on which the requester is a named
// user, in draw order; an item that is charged takes the unit that it requires along.
func OneOff(books Books, catalog Catalog, requester Requester, licenses []UserLicense, items []RequestedItem, now time.Time) ([]ItemResult, []Entry) {
	posted := newDraft(books)
	posted.gate = gateFor(licenses)
	results := make([]ItemResult, 0, len(items))
	var entries []Entry
	for _, item := range items {
		result := posted.price(catalog, requester, item, now)
		results = append(results, result)
		entries = append(entries, entriesOf(EntryCharge, item, result.Charges)...)
	}
	return results, entries
}
