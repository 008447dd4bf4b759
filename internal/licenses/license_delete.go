package licenses

import (
	"context"
	"strings"

	"golang.org/x/sync/errgroup"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

// DeleteLicense deletes a license with its users, clients and sessions, and gives it as it was. It takes nothing away that
// others declare, and no tokens that were bought.
func (l *Licenses) DeleteLicense(ctx context.Context, id string) (License, error) {
	var was *License
	err := l.again(ctx, licenseFields, func() error {
		license, err := l.license(ctx, id)
		if err != nil {
			return err
		}
		members, err := l.mayDelete(ctx, license)
		if err != nil {
			return err
		}
		if was == nil {
			shown, err := l.show(ctx, license, nil)
			if err != nil {
				return err
			}
			was = &shown
		}
		return l.deleteLicense(ctx, license, members)
	})
	if err != nil {
		return License{}, err
	}
	return *was, nil
}

// deleteLicense deletes the members first: should it not come to an end, the license is there to be deleted again. Who was
// added meanwhile goes after it.
func (l *Licenses) deleteLicense(ctx context.Context, license *license, members []client.Object) error {
	if err := l.forgetAll(ctx, members); err != nil {
		return err
	}
	preconditions := client.Preconditions{UID: &license.object.UID, ResourceVersion: &license.object.ResourceVersion}
	if err := l.Live.Delete(ctx, license.object, preconditions); err != nil {
		return declaration.Changed(err)
	}
	late, err := l.membersOf(ctx, license)
	if err != nil {
		return err
	}
	if err := l.forgetAll(ctx, late); err != nil {
		return err
	}
	if err := refusedSession(l.Sessions.CloseAll(ctx, l.register(license))); err != nil {
		return err
	}
	return l.recount(ctx, license)
}

// mayDelete gives the members of a license that can be deleted with all of them.
func (l *Licenses) mayDelete(ctx context.Context, license *license) ([]client.Object, error) {
	if err := mayTakeAway("license "+license.terms.LicenseID, license.object); err != nil {
		return nil, err
	}
	if quantity := license.object.Spec.Quantity; quantity > 0 {
		return nil, errorf(LicenseNotFit, "license %s also holds %d tokens: delete its line item %s instead", license.terms.LicenseID, quantity, license.activationID())
	}
	members, err := l.membersOf(ctx, license)
	if err != nil {
		return nil, err
	}
	for _, member := range members {
		if err := mayTakeAway("what belongs to the license", member); err != nil {
			return nil, err
		}
	}
	return members, nil
}

// membersOf are the users and clients of a license.
func (l *Licenses) membersOf(ctx context.Context, license *license) (members []client.Object, err error) {
	ofLicense := []client.ListOption{client.InNamespace(l.namespace), client.MatchingFields{kubestore.IndexLineItem: license.object.Name}}
	var users v1alpha1.UserProvisioningList
	if err := l.Live.List(ctx, &users, ofLicense...); err != nil {
		return nil, err
	}
	for _, user := range pointers(users.Items) {
		members = append(members, user)
	}
	var clients v1alpha1.ActivationList
	if err := l.Live.List(ctx, &clients, ofLicense...); err != nil {
		return nil, err
	}
	for _, activation := range pointers(clients.Items) {
		members = append(members, activation)
	}
	return members, nil
}

// deletionsUnderWay bounds how many of many objects are deleted at the same time.
const deletionsUnderWay = 16

// forgetAll deletes objects, some at the same time.
func (l *Licenses) forgetAll(ctx context.Context, objects []client.Object) error {
	deletions, ctx := errgroup.WithContext(ctx)
	deletions.SetLimit(deletionsUnderWay)
	for _, object := range objects {
		deletions.Go(func() error { return l.forget(ctx, object) })
	}
	return deletions.Wait()
}

// mayTakeAway refuses to delete what somebody else declares.
func mayTakeAway(what string, object client.Object) error {
	others := declaration.Declarers(object, "f:spec")
	if len(others) == 0 {
		return nil
	}
	return errorf(DeclaredElsewhere, "%s is declared by %s in Kubernetes (%s/%s): delete it there",
		what, strings.Join(others, ", "), object.GetNamespace(), object.GetName())
}
