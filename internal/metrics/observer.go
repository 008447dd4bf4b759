package metrics

import (
	"time"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// Observer counts what the ledger does.
type Observer struct{}

var _ ledger.Observer = Observer{}

// Committed implements ledger.Observer.
func (Observer) Committed(_ ledger.AccountID, made int, took time.Duration) {
	commits.WithLabelValues(outcomeCommitted).Inc()
	transactions.Add(float64(made))
	commitSeconds.Observe(took.Seconds())
}

// Conflicted implements ledger.Observer.
func (Observer) Conflicted(ledger.AccountID) { commits.WithLabelValues(outcomeConflicted).Inc() }

// Unsettled implements ledger.Observer.
func (Observer) Unsettled(ledger.AccountID) { commits.WithLabelValues(outcomeUnsettled).Inc() }

// WrittenThrough implements ledger.Observer.
func (Observer) WrittenThrough(_ ledger.AccountID, age time.Duration) {
	writeThroughSeconds.Observe(age.Seconds())
}

// Opened implements ledger.Observer.
func (Observer) Opened(account ledger.AccountID, bytes int) { open.set(account, bytes) }

// DenialUnrecorded implements ledger.Observer.
func (Observer) DenialUnrecorded(ledger.AccountID) { denialsUnrecorded.Inc() }

// Halted implements ledger.Observer.
func (Observer) Halted(account ledger.AccountID, stopped bool) {
	if stopped {
		halted.WithLabelValues(account.Namespace, account.Name).Set(1)
		return
	}
	halted.DeleteLabelValues(account.Namespace, account.Name)
}
