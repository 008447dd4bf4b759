package licensing

import (
	"fmt"
	"maps"
	"strings"
)

// AllocationKey names an action of a line item, for what was used under it.
type AllocationKey struct {
	ActivationID string
	ActionID     string
}

// MarshalText joins the two ids with a slash, escaping none: an action id has no slash.
func (k AllocationKey) MarshalText() ([]byte, error) {
	return []byte(k.ActivationID + "/" + k.ActionID), nil
}

// UnmarshalText is the inverse of MarshalText.
func (k *AllocationKey) UnmarshalText(text []byte) error {
	cut := strings.LastIndexByte(string(text), '/')
	if cut < 0 {
		return fmt.Errorf("%q has no slash between activation id and action id", text)
	}
	k.ActivationID, k.ActionID = string(text[:cut]), string(text[cut+1:])
	return nil
}

// Allocations are what is used under each action that has an allocation, net of refunds. An action that was dropped
// keeps its row: a session may still hold a charge that goes back to it.
type Allocations map[AllocationKey]Tokens

// Books are everything that charges and refunds change: what is used of each line item, and under each action.
type Books struct {
	Usage       Usage
	Allocations Allocations
}

// NewBooks are books in which nothing is used.
func NewBooks() Books { return Books{Usage: Usage{}, Allocations: Allocations{}} }

// Clone is a copy that shares nothing.
func (b Books) Clone() Books {
	return Books{Usage: maps.Clone(b.Usage), Allocations: maps.Clone(b.Allocations)}
}

// Apply posts all the entries. It changes nothing and reports an overflow or a refund of more than is used.
func (b Books) Apply(entries []Entry) error {
	posted := newDraft(b)
	for _, entry := range entries {
		used, err := entry.post(posted.used(entry.ActivationID))
		if err != nil {
			return err
		}
		posted.changes[entry.ActivationID] = used
		if entry.ActionID == "" {
			continue
		}
		key := AllocationKey{entry.ActivationID, entry.ActionID}
		if used, err = entry.post(posted.usedUnder(key)); err != nil {
			return err
		}
		posted.setUnder(key, used)
	}
	maps.Copy(b.Usage, posted.changes)
	maps.Copy(b.Allocations, posted.changesUnder)
	return nil
}

func (e Entry) post(used Tokens) (Tokens, error) {
	if e.Kind != EntryRefund {
		return used.Add(e.Tokens)
	}
	used, err := used.Sub(e.Tokens)
	if err == nil && used < 0 {
		err = errRefundBeyondUse
	}
	return used, err
}
