package licensing

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// The limits of one access request. They bound the work and the size of a transaction.
const (
	MaxRequestedItems = 64
	MaxVariables      = 32
	MaxMetaDataBytes  = 4096
	// MaxRequestMetaDataBytes bounds that of all items together, as JSON is written: with <, > and & in six bytes each.
	MaxRequestMetaDataBytes = 64 << 10
)

// Requester is who uses the items: a user or a device.
type Requester struct {
	Type       string            `json:"type"`
	Value      string            `json:"value"`
	Dictionary map[string]string `json:"dictionary,omitempty"`
}

// RequestedItem is one line of an access request.
type RequestedItem struct {
	Name    string `json:"item"`
	Version string `json:"version,omitempty"`
	Count   Count  `json:"count"`
	// Variables are the values of the formula variables, as plain decimals. Names are case-insensitive.
	Variables map[string]Tokens `json:"variables,omitempty"`
	// MetaData is copied to the usage record unread.
	MetaData json.RawMessage `json:"metaData,omitempty"`
}

// Key is what the rate table calls the item.
func (i RequestedItem) Key() ItemKey { return ItemKey{Name: i.Name, Version: i.Version} }

func (i RequestedItem) String() string {
	if i.Version == "" {
		return i.Name
	}
	return i.Name + " " + i.Version
}

func (i RequestedItem) variables() map[string]*big.Rat {
	variables := make(map[string]*big.Rat, len(i.Variables))
	for name, value := range i.Variables {
		variables[name] = value.rat()
	}
	return variables
}

// ValidateItems reports everything that is wrong with the items of an access request, each with the field it is about.
// An empty list is valid: in a session it means halt (dynamic-monetization.md 1.6; decision 18).
func ValidateItems(items []RequestedItem) error {
	if len(items) > MaxRequestedItems {
		return fmt.Errorf("requestedItems: %d items, at most %d are possible in one request", len(items), MaxRequestedItems)
	}
	var problems []error
	metaData := 0
	seen := make(map[ItemKey]int, len(items))
	for index, item := range items {
		field := fmt.Sprintf("requestedItems[%d]", index)
		problems = append(problems, item.problems(field)...)
		if first, duplicate := seen[item.Key()]; duplicate {
			problems = append(problems, fmt.Errorf("%s: %s is already requested in requestedItems[%d]; name it once, with the sum of the counts", field, item, first))
		} else {
			seen[item.Key()] = index
		}
		metaData += item.metaDataBytes()
	}
	if metaData > MaxRequestMetaDataBytes {
		problems = append(problems, fmt.Errorf("requestedItems: metaData of %d bytes in all items together, with <, > and & counted as 6, at most %d are possible",
			metaData, MaxRequestMetaDataBytes))
	}
	return errors.Join(problems...)
}

func (i RequestedItem) metaDataBytes() int {
	kept, err := json.Marshal(i.MetaData)
	if err != nil || len(i.MetaData) == 0 {
		return len(i.MetaData)
	}
	return len(kept)
}

func (i RequestedItem) problems(field string) (problems []error) {
	if i.Name == "" {
		problems = append(problems, fmt.Errorf("%s.item: is required", field))
	}
	if i.Count <= 0 {
		problems = append(problems, fmt.Errorf("%s.count: %s for item %s, must be more than 0", field, i.Count, i))
	}
	if len(i.Variables) > MaxVariables {
		problems = append(problems, fmt.Errorf("%s.variables: %d variables, at most %d are possible", field, len(i.Variables), MaxVariables))
	}
	names := make(map[string]string, len(i.Variables))
	for _, name := range slices.Sorted(maps.Keys(i.Variables)) {
		lower := strings.ToLower(name)
		if first, duplicate := names[lower]; duplicate {
			problems = append(problems, fmt.Errorf("%s.variables: %s and %s are the same variable, give it once", field, first, name))
		}
		names[lower] = name
	}
	if len(i.MetaData) > MaxMetaDataBytes {
		problems = append(problems, fmt.Errorf("%s.metaData: %d bytes, at most %d are possible", field, len(i.MetaData), MaxMetaDataBytes))
	}
	return problems
}
