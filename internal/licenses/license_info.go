package licenses

import (
	"context"
)

// LicenseInfo is what a license is good for, as software sees it.
type LicenseInfo struct {
	License

	// ClientID and TokenKey are those of the client that asks; empty where none does, and where it has no token.
	ClientID, TokenKey string
	// Figures are those of the limitations, in their order.
	Figures []Consumption
}

// Validate tells what a license is good for. It changes nothing.
func (l *Licenses) Validate(ctx context.Context, key string) (LicenseInfo, error) {
	license, err := l.keyedLicense(ctx, key)
	if err != nil {
		return LicenseInfo{}, err
	}
	return l.info(ctx, license, licenseClient{})
}

func (l *Licenses) info(ctx context.Context, license *license, asking licenseClient) (LicenseInfo, error) {
	shown, err := l.show(ctx, license, nil)
	if err != nil {
		return LicenseInfo{}, err
	}
	figures, err := l.figures(ctx, license)
	if err != nil {
		return LicenseInfo{}, err
	}
	return LicenseInfo{License: shown, ClientID: asking.ID, TokenKey: asking.TokenKey, Figures: figures}, nil
}
