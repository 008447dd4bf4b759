package ledgertest

import (
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// together checks that no unit was taken along with tokens that were not charged: each such transaction was committed with
// the one that it names, and that one charges.
func (c *checker) together() {
	charges := map[string]*ledger.Transaction{}
	for _, transaction := range c.once {
		charges[transaction.ID] = transaction
	}
	for _, transaction := range c.once {
		if transaction.CorrelationID == "" {
			continue
		}
		charge := charges[transaction.CorrelationID]
		switch {
		case charge == nil:
			c.Errorf("transaction %s (%s of commit %d) goes with %s, which was not recorded", transaction.ID, transaction.Cause, transaction.Sequence, transaction.CorrelationID)
		case charge.Sequence != transaction.Sequence:
			c.Errorf("transaction %s is of commit %d and goes with %s of commit %d", transaction.ID, transaction.Sequence, charge.ID, charge.Sequence)
		case transaction.Cause != licensing.CauseProvisioned || len(transaction.Units) != 1 || len(transaction.Entries) > 0:
			c.Errorf("transaction %s takes %v and charges %v (%s), want one unit", transaction.ID, transaction.Units, transaction.Entries, transaction.Cause)
		case len(charge.Entries) == 0:
			c.Errorf("transaction %s goes with %s (%s), which charges nothing", transaction.ID, charge.ID, charge.Cause)
		}
	}
}
