package kubestore

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// LicenseUsers are the named users of a license.
type LicenseUsers struct {
	// Standing are the objects that own their user id, oldest first.
	Standing []*v1alpha1.UserProvisioning
	// Duplicates are the others, by the object that stands for the same user id.
	Duplicates map[*v1alpha1.UserProvisioning]*v1alpha1.UserProvisioning
}

// LicenseUsers lists the named users of a line item from the informers. The objects are copies.
func (s *Store) LicenseUsers(ctx context.Context, lineItem client.ObjectKey) (LicenseUsers, error) {
	var list v1alpha1.UserProvisioningList
	err := s.cached.List(ctx, &list, client.InNamespace(lineItem.Namespace), client.MatchingFields{IndexLineItem: lineItem.Name})
	if err != nil {
		return LicenseUsers{}, err
	}
	slices.SortFunc(list.Items, func(a, b v1alpha1.UserProvisioning) int {
		if Older(&a, &b) {
			return -1
		}
		return 1
	})
	users := LicenseUsers{Duplicates: map[*v1alpha1.UserProvisioning]*v1alpha1.UserProvisioning{}}
	standing := make(map[string]*v1alpha1.UserProvisioning, len(list.Items))
	for i := range list.Items {
		user := &list.Items[i]
		if other, taken := standing[user.Spec.UserID]; taken {
			users.Duplicates[user] = other
			continue
		}
		standing[user.Spec.UserID] = user
		users.Standing = append(users.Standing, user)
	}
	return users, nil
}

// Active tells by UID which of the standing users may use a license with the limit.
func (u LicenseUsers) Active(limit *int32) map[types.UID]bool {
	named := make([]licensing.NamedUser, len(u.Standing))
	uids := make(map[string]types.UID, len(u.Standing))
	for i, user := range u.Standing {
		named[i] = NamedUser(user)
		uids[user.Spec.UserID] = user.UID
	}
	active := make(map[types.UID]bool, len(named))
	for _, user := range licensing.ActiveUsers(named, limit) {
		active[uids[user.UserID]] = true
	}
	return active
}
