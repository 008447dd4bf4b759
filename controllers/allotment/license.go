package allotment

import (
	"context"
	"errors"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// License is a LineItem that has units to give.
type License struct {
	// Name is that of the LineItem; Found tells whether there is one, without which nothing else holds.
	Name  string
	Found bool
	// ID is how REST clients know the license.
	ID string
	// Terms are what it grants, unless NoTerms says why nobody can tell.
	Terms    kubestore.LicenseTerms
	NoTerms  *kubestore.TermsError
	State    v1alpha1.LineItemState
	Validity kubestore.Validity
	// Standing is false for a line item whose activation id is an older one's.
	Standing      bool
	InstanceFound bool
	Account       ledger.AccountID
	ActivationID  string
}

// ReadLicense reads a license from the informers.
func ReadLicense(ctx context.Context, reader client.Reader, store *kubestore.Store, key client.ObjectKey, now time.Time) (License, error) {
	license := License{Name: key.Name}
	var lineItem v1alpha1.LineItem
	if err := reader.Get(ctx, key, &lineItem); err != nil {
		return license, client.IgnoreNotFound(err)
	}
	settings, err := store.Settings(ctx, key.Namespace)
	if err != nil {
		return license, err
	}
	license.Terms, err = store.LicenseTerms(ctx, &lineItem, false)
	if err != nil && !errors.As(err, &license.NoTerms) {
		return license, err
	}
	standing, err := store.Standing(ctx, &lineItem)
	if err != nil {
		return license, fmt.Errorf("list line items: %w", err)
	}
	license.Found, license.Standing = true, standing.UID == lineItem.UID
	license.ID, license.ActivationID = kubestore.LicenseID(&lineItem), kubestore.ActivationID(&lineItem)
	license.State, license.Validity = lineItem.Spec.State, kubestore.ValidityAt(&lineItem, now, settings.TimezoneTolerant)
	license.Account = ledger.AccountID{Namespace: lineItem.Namespace, Name: lineItem.Spec.InstanceRef.Name}
	err = reader.Get(ctx, client.ObjectKey(license.Account), &v1alpha1.Instance{})
	if err != nil && !apierrors.IsNotFound(err) {
		return license, fmt.Errorf("read instance: %w", err)
	}
	license.InstanceFound = err == nil
	return license, nil
}

// Open tells whether the account may be touched for this license.
func (l *License) Open() bool { return l.Found && l.Standing && l.InstanceFound }

// Obstacle says why the license gives nothing new; what was given stays.
func (l *License) Obstacle() *Refusal {
	switch {
	case !l.Found:
		return &Refusal{v1alpha1.ReasonLineItemNotFound, fmt.Sprintf("line item %s does not exist", l.Name), true}
	case !l.InstanceFound:
		return &Refusal{v1alpha1.ReasonInstanceNotFound, fmt.Sprintf("instance %s of line item %s does not exist", l.Account.Name, l.Name), true}
	case !l.Standing:
		return &Refusal{v1alpha1.ReasonLicenseNotValid, fmt.Sprintf("an older line item has the activation id of line item %s", l.Name), false}
	case l.NoTerms != nil:
		passing := l.NoTerms.Reason != v1alpha1.ReasonEditionNotPossible
		return &Refusal{v1alpha1.ReasonLicenseNotValid, fmt.Sprintf("line item %s: %s", l.Name, l.NoTerms.Message), passing}
	case !l.Validity.IsActive:
		return &Refusal{v1alpha1.ReasonLicenseNotValid, fmt.Sprintf("line item %s is %s", l.Name, l.State), false}
	case l.Validity.Date == kubestore.DateNotYetValid:
		return &Refusal{v1alpha1.ReasonLicenseNotValid, fmt.Sprintf("line item %s is not valid before %s", l.Name, l.Validity.Start.Format(time.RFC3339)), true}
	case l.Validity.IsExpired():
		return &Refusal{v1alpha1.ReasonLicenseNotValid, fmt.Sprintf("line item %s is not valid since %s", l.Name, l.Validity.End.Format(time.RFC3339)), false}
	}
	return nil
}

// Broken says why the ledger does not answer for the license, nil if it does.
func (l *License) Broken(health Health) *Refusal {
	switch health {
	case Halted:
		return &Refusal{Reason: v1alpha1.ReasonLedgerNotHealthy, Message: fmt.Sprintf(
			"the account of instance %s is not in order, nothing is given: its condition LedgerHealthy says why", l.Account.Name)}
	case Unavailable:
		return &Refusal{Reason: v1alpha1.ReasonLedgerUnavailable, Message: "the account of the instance cannot be read at the moment; it is tried again", Passing: true}
	case Open:
	}
	return nil
}
