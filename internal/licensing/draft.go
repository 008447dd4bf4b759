package licensing

// draft is the books with charges and refunds on top that nobody else sees yet.
type draft struct {
	books   Books
	changes map[string]Tokens
	// changesUnder is nil until an action's allocation is charged.
	changesUnder map[AllocationKey]Tokens
	gate         gate
}

func newDraft(books Books) *draft { return &draft{books: books, changes: map[string]Tokens{}} }

func (d *draft) used(activationID string) Tokens {
	if used, changed := d.changes[activationID]; changed {
		return used
	}
	return d.books.Usage[activationID]
}

func (d *draft) usedUnder(key AllocationKey) Tokens {
	if used, changed := d.changesUnder[key]; changed {
		return used
	}
	return d.books.Allocations[key]
}

func (d *draft) setUnder(key AllocationKey, used Tokens) {
	if d.changesUnder == nil {
		d.changesUnder = map[AllocationKey]Tokens{}
	}
	d.changesUnder[key] = used
}

// charge wants charges that split made: they fit in the capacity and the allocation, so that used cannot overflow.
func (d *draft) charge(charges []LineItemCharge) {
	for _, charge := range charges {
		d.changes[charge.ActivationID] = d.used(charge.ActivationID) + charge.Tokens
		if charge.ActionID != "" {
			key := AllocationKey{charge.ActivationID, charge.ActionID}
			d.setUnder(key, d.usedUnder(key)+charge.Tokens)
		}
	}
}

// refund gives back what was charged, to the line item and to the allocation it was charged under, and adds what it gave
// back to the refunds. It never makes used negative (design: conservation). After a loss of the account less may be known
// to be used under the action than of the line item; the rest goes to the line item alone.
func (d *draft) refund(refunds []LineItemCharge, charge LineItemCharge) []LineItemCharge {
	used := d.used(charge.ActivationID)
	charge.Tokens = min(charge.Tokens, used)
	if charge.Tokens == 0 {
		return refunds
	}
	d.changes[charge.ActivationID] = used - charge.Tokens
	if charge.ActionID == "" {
		return append(refunds, charge)
	}
	key := AllocationKey{charge.ActivationID, charge.ActionID}
	under, rest := charge, charge
	under.Tokens = min(charge.Tokens, d.usedUnder(key))
	rest.ActionID, rest.Tokens = "", charge.Tokens-under.Tokens
	if under.Tokens > 0 {
		d.setUnder(key, d.usedUnder(key)-under.Tokens)
		refunds = append(refunds, under)
	}
	if rest.Tokens > 0 {
		refunds = append(refunds, rest)
	}
	return refunds
}
