package allotment

import (
	"context"
	"fmt"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Balances tell how many units of a license are held, whoever was given them, by limitation.
type Balances struct {
	Held map[string]int64
	// UnderWay tells that transactions of the account are still being written to their objects.
	UnderWay bool
}

// ReadBalances reads those that this replica saw last, or fresh ones.
func ReadBalances(ctx context.Context, books *ledger.Ledger, license *License, fresh bool) (Balances, error) {
	snapshot, err := books.Snapshot(ctx, license.Account, fresh)
	if err != nil {
		return Balances{}, fmt.Errorf("read the account: %w", err)
	}
	balances := Balances{Held: map[string]int64{}, UnderWay: snapshot.Open > 0}
	for key, balance := range snapshot.Balances {
		if key.ActivationID == license.ActivationID {
			balances.Held[key.LimitationID] = balance.Held()
		}
	}
	return balances, nil
}
