package ledgertest

import (
	"sync/atomic"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Unrecorded is an observer that counts the denials that were answered and not recorded.
type Unrecorded struct {
	ledger.Unobserved

	Count atomic.Int64
}

// DenialUnrecorded counts.
func (u *Unrecorded) DenialUnrecorded(ledger.AccountID) { u.Count.Add(1) }
