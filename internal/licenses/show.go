package licenses

import (
	"context"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// show is what clients see of a license: with all its users, if the caller may know them, or with nobody but the one who is
// asked for.
func (l *Licenses) show(ctx context.Context, license *license, asked *member) (License, error) {
	shown, err := l.outline(ctx, license)
	switch {
	case err != nil:
		return License{}, err
	case asked != nil:
		shown.Users = []User{asked.user(license)}
		shown.Holdings = make(map[string]string, len(asked.Holdings))
		for _, holding := range asked.Holdings {
			shown.Holdings[holding.LimitationID] = holding.TransactionID
		}
	case !l.caller.Provisioning:
		shown.Users, err = l.users(ctx, license)
	}
	return shown, err
}

// outline is show without users.
func (l *Licenses) outline(ctx context.Context, license *license) (License, error) {
	validity, err := l.validity(ctx, license)
	if err != nil {
		return License{}, err
	}
	instance, err := l.instance(ctx, license.object.Spec.InstanceRef.Name)
	if err != nil {
		return License{}, err
	}
	return License{
		LicenseTerms: license.terms, Validity: validity, Audit: auditOf(license.object),
		Name: license.object.Spec.DisplayName, Description: license.object.Spec.Description,
		Start: license.object.Spec.Start.Time, End: license.object.Spec.End.Time,
		Customer: customerOf(instance), Product: productOf(license), Edition: editionOf(license),
	}, nil
}

func productOf(license *license) Product {
	product := Product{ID: license.terms.ProductID, Name: license.terms.ProductName}
	if license.product != nil {
		product.Limitations, product.Audit = license.product.Spec.Limitations, auditOf(license.product)
	}
	return product
}

// figures are those of all limitations that are counted, in their order.
func (l *Licenses) figures(ctx context.Context, license *license) ([]Consumption, error) {
	balances, err := l.Ledger.Balances(ctx, l.accountOf(license))
	if err != nil {
		return nil, l.failed(err, nil)
	}
	figures := make([]Consumption, len(license.terms.Limitations))
	for i, limitation := range license.terms.Limitations {
		balance := balances[ledger.LimitationKey{ActivationID: license.activationID(), LimitationID: limitation.ID}]
		figures[i] = Consumption{
			LicenseID: license.terms.LicenseID, ProductID: license.terms.ProductID, Limitation: limitation,
			Standing: standingOf(license, limitation, balance, l.Clock.Now()),
		}
	}
	return figures, nil
}

func standingOf(license *license, limitation kubestore.EffectiveLimitation, balance licensing.Balance, now time.Time) licensing.Standing {
	if !limitation.UserProvisioning {
		return balance.Begun(license.began()).Standing(limitation.Limitation, now)
	}
	standing := limitation.HeldStanding(balance.Held())
	standing.LastReset = license.began() // units that users hold are never reset
	return standing
}
