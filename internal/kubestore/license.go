package kubestore

import (
	"context"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// LicenseUsers are the named users of a license. The objects are the informer's: they must not be changed.
type LicenseUsers struct {
	// Standing are the objects that own their user id, oldest first.
	Standing []*v1alpha1.UserProvisioning
	// Duplicates are the others, by the object that stands for the same user id.
	Duplicates map[*v1alpha1.UserProvisioning]*v1alpha1.UserProvisioning
}

// LicenseUsers lists the named users of a line item from the informers.
func (s *Store) LicenseUsers(ctx context.Context, lineItem client.ObjectKey) (LicenseUsers, error) {
	var list v1alpha1.UserProvisioningList
	err := s.cached.List(ctx, &list, client.InNamespace(lineItem.Namespace), client.UnsafeDisableDeepCopy,
		client.MatchingFields{IndexLineItem: lineItem.Name})
	if err != nil {
		return LicenseUsers{}, err
	}
	users := LicenseUsers{Duplicates: map[*v1alpha1.UserProvisioning]*v1alpha1.UserProvisioning{}}
	standing := make(map[string]*v1alpha1.UserProvisioning, len(list.Items))
	for _, user := range oldestFirst(list.Items) {
		if other, taken := standing[user.Spec.UserID]; taken {
			users.Duplicates[user] = other
			continue
		}
		standing[user.Spec.UserID] = user
		users.Standing = append(users.Standing, user)
	}
	return users, nil
}

// oldestFirst points to the objects in the order in which they are served.
func oldestFirst[T any, O interface {
	*T
	client.Object
}](objects []T) []O {
	sorted := make([]O, len(objects))
	for i := range objects {
		sorted[i] = &objects[i]
	}
	slices.SortFunc(sorted, func(a, b O) int {
		if Older(a, b) {
			return -1
		}
		return 1
	})
	return sorted
}
