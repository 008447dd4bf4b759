package licenses

import (
	"context"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/declaration"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// UpdateLicense changes a license. What others declare is theirs to change.
func (l *Licenses) UpdateLicense(ctx context.Context, id string, wanted LicenseChange) (License, error) {
	return l.changeLicense(ctx, func() (*license, error) { return l.license(ctx, id) }, func(*license) LicenseChange { return wanted })
}

// ToggleLicense switches a license on or off; without a wish it becomes the other than it is.
func (l *Licenses) ToggleLicense(ctx context.Context, id string, active *bool) (License, error) {
	return l.changeLicense(ctx, func() (*license, error) { return l.license(ctx, id) }, func(license *license) LicenseChange {
		if active != nil {
			return LicenseChange{Active: active}
		}
		return LicenseChange{Active: new(license.object.Spec.State != v1alpha1.LineItemDeployed)}
	})
}

// SetLicenseState switches a license on or off that is named by its key.
func (l *Licenses) SetLicenseState(ctx context.Context, productID, key string, active bool) (License, error) {
	find := func() (*license, error) { return l.licenseOfProduct(ctx, productID, key) }
	return l.changeLicense(ctx, find, func(*license) LicenseChange { return LicenseChange{Active: &active} })
}

func (l *Licenses) changeLicense(ctx context.Context, find func() (*license, error), wanted func(*license) LicenseChange) (License, error) {
	var changed *license
	err := l.again(ctx, licenseFields, func() (err error) {
		if changed, err = find(); err != nil {
			return err
		}
		next, err := l.changedLicense(ctx, changed, wanted(changed))
		if err != nil {
			return err
		}
		if differs, err := declaration.Differs(changed.object, next); !differs || err != nil {
			return err
		}
		l.modify(next)
		if err := declaration.Redeclare(ctx, l.Live, changed.object, next); err != nil {
			return err
		}
		changed, err = l.read(ctx, changed.object)
		return err
	})
	if err != nil {
		return License{}, err
	}
	return l.show(ctx, changed, nil)
}

// changedLicense is the line item after the change, if the license can be so.
func (l *Licenses) changedLicense(ctx context.Context, current *license, wanted LicenseChange) (*v1alpha1.LineItem, error) {
	if err := l.mustStay(ctx, current, wanted); err != nil {
		return nil, err
	}
	next, edition, product := current.object.DeepCopy(), current.edition, current.product
	if wanted.EditionID != "" && wanted.EditionID != current.terms.EditionID {
		var err error
		if edition, product, err = l.otherEdition(ctx, current, wanted.EditionID); err != nil {
			return nil, err
		}
		next.Spec.EditionRef, next.Spec.Product = &v1alpha1.EditionReference{Name: edition.Name}, ""
	}
	terms, err := termsOf(next, edition, product)
	if err != nil {
		return nil, err
	}
	if err := wanted.onto(&next.Spec, terms, edition); err != nil {
		return nil, err
	}
	if terms, err = termsOf(next, edition, product); err != nil {
		return nil, err
	}
	return next, l.mustSuffice(ctx, current, terms)
}

func termsOf(object *v1alpha1.LineItem, edition *v1alpha1.Edition, product *v1alpha1.Product) (kubestore.LicenseTerms, error) {
	terms, err := kubestore.Terms(object, edition, product)
	if err != nil {
		return terms, &Error{ID: EditionNotPossible, Message: err.Error(), cause: err}
	}
	return terms, nil
}

// mustStay refuses to change what a license is.
func (l *Licenses) mustStay(ctx context.Context, current *license, wanted LicenseChange) error {
	terms := current.terms
	switch {
	case wanted.ID != "" && wanted.ID != terms.LicenseID:
		return invalid("$.id: %s is not the license of the path, %s", wanted.ID, terms.LicenseID)
	case wanted.ProductID != "" && wanted.ProductID != terms.ProductID:
		return errorf(PropertyFixed, "product_id: the license is of product %s and stays so", terms.ProductID)
	case wanted.CustomerID == "":
		return nil
	}
	instance, err := l.instance(ctx, current.object.Spec.InstanceRef.Name)
	if err != nil || instance == nil || kubestore.CustomerID(instance) == wanted.CustomerID {
		return err
	}
	return errorf(PropertyFixed, "customer_id: the license is of customer %s and stays so", kubestore.CustomerID(instance))
}

// otherEdition is one that the license can be made from instead.
func (l *Licenses) otherEdition(ctx context.Context, current *license, id string) (*v1alpha1.Edition, *v1alpha1.Product, error) {
	edition, product, err := l.edition(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	terms, spec := current.terms, edition.Spec
	switch {
	case kubestore.ProductID(product) != terms.ProductID:
		err = errorf(EditionNotPossible, "template_id: template %s is of product %s, the license is of product %s", id, kubestore.ProductID(product), terms.ProductID)
	case spec.ProvisioningMode != terms.ProvisioningMode:
		err = errorf(EditionNotPossible, "template_id: template %s is %s, the license is %s", id, spec.ProvisioningMode, terms.ProvisioningMode)
	case spec.ClientType != terms.ClientType:
		err = errorf(EditionNotPossible, "template_id: template %s is for %s, the license is for %s", id, spec.ClientType, terms.ClientType)
	}
	return edition, product, err
}

// mustSuffice refuses limits that are lowered below what is in use: somebody would have to say who loses it.
func (l *Licenses) mustSuffice(ctx context.Context, current *license, next kubestore.LicenseTerms) error {
	fewerUsers, fewerTokens := lower(current.terms.UserLimit, next.UserLimit), lower(current.terms.TokenLimit, next.TokenLimit)
	if !fewerUsers && !fewerTokens {
		return nil
	}
	balances, err := l.Ledger.Balances(ctx, l.accountOf(current))
	if err != nil {
		return err
	}
	held := func(limitationID string) int64 {
		return balances[ledger.LimitationKey{ActivationID: current.activationID(), LimitationID: limitationID}].Held()
	}
	if active := held(licensing.SeatID); fewerUsers && active > int64(*next.UserLimit) {
		return errorf(UserLimitTooLow, "user_limit: %d, but %d users are active: switch some off first", *next.UserLimit, active)
	}
	if tokens := held(licensing.TokenID); fewerTokens && tokens > int64(*next.TokenLimit) {
		return errorf(TokenLimitTooLow, "token_limit: %d, but %d tokens are assigned: unassign some first", *next.TokenLimit, tokens)
	}
	return nil
}

func lower(current, next *int32) bool {
	return next != nil && (current == nil || *next < *current)
}

// edition is the object of an id, with its product.
func (l *Licenses) edition(ctx context.Context, id string) (*v1alpha1.Edition, *v1alpha1.Product, error) {
	edition, product, err := l.findEdition(ctx, id)
	if err != nil || edition != nil {
		return edition, product, err
	}
	implied, err := l.impliedEdition(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	if implied != nil {
		return nil, nil, errorf(EditionNotPossible, "template_id: %s is what license %s says for itself, other licenses cannot be made from it", id, implied.terms.LicenseID)
	}
	return nil, nil, errorf(EditionUnknown, "template_id: there is no template %.64s", id)
}
