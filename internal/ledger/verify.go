package ledger

import (
	"errors"
	"fmt"
	"maps"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// ErrBroken reports a history that the ledger alone cannot have made.
var ErrBroken = errors.New("the chain of commits is broken")

// VerifyChain checks successive commits of one account, oldest first: every commit has the hash of its content, follows
// from the one before, and moves tokens and units by its own transactions and nothing else. Going on after an accepted
// incident skips a sequence number, so that the skip is what is left to explain.
func VerifyChain(history []*Account) error {
	for i, account := range history {
		sealed := account.Clone()
		if _, err := sealed.Encode(); err != nil {
			return fmt.Errorf("commit %d: %w", account.Sequence, err)
		}
		if sealed.Hash != account.Hash {
			return fmt.Errorf("%w: commit %d says %.8s, its content gives %.8s", ErrBroken, account.Sequence, account.Hash, sealed.Hash)
		}
		if i == 0 {
			continue
		}
		if err := account.followsFrom(history[i-1]); err != nil {
			return err
		}
	}
	return nil
}

func (a *Account) followsFrom(previous *Account) error {
	switch {
	case a.ID != previous.ID:
		return fmt.Errorf("%w: commit %d is of account %s, the one before of %s", ErrBroken, a.Sequence, a.ID, previous.ID)
	case a.Sequence != previous.Sequence+1:
		return fmt.Errorf("%w: commit %d comes after commit %d", ErrBroken, a.Sequence, previous.Sequence)
	case a.PreviousHash != previous.Hash:
		return fmt.Errorf("%w: commit %d follows %.8s, commit %d is %.8s", ErrBroken, a.Sequence, a.PreviousHash, previous.Sequence, previous.Hash)
	}
	expected := previous.Clone()
	for _, transaction := range a.Open {
		if transaction.Sequence != a.Sequence {
			continue
		}
		if err := expected.Books.Apply(transaction.Entries); err != nil {
			return fmt.Errorf("%w: commit %d: transaction %s: %w", ErrBroken, a.Sequence, transaction.ID, err)
		}
		expected.applyUnits(transaction.Units)
		expected.countMovements(transaction)
	}
	if a.Movements != nil && (expected.Movements == nil || *expected.Movements != *a.Movements) {
		return fmt.Errorf("%w: commit %d counts %d movements, which does not follow from its transactions", ErrBroken, a.Sequence, *a.Movements)
	}
	if !maps.Equal(nonZero(expected.Usage), nonZero(a.Usage)) {
		return fmt.Errorf("%w: commit %d has usage %v, its transactions give %v", ErrBroken, a.Sequence, a.Usage, expected.Usage)
	}
	if !maps.Equal(nonZero(expected.Allocations), nonZero(a.Allocations)) {
		return fmt.Errorf("%w: commit %d has allocations %v, its transactions give %v", ErrBroken, a.Sequence, a.Allocations, expected.Allocations)
	}
	if !maps.Equal(expected.Balances, a.Balances) {
		return fmt.Errorf("%w: commit %d has balances %v, its transactions give %v", ErrBroken, a.Sequence, a.Balances, expected.Balances)
	}
	return nil
}

func nonZero[M ~map[K]licensing.Tokens, K comparable](amounts M) M {
	kept := maps.Clone(amounts)
	maps.DeleteFunc(kept, func(_ K, used licensing.Tokens) bool { return used == 0 })
	return kept
}
