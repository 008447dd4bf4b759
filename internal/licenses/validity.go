package licenses

import (
	"context"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
)

func (l *Licenses) validity(ctx context.Context, license *license) (kubestore.Validity, error) {
	settings, err := l.Store.Settings(ctx, l.namespace)
	if err != nil {
		return kubestore.Validity{}, l.failed(err, nil)
	}
	return kubestore.ValidityAt(license.object, l.Clock.Now(), settings.TimezoneTolerant), nil
}

// mustBeValid refuses to give anything of a license that does not hold now. Giving back is always possible.
func (l *Licenses) mustBeValid(ctx context.Context, license *license) error {
	validity, err := l.validity(ctx, license)
	switch {
	case err != nil:
		return err
	case validity.Date == kubestore.DateExpired:
		return errorf(LicenseExpired, "license %s has expired: it was valid until %s", license.terms.LicenseID, license.object.Spec.End.Format(time.RFC3339))
	case !validity.IsActive:
		return errorf(LicenseInactive, "license %s is not active: its state is %s", license.terms.LicenseID, license.object.Spec.State)
	case validity.Date == kubestore.DateNotYetValid:
		return errorf(LicenseNotYetValid, "license %s is not valid yet: it begins at %s", license.terms.LicenseID, license.object.Spec.Start.Format(time.RFC3339))
	}
	return nil
}
