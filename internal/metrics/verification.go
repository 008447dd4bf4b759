package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usage/verifier"
)

var (
	// As with those that are halted, there are hardly ever any.
	differs = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "differs",
		Help: "1 for an instance whose account and usage records disagree. No series for any other.",
	}, []string{"instance_namespace", "instance_name"})

	verified = prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "verified_timestamp_seconds",
		Help: "When all accounts were last compared with their usage records, or since when this replica is to do it; 0 at one that does not.",
	})
)

// Verification tells how accounts and usage records agree.
type Verification struct{}

var _ verifier.Observer = Verification{}

// Differs implements verifier.Observer.
func (Verification) Differs(account ledger.AccountID, disagree bool) {
	if disagree {
		differs.WithLabelValues(account.Namespace, account.Name).Set(1)
		return
	}
	differs.DeleteLabelValues(account.Namespace, account.Name)
}

// Leads implements verifier.Observer. Its age counts as if everything had been compared then.
func (Verification) Leads(since time.Time) { verified.Set(seconds(since)) }

// Verified implements verifier.Observer.
func (Verification) Verified(at time.Time) { verified.Set(seconds(at)) }

// Idle implements verifier.Observer.
func (Verification) Idle() {
	differs.Reset()
	verified.Set(0)
}
