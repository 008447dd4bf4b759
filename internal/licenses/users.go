package licenses

import (
	"cmp"
	"context"
	"errors"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// userFields are those that have other names in a call.
var userFields = declaration.Fields{
	"userID": ".user_id", "lineItemRef": ".license_id", "active": ".is_active", "userGroupID": ".license_user_group_id",
}

// Users lists the users of a license, oldest first.
func (l *Licenses) Users(ctx context.Context, licenseID string) ([]User, error) {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return nil, err
	}
	return l.users(ctx, license)
}

func (l *Licenses) users(ctx context.Context, license *license) ([]User, error) {
	members, err := l.members(ctx, license)
	if err != nil {
		return nil, err
	}
	users := make([]User, len(members))
	for i, member := range members {
		users[i] = member.user(license)
	}
	return users, nil
}

// NewUser is a user to add.
type NewUser struct {
	ID, Name string
	Active   bool
	GroupID  string
}

// AddUser adds a user to a license. An active one is added together with a place among the active users, or not at all.
func (l *Licenses) AddUser(ctx context.Context, licenseID string, wanted NewUser) (User, error) {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return User{}, err
	}
	if err := cmp.Or(checkUserID(wanted.ID), checkUserName(wanted.Name), knownGroup(license, wanted.GroupID)); err != nil {
		return User{}, err
	}
	// Objects that calls make have the same name on every replica. Only one that somebody else has just declared is missed
	// by the informers; it is older, and stands.
	known, err := l.shownUsers(ctx, wanted.ID)
	if err != nil {
		return User{}, l.failed(err, nil)
	}
	object := l.newUser(license, wanted)
	if userOf(license, known) == nil {
		err = declaration.Create(ctx, l.Live, object)
	}
	switch {
	case userOf(license, known) != nil, apierrors.IsAlreadyExists(err):
		return User{}, errorf(UserExists, "license %s has a user %q already", license.terms.LicenseID, wanted.ID)
	case err != nil:
		return User{}, l.failed(err, userFields)
	}
	if wanted.Active {
		if err := l.seat(ctx, license, object); err != nil {
			// If that does not succeed either, the caller is told that the user exists when asking again.
			return User{}, errors.Join(err, l.takeBack(context.WithoutCancel(ctx), object))
		}
	}
	return User{
		ID: wanted.ID, Name: wanted.Name, LicenseID: license.terms.LicenseID, Active: wanted.Active, GroupID: wanted.GroupID, Audit: auditOf(object),
	}, nil
}

func (l *Licenses) newUser(license *license, wanted NewUser) *v1alpha1.UserProvisioning {
	return &v1alpha1.UserProvisioning{
		ObjectMeta: l.metadata(declaration.NameFor("user", license.object.Name, wanted.ID)),
		Spec: v1alpha1.UserProvisioningSpec{
			LineItemRef: v1alpha1.LineItemReference{Name: license.object.Name},
			UserID:      wanted.ID, Name: wanted.Name, UserGroupID: wanted.GroupID, Active: &wanted.Active,
		},
	}
}

// takeBack deletes the object that is meant, and no later one of the same name.
func (l *Licenses) takeBack(ctx context.Context, object *v1alpha1.UserProvisioning) error {
	return l.failed(client.IgnoreNotFound(l.Live.Delete(ctx, object, client.Preconditions{UID: &object.UID})), nil)
}

// seat gives the user a place among the active users.
func (l *Licenses) seat(ctx context.Context, license *license, object *v1alpha1.UserProvisioning) error {
	var answer ledger.UserAnswer
	err := l.opened(ctx, license, func() (err error) {
		answer, err = l.Ledger.TakeSeat(ctx, l.accountOf(license), kubestore.UserSubject(object), seatOf(license, object), seatingOf(license, object))
		return err
	})
	switch {
	case err != nil:
		return l.failed(changed(err), nil)
	case answer.Granted:
		return nil
	case answer.RefusedBy == licensing.SeatID:
		return errorf(UserLimitReached, "user %q cannot be active on license %s: %s", object.Spec.UserID, license.terms.LicenseID, answer.Message)
	}
	return errorf(UserGroupLimitReached, "user %q cannot be active in group %s of license %s: %s",
		object.Spec.UserID, object.Spec.UserGroupID, license.terms.LicenseID, answer.Message)
}

// changed tells that the object is gone on which a request to the ledger rests.
func changed(err error) error {
	if errors.Is(err, ledger.ErrSubjectGone) {
		return errors.Join(declaration.ErrChanged, err)
	}
	return err
}

// opened makes the attempt, on an account that is opened if it never was.
func (l *Licenses) opened(ctx context.Context, license *license, attempt func() error) error {
	err := attempt()
	if !errors.Is(err, ledger.ErrAccountMissing) {
		return err
	}
	if _, err := l.Ledger.Open(ctx, l.accountOf(license)); err != nil {
		return err
	}
	return attempt()
}

// seatOf is the user as the object says.
func seatOf(license *license, object *v1alpha1.UserProvisioning) ledger.License {
	named := kubestore.NamedUser(object)
	return ledger.License{ActivationID: license.activationID(), UserID: named.UserID, Name: named.Name, Active: named.Active}
}

// seatingOf is what the user's seat is counted in. A group that is no longer there limits nobody.
func seatingOf(license *license, object *v1alpha1.UserProvisioning) licensing.Seating {
	seating := licensing.Seating{Limit: license.terms.UserLimit}
	if group, found := license.terms.UserGroup(object.Spec.UserGroupID); found {
		seating.GroupID, seating.GroupName, seating.GroupLimit = group.ID, group.Name, group.UserLimit
	}
	return seating
}
