package licensing

import "fmt"

// offers is what the line item has for the requester: its entitlement, and how much overdraft comes on top. An allocation
// bounds the two together, entitlement first.
func (d *draft) offers(lineItem *LineItem, ruling verdict) (entitlement source, overdraft Tokens) {
	used := d.used(lineItem.ActivationID)
	entitlement.charge.ActivationID = lineItem.ActivationID
	entitlement.available = lineItem.entitlement(used)
	overdraft = lineItem.Available(used) - entitlement.available
	if ruling.action == nil || ruling.action.Allocation == nil {
		return entitlement, overdraft
	}
	entitlement.charge.ActionID = ruling.action.ID
	left := max(0, *ruling.action.Allocation-d.usedUnder(AllocationKey{lineItem.ActivationID, ruling.action.ID}))
	if left < lineItem.Available(used) {
		entitlement.bound = ruling.action
	}
	entitlement.available = min(entitlement.available, left)
	return entitlement, min(overdraft, left-entitlement.available)
}

// bounds says which allocation leaves less than the line items have. One is named, the others are counted.
func (d *draft) bounds(sources []source) string {
	text, count := "", 0
	for _, source := range sources {
		if source.bound == nil {
			continue
		}
		if count++; count == 1 {
			key := AllocationKey{source.charge.ActivationID, source.bound.ID}
			text = fmt.Sprintf(": action %s of line item %s allows %s tokens, %s of them are used",
				source.bound, key.ActivationID, *source.bound.Allocation, d.usedUnder(key))
		}
	}
	if count > 1 {
		text += fmt.Sprintf("; %d more allocations bound the request", count-1)
	}
	return text
}

// closedTo are the line items that price an item and are closed to the requester. It is an error, which names the first.
type closedTo struct {
	count        int
	activationID string
	action       *Action
}

func (c *closedTo) add(lineItem *LineItem, ruling verdict) {
	if c.count++; c.count == 1 {
		c.activationID, c.action = lineItem.ActivationID, ruling.action
	}
}

func (c closedTo) Error() string {
	text := fmt.Sprintf("denied by the rules of access of line item %s: ", c.activationID)
	if c.action == nil {
		text += "no action is about this requester"
	} else {
		text += fmt.Sprintf("action %s denies it", c.action)
	}
	if c.count > 1 {
		text += fmt.Sprintf("; %d more line items that price the item are closed too", c.count-1)
	}
	return text
}

func (a *Action) String() string {
	if a.Name == "" {
		return a.ID
	}
	return fmt.Sprintf("%s (%s)", a.ID, a.Name)
}
