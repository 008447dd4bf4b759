package licenses

import (
	"context"
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// ValidateConsumption tells what is left of a limitation, and consumes nothing.
func (l *Licenses) ValidateConsumption(ctx context.Context, licenseID, limitationID string) (Consumption, error) {
	license, err := l.keyedLicense(ctx, licenseID)
	if err != nil {
		return Consumption{}, err
	}
	meter, err := counted(license, limitationID)
	if err != nil {
		return Consumption{}, err
	}
	figures, err := l.standing(ctx, meter)
	return valueOf(figures), err
}

// Balances are the figures of all limitations of a license that are counted.
func (l *Licenses) Balances(ctx context.Context, licenseID string) ([]Consumption, error) {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return nil, err
	}
	figures, err := l.figures(ctx, license)
	return slices.DeleteFunc(figures, func(c Consumption) bool { return c.Limitation.ResetMode == licensing.ResetDisabled }), err
}

// ResetBalance begins a new period of a limitation now. It is refused where users hold units, who would lose them.
func (l *Licenses) ResetBalance(ctx context.Context, licenseID, limitationID string) error {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return err
	}
	meter, err := counted(license, limitationID)
	if err != nil {
		return err
	}
	if meter.limitation.UserProvisioning {
		return errorf(BalanceNotResettable, "limitation %s is provisioned to users: its balance is the number of those who hold it; revoke them instead", limitationID)
	}
	err = l.opened(ctx, license, func() error {
		_, err := l.Ledger.ResetBalance(ctx, l.accountOf(license), meter.ledgers())
		return err
	})
	if err != nil {
		return l.refusedByLedger(err)
	}
	return nil
}

// RecalculateBalance counts the balance of a limitation again from what is recorded.
func (l *Licenses) RecalculateBalance(ctx context.Context, licenseID, limitationID string) error {
	license, err := l.license(ctx, licenseID)
	if err != nil {
		return err
	}
	meter, err := counted(license, limitationID)
	if err != nil {
		return err
	}
	err = l.opened(ctx, license, func() error {
		_, err := l.Ledger.Recalculate(ctx, l.accountOf(license), meter.ledgers())
		return err
	})
	if err != nil {
		return l.refusedByLedger(err)
	}
	return nil
}

// counted is a limitation of the license of which there is a balance.
func counted(license *license, limitationID string) (*meter, error) {
	limitation, found := license.terms.Limitation(limitationID)
	switch {
	case !found:
		return nil, errorf(LimitationUnknown, "license %s has no limitation %.64s", license.terms.LicenseID, limitationID)
	case limitation.ResetMode == licensing.ResetDisabled:
		return nil, errorf(LimitationStatic, "limitation %s is static: clients enforce it, and it has no balance", limitationID)
	}
	return &meter{license: license, limitation: limitation}, nil
}
