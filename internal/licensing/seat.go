package licensing

import (
	"fmt"
	"slices"
	"strings"
)

// What is limited on every license, beside its limitations, is counted as they are: a unit is held or not. The ids are
// ones that no limitation can have.
const (
	// SeatID is the limitation of active users: each has one seat.
	SeatID = "#seat"
	// TokenID is the limitation of activated clients: each has one token.
	TokenID = "#token"

	groupSeatPrefix = SeatID + "/"
)

// GroupSeatID is the limitation of the active users of a group, whose seats are counted in the license too.
func GroupSeatID(groupID string) string { return groupSeatPrefix + groupID }

// BuiltIn tells whether every license has the limitation, whatever is sold with it.
func BuiltIn(limitationID string) bool { return strings.HasPrefix(limitationID, "#") }

// SeatLimitation limits the active users of a license. A nil limit gives everybody a seat.
func SeatLimitation(limit *int32) Limitation { return builtIn(SeatID, "active users", limit) }

// GroupSeatLimitation limits the active users of a group. The name is for people.
func GroupSeatLimitation(groupID, name string, limit *int32) Limitation {
	if name == "" {
		name = groupID
	}
	return builtIn(GroupSeatID(groupID), "active users of group "+name, limit)
}

// TokenLimitation limits the activated clients of a license.
func TokenLimitation(limit *int32) Limitation { return builtIn(TokenID, "activated clients", limit) }

func builtIn(id, name string, limit *int32) Limitation {
	limitation := Limitation{ID: id, Name: name, UserProvisioning: true, ResetMode: ResetNever, Enforce: true}
	if limit != nil {
		limitation.Limit = new(int64(*limit))
	}
	return limitation
}

// Seating is what a seat is counted in: the license, and the user's group if there is one.
type Seating struct {
	// Limit is the license's. Nil is no limit.
	Limit *int32
	// GroupID is empty for a user who belongs to none; GroupName is for people.
	GroupID, GroupName string
	GroupLimit         *int32
}

// Seat returns the user's place among the active users.
func (u NamedUser) Seat() (Holding, bool) { return u.Holding(SeatID) }

// HasSeat tells whether the user is among the active users.
func (u NamedUser) HasSeat() bool {
	_, has := u.Seat()
	return has
}

// SeatGroup is the group in which the user's seat is counted; empty if in none.
func (u NamedUser) SeatGroup() string {
	for _, holding := range u.Holdings {
		if group, found := strings.CutPrefix(holding.LimitationID, groupSeatPrefix); found {
			return group
		}
	}
	return ""
}

// TakeSeat makes the user an active one, in the license and in the group: in both or in neither. A seat that is held moves
// to the group asked for, and stays where it is if that is full. The unit is described but for its limitation, which is
// the seat's; held tells how many units of a limitation are taken.
func TakeSeat(user NamedUser, seating Seating, held func(limitationID string) int64, unit Holding) (Provisioned, NamedUser, error) {
	license := SeatLimitation(seating.Limit)
	seats := held(SeatID)
	seat, seated := user.Seat()
	if seated && user.SeatGroup() == seating.GroupID {
		return Provisioned{Granted: true, Holding: seat, Repeated: true, Standing: license.HeldStanding(seats)}, user, nil
	}
	if !user.Active {
		return Provisioned{}, user, inactive(user)
	}
	if !seated && !license.admits(units(seats+1)) {
		return refusedBy(license, seats), user, nil
	}
	if seating.GroupID != "" {
		group := GroupSeatLimitation(seating.GroupID, seating.GroupName, seating.GroupLimit)
		if inGroup := held(group.ID); !group.admits(units(inGroup + 1)) {
			return refusedBy(group, inGroup), user, nil
		}
	}
	if !seated {
		seat, seats = unit, seats+1
		seat.LimitationID = SeatID
	}
	holdings := append(withoutSeat(user.Holdings), seat)
	if seating.GroupID != "" {
		inGroup := seat
		inGroup.LimitationID = GroupSeatID(seating.GroupID)
		holdings = append(holdings, inGroup)
	}
	return Provisioned{Granted: true, Holding: seat, Standing: license.HeldStanding(seats)}, user.withHoldings(holdings), nil
}

// FreeSeat makes the user an inactive one, who keeps the units of limitations. One without a seat is left unchanged.
func FreeSeat(user NamedUser) NamedUser {
	if kept := withoutSeat(user.Holdings); len(kept) < len(user.Holdings) {
		return user.withHoldings(kept)
	}
	return user
}

func withoutSeat(holdings []Holding) []Holding {
	return slices.DeleteFunc(slices.Clone(holdings), func(h Holding) bool {
		return h.LimitationID == SeatID || strings.HasPrefix(h.LimitationID, groupSeatPrefix)
	})
}

func inactive(user NamedUser) error {
	return limitationErrorf(InactiveUser, "user %q is inactive", user.UserID)
}

// CheckUserLimit refuses a limit below the number of users who are active, each of whom would have to be chosen by
// somebody.
func CheckUserLimit(active int64, limit *int32) error {
	if limit != nil && active > int64(*limit) {
		return limitationErrorf(UserLimitReached, "userLimit: %s, %d users are active", fmt.Sprint(*limit), active)
	}
	return nil
}
