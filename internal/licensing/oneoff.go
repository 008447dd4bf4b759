package licensing

import "time"

// OneOff charges for items without a session: each item in the order listed, each if possible, whatever becomes of the
// others. Nothing is ever refunded (dynamic-monetization.md 1.5).
func OneOff(usage Usage, catalog Catalog, items []RequestedItem, now time.Time) ([]ItemResult, []Entry) {
	posted := newDraft(usage)
	results := make([]ItemResult, 0, len(items))
	var entries []Entry
	for _, item := range items {
		result := posted.price(catalog, item, now)
		results = append(results, result)
		entries = append(entries, entriesOf(EntryCharge, item, result.Charges)...)
	}
	return results, entries
}
