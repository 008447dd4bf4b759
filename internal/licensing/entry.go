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
// ever made is what is used, exactly: per line item, and per action of those that name one.
type Entry struct {
	Kind         EntryKind `json:"kind"`
	Item         string    `json:"item"`
	Version      string    `json:"version,omitempty"`
	Count        Count     `json:"count"`
	Rate         Tokens    `json:"rate"`
	RateTable    string    `json:"rateTable"`
	Series       string    `json:"series,omitempty"`
	ActivationID string    `json:"activationId"`
	// ActionID is the rule of access whose allocation the tokens count against, if there is one.
	ActionID string          `json:"actionId,omitempty"`
	Tokens   Tokens          `json:"tokens"`
	MetaData json.RawMessage `json:"metaData,omitempty"`
}

func entriesOf(kind EntryKind, item RequestedItem, charges []LineItemCharge) []Entry {
	entries := make([]Entry, 0, len(charges))
	for _, charge := range charges {
		entries = append(entries, Entry{
			Kind: kind, Item: item.Name, Version: item.Version, Count: item.Count, Rate: charge.Rate,
			RateTable: charge.RateTable, Series: charge.Series, ActivationID: charge.ActivationID, ActionID: charge.ActionID, Tokens: charge.Tokens,
			MetaData: item.MetaData,
		})
	}
	return entries
}
