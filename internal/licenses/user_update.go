package licenses

import (
	"cmp"
	"context"
	"errors"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// UserPatch is what is to change of a user. What is nil stays.
type UserPatch struct {
	Name   *string
	Active *bool
	// GroupID is empty to take the user out of the group.
	GroupID *string
}

// UpdateUser changes a user. One who is switched on is given a place among the active users, or nothing changes.
func (l *Licenses) UpdateUser(ctx context.Context, licenseID, userID string, patch UserPatch) (User, error) {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return User{}, err
	}
	if err := patch.check(license); err != nil {
		return User{}, err
	}
	var user User
	err = l.again(ctx, userFields, func() error {
		member, err := l.member(ctx, license, userID)
		if err != nil {
			return err
		}
		user, err = l.updateUser(ctx, license, member, patch)
		return err
	})
	return user, err
}

func (p UserPatch) check(license *license) error {
	var name, group string
	if p.Name != nil {
		name = *p.Name
	}
	if p.GroupID != nil {
		group = *p.GroupID
	}
	return cmp.Or(checkUserName(name), knownGroup(license, group))
}

// updateUser changes the object first: the ledger seats only users who are switched on. A place that is refused undoes it;
// until then nobody sees an active user.
func (l *Licenses) updateUser(ctx context.Context, license *license, member member, patch UserPatch) (User, error) {
	object, undo := member.object, reverse(member.object.Spec, patch)
	if err := l.declareUser(ctx, object, patch); err != nil {
		return User{}, err
	}
	user := member.user(license)
	switch {
	case !isSwitchedOn(object) && member.HasSeat():
		_, err := l.Ledger.FreeSeat(ctx, l.accountOf(license), kubestore.UserSubject(object), seatOf(license, object))
		if err != nil {
			return User{}, l.failed(err, nil)
		}
		user.Active = false
	case isSwitchedOn(object) && (patch.Active != nil || patch.GroupID != nil):
		if err := l.seat(ctx, license, object); err != nil {
			return User{}, errors.Join(err, l.undo(ctx, object, undo))
		}
		user.Active = true
	}
	return user, nil
}

func isSwitchedOn(object *v1alpha1.UserProvisioning) bool {
	return object.Spec.Active != nil && *object.Spec.Active
}

// reverse is the patch that undoes another one.
func reverse(before v1alpha1.UserProvisioningSpec, patch UserPatch) UserPatch {
	var undo UserPatch
	if patch.Name != nil {
		undo.Name = &before.Name
	}
	if patch.Active != nil {
		undo.Active = before.Active
	}
	if patch.GroupID != nil {
		undo.GroupID = &before.UserGroupID
	}
	return undo
}

// undo makes a user again what it was before a change that was refused, whoever still waits for it.
func (l *Licenses) undo(ctx context.Context, object *v1alpha1.UserProvisioning, undo UserPatch) error {
	ctx = context.WithoutCancel(ctx)
	return l.again(ctx, userFields, func() error {
		err := l.Live.Get(ctx, client.ObjectKeyFromObject(object), object)
		if err != nil {
			return client.IgnoreNotFound(err)
		}
		return l.declareUser(ctx, object, undo)
	})
}

// declareUser changes what REST declares of a user, and reads what has become of it.
func (l *Licenses) declareUser(ctx context.Context, object *v1alpha1.UserProvisioning, patch UserPatch) error {
	next := object.DeepCopy()
	patch.onto(&next.Spec)
	if differs, err := declaration.Differs(object, next); err != nil || !differs {
		return err
	}
	l.modify(next)
	return declaration.Redeclare(ctx, l.Live, object, next)
}

func (p UserPatch) onto(spec *v1alpha1.UserProvisioningSpec) {
	if p.Name != nil {
		spec.Name = *p.Name
	}
	if p.Active != nil {
		spec.Active = p.Active
	}
	if p.GroupID != nil {
		spec.UserGroupID = *p.GroupID
	}
}
