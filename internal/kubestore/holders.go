package kubestore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// Holders are the licenses of the instance on which there is a user whose id is the requester's value. Fresh ones are read
// live, like a fresh Catalog. Of two objects for the same user of a license the older one stands.
func (s *Store) Holders(ctx context.Context, id ledger.AccountID, requester licensing.Requester, fresh bool) ([]ledger.Holder, error) {
	if requester.Value == "" {
		return nil, nil
	}
	users, err := s.usersNamed(ctx, id.Namespace, requester.Value, fresh)
	if err != nil {
		return nil, fmt.Errorf("users %q: %w", requester.Value, err)
	}
	var holders []ledger.Holder
	served := map[string]bool{}
	for _, user := range oldestFirst(users) {
		lineItem := user.Spec.LineItemRef.Name
		if served[lineItem] {
			continue
		}
		served[lineItem] = true
		license, found, err := s.userLicense(ctx, id, lineItem, fresh)
		if err != nil {
			return nil, fmt.Errorf("license %s: %w", lineItem, err)
		}
		if found {
			license.User = NamedUser(user)
			holders = append(holders, ledger.Holder{User: UserSubject(user), License: license})
		}
	}
	slices.SortFunc(holders, func(a, b ledger.Holder) int {
		return licensing.CompareDrawOrder(a.License.LineItem, b.License.LineItem)
	})
	return holders, nil
}

func (s *Store) usersNamed(ctx context.Context, namespace, userID string, fresh bool) ([]v1alpha1.UserProvisioning, error) {
	var list v1alpha1.UserProvisioningList
	options := []client.ListOption{client.InNamespace(namespace), client.MatchingFields{IndexUserID: userID}}
	if fresh {
		err := s.live.List(ctx, &list, options...)
		return list.Items, err
	}
	err := s.cached.List(ctx, &list, append(options, client.UnsafeDisableDeepCopy)...)
	return list.Items, err
}

// userLicense is the license that a line item of the instance holds, if it does and owns its activation id. Whether the
// license is valid is not looked at.
func (s *Store) userLicense(ctx context.Context, id ledger.AccountID, name string, fresh bool) (license licensing.UserLicense, found bool, err error) {
	var lineItem v1alpha1.LineItem
	found, err = s.read(ctx, client.ObjectKey{Namespace: id.Namespace, Name: name}, &lineItem, fresh)
	if err != nil || !found || lineItem.Spec.InstanceRef.Name != id.Name {
		return license, false, err
	}
	standing, err := s.Standing(ctx, &lineItem)
	if err != nil || standing.UID != lineItem.UID {
		return license, false, err
	}
	terms, err := s.LicenseTerms(ctx, &lineItem, fresh)
	var unclear *TermsError
	if errors.As(err, &unclear) {
		return license, false, nil // its controller says why
	}
	if err != nil {
		return license, false, err
	}
	license.LineItem = licensing.LineItem{
		ActivationID: ActivationID(&lineItem), State: licensing.LineItemState(lineItem.Spec.State),
		Start: lineItem.Spec.Start.Time, End: lineItem.Spec.End.Time,
	}
	for _, limitation := range terms.Limitations {
		if limitation.UserProvisioning {
			license.Limitations = append(license.Limitations, limitation.Limitation)
		}
	}
	return license, true, nil
}
