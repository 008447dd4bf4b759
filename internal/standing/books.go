package standing

import (
	"context"
	"errors"
	"fmt"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// books are what is used on an instance, and where that stands.
type books struct {
	used   licensing.Usage
	source string
	// halted means that the account is not to be trusted: what the status of each line item said last is shown.
	halted bool
}

// books reads the account as it is stored now.
func (r *Reader) books(ctx context.Context, instance *v1alpha1.Instance) (books, Ledger, error) {
	id := ledger.AccountID{Namespace: instance.Namespace, Name: instance.Name}
	state := Ledger{Account: kubestore.AccountName(id)}
	snapshot, err := r.Ledger.Snapshot(ctx, id, true)
	var halted *ledger.HaltedError
	switch {
	case errors.As(err, &halted):
		state.Problem = halted.Error()
		if seen := instance.Status.Ledger; seen != nil && seen.Sequence != nil {
			state.Sequence = *seen.Sequence
		}
		return books{halted: true}, state, nil
	case errors.Is(err, ledger.ErrAccountMissing):
		// Nothing can have been charged before the account is opened.
		return books{source: "there is no account yet"}, state, nil
	case err != nil:
		return books{}, state, fmt.Errorf("account of instance %s: %w", instance.Name, err)
	}
	state.Sequence, state.LastCommit, state.Open = snapshot.Sequence, snapshot.Time, snapshot.Open
	return books{used: snapshot.Usage, source: fmt.Sprintf("configmaps/%s, commit %d", state.Account, snapshot.Sequence)}, state, nil
}
