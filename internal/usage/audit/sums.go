package audit

import (
	"fmt"
	"maps"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Sums are what records add up to. Unlike an account's, an amount may be below zero for a while: replicas record their
// transactions each on its own, so that a refund may come before the charge.
type Sums struct {
	licensing.Books

	Balances map[ledger.LimitationKey]licensing.Balance
	// Records is how many there are, Sequence the newest commit of which there is one.
	Records, Sequence int64
	// Movements is how many of the records that were added are no denials. A store's totals do not tell.
	Movements int64
}

// NewSums are those of no records.
func NewSums() Sums {
	return Sums{Books: licensing.NewBooks(), Balances: map[ledger.LimitationKey]licensing.Balance{}}
}

// SumsOf are the totals that a store keeps.
func SumsOf(totals usage.Totals) Sums {
	sums := NewSums()
	maps.Copy(sums.Usage, totals.Used)
	for key, tokens := range totals.Allocations {
		sums.Allocations[licensing.AllocationKey(key)] = tokens
	}
	for key, balance := range totals.Units {
		sums.Balances[ledger.LimitationKey(key)] = balance
	}
	sums.Records, sums.Sequence = totals.Records, totals.Sequence
	return sums
}

// Clone is a copy that shares nothing.
func (s Sums) Clone() Sums {
	s.Books, s.Balances = s.Books.Clone(), maps.Clone(s.Balances)
	return s
}

// Add adds a record. It fails, and adds nothing, where the sum is more than can be counted.
func (s *Sums) Add(record usage.Record) error {
	if err := s.add(record); err != nil {
		return fmt.Errorf("record %s: %w", record.ID, err)
	}
	s.Records++
	if record.Kind != usage.Denial {
		s.Movements++
	}
	s.Sequence = max(s.Sequence, record.Sequence)
	return nil
}

func (s *Sums) add(record usage.Record) error {
	switch record.Kind {
	case usage.Charge, usage.AutomaticCharge, usage.Refund:
		return s.addTokens(record)
	case usage.Provision, usage.Revoke, usage.Consumption, usage.Rollback, usage.Correction:
		return s.addUnits(record)
	case usage.Denial:
		return nil
	}
	return fmt.Errorf("the kind %q is not known", record.Kind)
}

func (s *Sums) addTokens(record usage.Record) error {
	used, err := s.Usage[record.ActivationID].Add(record.Used())
	if err != nil {
		return err
	}
	if record.ActionID != "" {
		key := licensing.AllocationKey{ActivationID: record.ActivationID, ActionID: record.ActionID}
		under, err := s.Allocations[key].Add(record.Used())
		if err != nil {
			return err
		}
		s.Allocations[key] = under
	}
	s.Usage[record.ActivationID] = used
	return nil
}

func (s *Sums) addUnits(record usage.Record) error {
	key := ledger.LimitationKey{ActivationID: record.ActivationID, LimitationID: record.LimitationID}
	balance, err := record.AddTo(s.Balances[key])
	if err == nil {
		s.Balances[key] = balance
	}
	return err
}
