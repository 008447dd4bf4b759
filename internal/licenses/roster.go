package licenses

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
)

// roster finds the users of a call: a few one by one, and many with one look at all of their license.
type roster struct {
	*Licenses

	many bool
	all  map[types.UID]map[string]member
}

// fewUsers are read in less time than a license has users listed.
const fewUsers = 16

func (l *Licenses) rosterFor(values []ConsumptionValue) *roster {
	return &roster{Licenses: l, many: len(values) > fewUsers, all: map[types.UID]map[string]member{}}
}

func (r *roster) member(ctx context.Context, license *license, userID string) (member, error) {
	if !r.many {
		return r.Licenses.member(ctx, license, userID)
	}
	known, listed := r.all[license.object.UID]
	if !listed {
		members, err := r.members(ctx, license)
		if err != nil {
			return member{}, err
		}
		known = make(map[string]member, len(members))
		for _, member := range members {
			known[member.UserID] = member
		}
		r.all[license.object.UID] = known
	}
	found, is := known[userID]
	if !is {
		return member{}, unknownUser(license, userID)
	}
	return found, nil
}
