package licenses

import (
	"context"
	"slices"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

const (
	// maxGroups and maxGroupName are those of the kind.
	maxGroups    = 64
	maxGroupName = 256
)

var groupFields = declaration.Fields{"userGroups": ""}

// Groups lists the user groups of a license.
func (l *Licenses) Groups(ctx context.Context, licenseID string) ([]Group, error) {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return nil, err
	}
	groups := make([]Group, len(license.terms.UserGroups))
	for i, group := range license.terms.UserGroups {
		groups[i] = groupOf(group)
	}
	return groups, nil
}

func groupOf(group v1alpha1.UserGroup) Group {
	return Group{ID: group.ID, Name: group.Name, UserLimit: group.UserLimit}
}

// knownGroup refuses the id of a group that the license does not have; none is fine.
func knownGroup(license *license, id string) error {
	if _, found := license.terms.UserGroup(id); id == "" || found {
		return nil
	}
	return unknownGroup(license, id)
}

func unknownGroup(license *license, id string) error {
	return errorf(UserGroupUnknown, "license %s has no user group %.64s", license.terms.LicenseID, id)
}

// AddGroup adds a user group to a license. One without an id gets a new one.
func (l *Licenses) AddGroup(ctx context.Context, licenseID string, wanted Group) (Group, error) {
	if err := checkGroup(wanted); err != nil {
		return Group{}, err
	}
	if wanted.ID == "" {
		wanted.ID = uuid.NewString()
	}
	err := l.changeGroups(ctx, licenseID, func(license *license, groups []v1alpha1.UserGroup) ([]v1alpha1.UserGroup, error) {
		switch _, found := license.terms.UserGroup(wanted.ID); {
		case found:
			return nil, errorf(PropertyFixed, "id: license %s has a user group %s already: change that one", licenseID, wanted.ID)
		case len(groups) >= maxGroups:
			return nil, errorf(TooMany, "license %s has %d user groups, at most %d are possible", licenseID, len(groups), maxGroups)
		}
		return append(groups, v1alpha1.UserGroup{ID: wanted.ID, Name: wanted.Name, UserLimit: wanted.UserLimit}), nil
	})
	return wanted, err
}

// GroupPatch is what is to change of a user group.
type GroupPatch struct {
	Name      Setting[string]
	UserLimit Setting[int32]
}

// UpdateGroup changes a user group. Its limit cannot be less than its active users.
func (l *Licenses) UpdateGroup(ctx context.Context, licenseID, groupID string, patch GroupPatch) (Group, error) {
	var group Group
	err := l.changeGroups(ctx, licenseID, func(license *license, groups []v1alpha1.UserGroup) ([]v1alpha1.UserGroup, error) {
		at := slices.IndexFunc(groups, func(g v1alpha1.UserGroup) bool { return g.ID == groupID })
		if at < 0 {
			return nil, unknownGroup(license, groupID)
		}
		current := &groups[at]
		patch.Name.text(&current.Name)
		if patch.UserLimit.Said {
			current.UserLimit = patch.UserLimit.Value
		}
		if group = groupOf(*current); checkGroup(group) != nil {
			return nil, checkGroup(group)
		}
		return groups, l.groupFits(ctx, license, group)
	})
	return group, err
}

func checkGroup(group Group) error {
	if length := utf8.RuneCountInString(group.Name); length > maxGroupName {
		return invalid("$.name: has %d characters, must have at most %d", length, maxGroupName)
	}
	if group.UserLimit != nil && *group.UserLimit < 0 {
		return invalid("$.user_limit: %d, must be 0 or more", *group.UserLimit)
	}
	return nil
}

// groupFits refuses a limit below the active users of the group, each of whom would have to be chosen by somebody.
func (l *Licenses) groupFits(ctx context.Context, license *license, group Group) error {
	if group.UserLimit == nil {
		return nil
	}
	balances, err := l.Ledger.Balances(ctx, l.accountOf(license))
	if err != nil {
		return err
	}
	seats := balances[ledger.LimitationKey{ActivationID: license.activationID(), LimitationID: licensing.GroupSeatID(group.ID)}]
	if active := seats.Held(); active > int64(*group.UserLimit) {
		return errorf(UserGroupLimitTooLow, "user_limit: %d, but %d users of group %s are active: switch some off first", *group.UserLimit, active, group.ID)
	}
	return nil
}

// changeGroups makes the groups of a license what becomes of a copy of them.
func (l *Licenses) changeGroups(ctx context.Context, licenseID string, become func(*license, []v1alpha1.UserGroup) ([]v1alpha1.UserGroup, error)) error {
	return l.again(ctx, groupFields, func() error {
		license, err := l.license(ctx, licenseID)
		if err != nil {
			return err
		}
		next := license.object.DeepCopy()
		if next.Spec.UserGroups, err = become(license, next.Spec.UserGroups); err != nil {
			return err
		}
		if differs, err := declaration.Differs(license.object, next); err != nil || !differs {
			return err
		}
		l.modify(next)
		return declaration.Redeclare(ctx, l.Live, license.object, next)
	})
}
