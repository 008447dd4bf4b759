package licenses

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// userObject is the oldest object of a user of the license, read live; nil if there is none.
func (l *Licenses) userObject(ctx context.Context, license *license, userID string) (*v1alpha1.UserProvisioning, error) {
	for _, find := range []func(context.Context, string) ([]*v1alpha1.UserProvisioning, error){l.shownUsers, l.newUsers} {
		objects, err := find(ctx, userID)
		if err != nil {
			return nil, l.failed(err, nil)
		}
		if found := userOf(license, objects); found != nil {
			return found, nil
		}
	}
	return nil, nil
}

// userOf is the first of the objects that is about the license; nil if none is.
func userOf(license *license, objects []*v1alpha1.UserProvisioning) *v1alpha1.UserProvisioning {
	for _, object := range objects {
		if object.Spec.LineItemRef.Name == license.object.Name {
			return object
		}
	}
	return nil
}

// shownUsers are the objects of a user that the informers show, on whichever license, oldest first and read live.
func (l *Licenses) shownUsers(ctx context.Context, userID string) ([]*v1alpha1.UserProvisioning, error) {
	var known v1alpha1.UserProvisioningList
	err := l.Cached.List(ctx, &known, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexUserID: userID}, client.UnsafeDisableDeepCopy)
	if err != nil {
		return nil, err
	}
	var objects []*v1alpha1.UserProvisioning
	for i := range known.Items {
		object := &v1alpha1.UserProvisioning{}
		err := l.Live.Get(ctx, client.ObjectKeyFromObject(&known.Items[i]), object)
		if apierrors.IsNotFound(err) || (err == nil && object.Spec.UserID != userID) {
			continue
		}
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return inOrder(objects), nil
}

// newUsers is shownUsers for those that no informer shows yet.
func (l *Licenses) newUsers(ctx context.Context, userID string) ([]*v1alpha1.UserProvisioning, error) {
	var list v1alpha1.UserProvisioningList
	err := l.Live.List(ctx, &list, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexUserID: userID})
	if err != nil {
		return nil, err
	}
	return inOrder(pointers(list.Items)), nil
}

// member is a user of a license, as every committed transaction has left it.
type member struct {
	object *v1alpha1.UserProvisioning
	ledger.UserView
}

// seated tells whether the user is one of the active users.
func (m member) seated() bool { return isSwitchedOn(m.object) && m.HasSeat() }

func (m member) user(license *license) User {
	return User{
		ID: m.object.Spec.UserID, Name: m.object.Spec.Name, LicenseID: license.terms.LicenseID,
		Active: m.seated(), GroupID: m.object.Spec.UserGroupID, Audit: auditOf(m.object),
	}
}

// member is a user of the license, who is not known if there is no object.
func (l *Licenses) member(ctx context.Context, license *license, userID string) (member, error) {
	// What is committed afterwards may be in the object or not; what was before is in one of both.
	committed, err := l.Ledger.Committed(ctx, l.accountOf(license))
	if err != nil {
		return member{}, l.failed(err, nil)
	}
	object, err := l.userObject(ctx, license, userID)
	if err != nil {
		return member{}, err
	}
	if object == nil {
		return member{}, unknownUser(license, userID)
	}
	return memberOf(committed, object), nil
}

func unknownUser(license *license, userID string) error {
	return errorf(UserUnknown, "license %s has no user %.256q", license.terms.LicenseID, userID)
}

func memberOf(committed ledger.Committed, object *v1alpha1.UserProvisioning) member {
	return member{object: object, UserView: committed.User(kubestore.UserSubject(object), kubestore.NamedUser(object))}
}

// members are all users of the license, oldest first.
func (l *Licenses) members(ctx context.Context, license *license) ([]member, error) {
	committed, err := l.Ledger.Committed(ctx, l.accountOf(license))
	if err != nil {
		return nil, l.failed(err, nil)
	}
	var list v1alpha1.UserProvisioningList
	err = l.Live.List(ctx, &list, client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexLineItem: license.object.Name})
	if err != nil {
		return nil, l.failed(err, nil)
	}
	members := make([]member, 0, len(list.Items))
	taken := make(map[string]bool, len(list.Items))
	for _, object := range inOrder(pointers(list.Items)) {
		if !taken[object.Spec.UserID] { // of several for the same user the oldest stands
			taken[object.Spec.UserID] = true
			members = append(members, memberOf(committed, object))
		}
	}
	return members, nil
}
