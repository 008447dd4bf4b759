package licenses

import (
	"context"
	"strings"
	"sync"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// DeleteUser deletes a user and frees all that the user holds. It gives the user as it was.
func (l *Licenses) DeleteUser(ctx context.Context, licenseID, userID string) (User, error) {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return User{}, err
	}
	var user User
	err = l.again(ctx, userFields, func() error {
		member, err := l.member(ctx, license, userID)
		if err != nil {
			return err
		}
		if user.ID == "" { // in a second attempt the user may be switched off already
			user = member.user(license)
		}
		return l.deleteUser(ctx, license, member)
	})
	return user, err
}

// deleteUser has the ledger free what is held before the object goes, so that the balances are right at once. The user is
// switched off first, or the controller would seat the one who has just lost the seat.
func (l *Licenses) deleteUser(ctx context.Context, license *license, member member) error {
	object := member.object
	if err := mustBeOurs(object); err != nil {
		return err
	}
	if isSwitchedOn(object) {
		if err := l.declareUser(ctx, object, UserPatch{Active: new(false)}); err != nil {
			return err
		}
	}
	err := l.opened(ctx, license, func() error {
		_, err := l.Ledger.Release(ctx, l.accountOf(license), kubestore.UserSubject(object), seatOf(license, object))
		return err
	})
	if err != nil {
		return changed(err)
	}
	return l.takeBack(ctx, object)
}

// mustBeOurs refuses to delete a user whom somebody else declares.
func mustBeOurs(object *v1alpha1.UserProvisioning) error {
	others := declaration.Declarers(object, "f:spec")
	if len(others) == 0 {
		return nil
	}
	return errorf(DeclaredElsewhere, "user %q is declared by %s in Kubernetes (%s/%s): delete it there",
		object.Spec.UserID, strings.Join(others, ", "), object.Namespace, object.Name)
}

// Deletion tells what became of a user who was to be deleted. A nil Err is that the user is gone.
type Deletion struct {
	UserID string
	Err    error
}

// changesAtOnce is how many of many users are changed at the same time.
const changesAtOnce = 16

// DeleteUsers deletes many users, each or not. It answers for each of them, in the same order.
func (l *Licenses) DeleteUsers(ctx context.Context, licenseID string, userIDs []string) ([]Deletion, error) {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return nil, err
	}
	members, err := l.members(ctx, license)
	if err != nil {
		return nil, err
	}
	left := make(map[string]member, len(members))
	for _, member := range members {
		left[member.object.Spec.UserID] = member
	}
	deletions := make([]Deletion, len(userIDs))
	var deleted []*Deletion
	var objects []*v1alpha1.UserProvisioning
	for i, userID := range userIDs {
		deletions[i].UserID = userID
		member, found := left[userID]
		if !found {
			deletions[i].Err = unknownUser(license, userID)
			continue
		}
		delete(left, userID) // a second time the user is not there
		deleted, objects = append(deleted, &deletions[i]), append(objects, member.object)
	}
	atOnce(len(objects), func(i int) {
		err := mustBeOurs(objects[i])
		if err == nil {
			err = l.takeBack(ctx, objects[i])
		}
		deleted[i].Err = err
	})
	if len(objects) > 0 {
		// What cannot be counted now is counted when the controller sees that they are gone.
		_, _ = l.Ledger.Recount(ctx, l.accountOf(license), license.activationID(), provisioned(license))
	}
	return deletions, nil
}

// atOnce does so many things, some of them at the same time.
func atOnce(things int, do func(int)) {
	var running sync.WaitGroup
	free := make(chan struct{}, changesAtOnce)
	for i := range things {
		free <- struct{}{}
		running.Go(func() {
			defer func() { <-free }()
			do(i)
		})
	}
	running.Wait()
}

// provisioned are the ids of the limitations that users hold units of.
func provisioned(license *license) (ids []string) {
	for _, limitation := range license.terms.Limitations {
		if limitation.UserProvisioning {
			ids = append(ids, limitation.ID)
		}
	}
	return ids
}
