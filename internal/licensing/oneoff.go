package licensing

import "time"

// OneOff charges for items without a session: each item in the order listed, each if possible, whatever becomes of the
// others. Nothing is ever refunded (dynamic-monetization.md 1.5).
func OneOff(books Books, catalog Catalog, requester Requester, items []RequestedItem, now time.Time) ([]ItemResult, []Entry) {
	posted := newDraft(books)
	results := make([]ItemResult, 0, len(items))
	var entries []Entry
	for _, item := range items {
		result := posted.price(catalog, requester, item, now)
		results = append(results, result)
		entries = append(entries, entriesOf(EntryCharge, item, result.Charges)...)
	}
	return results, entries
}
