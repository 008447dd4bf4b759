package licensing

import (
	"fmt"
	"slices"
	"time"
)

// Requirement closes an item to everyone but named users who hold a unit of a limitation.
type Requirement struct {
	LimitationID string
	// Provision lets a user who holds none take a free one along with the tokens.
	Provision bool
}

// UserLicense is a license of the instance on which the requester is a named user.
type UserLicense struct {
	// LineItem holds the license. It need not be one that sells tokens.
	LineItem LineItem
	// Limitations are those of the license as they hold.
	Limitations []Limitation
	User        NamedUser
	// Held is how many units are held of a limitation, by its id.
	Held map[string]int64
}

// HeldUnit is the unit by which a requester was admitted to an item.
type HeldUnit struct {
	ActivationID string `json:"activationId"`
	LimitationID string `json:"limitationId"`
	// Taken tells that the requester had none and takes this one along with the tokens of the item.
	Taken bool `json:"taken,omitempty"`
}

// TakenUnits are the units that the requester takes along with what the items are charged: each once.
func TakenUnits(results []ItemResult) (taken []HeldUnit) {
	for _, result := range results {
		for _, unit := range result.Units {
			if unit.Taken {
				taken = append(taken, unit)
			}
		}
	}
	return taken
}

// Requirements are those that the effective rate tables have for the items: none on almost every request.
func (c Catalog) Requirements(items []RequestedItem, at time.Time) (requirements []Requirement) {
	if !c.RateTables.restricted {
		return nil
	}
	for i := range c.LineItems {
		lineItem := &c.LineItems[i]
		table, found := c.RateTables.Effective(lineItem.RateTableSeries, at)
		if !found || !lineItem.UsableAt(at, c.TimezoneTolerant) {
			continue
		}
		for _, item := range items {
			requirement, found := table.Requirements[item.Key()]
			if found && !slices.Contains(requirements, requirement) {
				requirements = append(requirements, requirement)
			}
		}
	}
	return requirements
}

// Limitation is the one with the id if named users hold it.
func (l UserLicense) Limitation(id string) (Limitation, bool) {
	i := slices.IndexFunc(l.Limitations, func(limitation Limitation) bool { return limitation.ID == id && limitation.UserProvisioning })
	if i < 0 {
		return Limitation{}, false
	}
	return l.Limitations[i], true
}

// gate admits one requester to items that require a unit. The zero gate admits everyone: a session that runs is charged on
// without being asked, so that a unit revoked meanwhile does not cut its user off in the middle of work. The next request
// is asked again.
type gate struct {
	closed bool
	// licenses are those on which the requester is a named user, in draw order.
	licenses []UserLicense
	// taken are the units that the request takes so far.
	taken []HeldUnit
}

func gateFor(licenses []UserLicense) gate { return gate{closed: true, licenses: licenses} }

// admit finds the unit that opens an item to the requester: one that is held on any license, or else the first that can
// be had. Nothing is taken yet.
func (g *gate) admit(requirement Requirement, requester Requester, at time.Time, timezoneTolerant bool) (unit HeldUnit, err error) {
	unit.LimitationID = requirement.LimitationID
	for _, taken := range g.taken {
		if taken.LimitationID == requirement.LimitationID {
			unit.ActivationID = taken.ActivationID
			return unit, nil
		}
	}
	closed := unprovisioned{requirement: requirement, requester: requester}
	for _, license := range g.licenses {
		limitation, found := license.Limitation(requirement.LimitationID)
		if !found || !license.LineItem.ValidAt(at, timezoneTolerant) {
			continue
		}
		held, refusal := license.opens(limitation, requirement.Provision)
		switch {
		case held:
			return HeldUnit{ActivationID: license.LineItem.ActivationID, LimitationID: limitation.ID}, nil
		case refusal != "":
			closed.add(license, refusal)
		case unit.ActivationID == "":
			unit.ActivationID, unit.Taken = license.LineItem.ActivationID, true
		}
	}
	if unit.ActivationID == "" {
		return HeldUnit{}, closed
	}
	return unit, nil
}

// take puts down what an item that is charged takes along.
func (g *gate) take(units []HeldUnit) {
	for _, unit := range units {
		if unit.Taken {
			g.taken = append(g.taken, unit)
		}
	}
}

// opens tells whether the user holds a unit of the limitation, and else why none can be had; the reason is empty if one
// can. Who is switched off may not use what is still held.
func (l UserLicense) opens(limitation Limitation, provision bool) (held bool, refusal string) {
	if !l.User.Active || !l.User.HasSeat() {
		return false, inactive(l.User).Error()
	}
	if _, held := l.User.Holding(limitation.ID); held {
		return true, ""
	}
	units := l.Held[limitation.ID]
	if !provision {
		return false, "the user holds none: " + limitation.figures(units)
	}
	provisioned, _, err := Provision(l.User, limitation, units, Holding{})
	if err != nil {
		return false, err.Error()
	}
	if !provisioned.Granted {
		return false, "none is free: " + provisioned.Message
	}
	return false, ""
}

// figures are what there is, what is held and what is free.
func (l Limitation) figures(held int64) string {
	if l.Limit == nil {
		return fmt.Sprintf("limitation %q has no limit, %d held", l.label(), held)
	}
	return fmt.Sprintf("limitation %q has a limit of %d, %d held, %d free", l.label(), *l.Limit, held, max(0, *l.Limit-held))
}

// unprovisioned is why a requester is not admitted. It is an error, which names the first license that has no unit for the
// requester.
type unprovisioned struct {
	requirement Requirement
	requester   Requester
	count       int
	first       string
}

func (u *unprovisioned) add(license UserLicense, refusal string) {
	if u.count++; u.count == 1 {
		u.first = fmt.Sprintf("line item %s: %s", license.LineItem.ActivationID, refusal)
	}
}

func (u unprovisioned) Error() string {
	text := fmt.Sprintf("requires a unit of limitation %q, which user %q does not hold: ", u.requirement.LimitationID, u.requester.Value)
	switch {
	case u.count == 0:
		return text + "no valid license of the instance has both the limitation and the user"
	case u.count > 1:
		return text + fmt.Sprintf("%s; %d more licenses have none for the user", u.first, u.count-1)
	}
	return text + u.first
}
