package instance

import (
	"context"
	"errors"
	"fmt"

	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// finish has the ledger finish what is still open on the account of an Instance that is gone. The replica that committed it
// may be gone, too, and nobody else ever asks for such an account: its last charges would never come into the usage record.
func (r *Reconciler) finish(ctx context.Context, id ledger.AccountID) (ctrl.Result, error) {
	// Accounts outlive their Instances: most of them need nothing, and are not to take the ledger's memory.
	account, _, err := r.Store.LoadAccount(ctx, id)
	if errors.Is(err, ledger.ErrAccountMissing) || (err == nil && len(account.Open) == 0) {
		return ctrl.Result{}, nil
	}
	// Whoever reads an account follows what is open on it.
	_, err = r.Ledger.Snapshot(ctx, id, true)
	if halted := (*ledger.HaltedError)(nil); errors.As(err, &halted) {
		return ctrl.Result{}, nil // there is no Instance on which somebody could accept the account
	}
	if err != nil && !errors.Is(err, ledger.ErrUnavailable) {
		return ctrl.Result{}, fmt.Errorf("read the account of an instance that is gone: %w", err)
	}
	return ctrl.Result{RequeueAfter: retryAfter}, nil
}
