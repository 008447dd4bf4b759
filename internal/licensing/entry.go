package licensing

import "encoding/json"

// EntryKind says in which direction tokens moved.
type EntryKind string

// The kinds of entries.
const (
	EntryCharge EntryKind = "Charge"
	EntryRefund EntryKind = "Refund"
)

// Entry is one movement of tokens on one line item. The sum of the charges less the sum of the refunds of all entries
// ever made is what is used, exactly.
type Entry struct {
	Kind         EntryKind       `json:"kind"`
	Item         string          `json:"item"`
	Version      string          `json:"version,omitempty"`
	Count        Count           `json:"count"`
	Rate         Tokens          `json:"rate"`
	RateTable    string          `json:"rateTable"`
	Series       string          `json:"series,omitempty"`
	ActivationID string          `json:"activationId"`
	Tokens       Tokens          `json:"tokens"`
	MetaData     json.RawMessage `json:"metaData,omitempty"`
}

func entriesOf(kind EntryKind, item RequestedItem, charges []LineItemCharge) []Entry {
	entries := make([]Entry, 0, len(charges))
	for _, charge := range charges {
		entries = append(entries, Entry{
			Kind: kind, Item: item.Name, Version: item.Version, Count: item.Count, Rate: charge.Rate,
			RateTable: charge.RateTable, Series: charge.Series, ActivationID: charge.ActivationID, Tokens: charge.Tokens,
			MetaData: item.MetaData,
		})
	}
	return entries
}

// Apply posts the entries. It changes nothing and reports an overflow or a refund of more than is used.
func (u Usage) Apply(entries []Entry) error {
	posted := newDraft(u)
	for _, entry := range entries {
		used, err := posted.used(entry.ActivationID), error(nil)
		if entry.Kind == EntryRefund {
			used, err = used.Sub(entry.Tokens)
		} else {
			used, err = used.Add(entry.Tokens)
		}
		if err == nil && used < 0 {
			err = errRefundBeyondUse
		}
		if err != nil {
			return err
		}
		posted.changes[entry.ActivationID] = used
	}
	for activationID, used := range posted.changes {
		u[activationID] = used
	}
	return nil
}
