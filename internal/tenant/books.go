package tenant

import (
	"context"
	"errors"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// books are what is used on an instance, as of now.
func (t *Tenant) books(ctx context.Context, instance string) (licensing.Books, error) {
	snapshot, err := t.Ledger.Snapshot(ctx, t.account(instance), true)
	switch {
	case errors.Is(err, ledger.ErrAccountMissing) && !isHalted(err):
		// Nothing can have been charged before the account is opened.
		return licensing.NewBooks(), nil
	case err != nil:
		return licensing.Books{}, t.failed(err, nil)
	}
	return licensing.Books{Usage: snapshot.Usage, Allocations: snapshot.Allocations}, nil
}

func isHalted(err error) bool {
	var halted *ledger.HaltedError
	return errors.As(err, &halted)
}
