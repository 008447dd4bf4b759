package licenses

import (
	"context"
	"errors"
	"slices"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
)

// DeleteGroup deletes a user group, with its users or without. It gives the group as it was. The users go first, so that
// none is left in a group that is gone.
func (l *Licenses) DeleteGroup(ctx context.Context, licenseID, groupID string, removeUsers bool) (Group, error) {
	of, err := l.license(ctx, licenseID)
	if err != nil {
		return Group{}, err
	}
	if err := knownGroup(of, groupID); err != nil {
		return Group{}, err
	}
	if managers := declaration.OthersDeclare(of.object, "f:spec", "f:userGroups", `k:{"id":"`+groupID+`"}`); managers != "" {
		return Group{}, &Error{ID: DeclaredElsewhere, Message: declaredBy("user group "+groupID, managers)}
	}
	if err := l.emptyGroup(ctx, of, groupID, removeUsers); err != nil {
		return Group{}, err
	}
	err = l.changeGroups(ctx, licenseID, func(_ *license, groups []v1alpha1.UserGroup) ([]v1alpha1.UserGroup, error) {
		return slices.DeleteFunc(groups, func(g v1alpha1.UserGroup) bool { return g.ID == groupID }), nil
	})
	group, _ := of.terms.UserGroup(groupID)
	return groupOf(group), err
}

// emptyGroup takes all users out of the group, or deletes them.
func (l *Licenses) emptyGroup(ctx context.Context, license *license, groupID string, remove bool) error {
	members, err := l.members(ctx, license)
	if err != nil {
		return err
	}
	var users []string
	for _, member := range members {
		if member.object.Spec.UserGroupID == groupID {
			users = append(users, member.object.Spec.UserID)
		}
	}
	if remove {
		deletions, err := l.DeleteUsers(ctx, license.terms.LicenseID, users)
		for _, deletion := range deletions {
			err = errors.Join(err, deletion.Err)
		}
		return err
	}
	problems := make([]error, len(users))
	atOnce(len(users), func(i int) {
		_, problems[i] = l.UpdateUser(ctx, license.terms.LicenseID, users[i], UserPatch{GroupID: new("")})
	})
	return errors.Join(problems...)
}
