// Package metrics counts what the ledger, the controllers and the REST server do. No label has a value per session, user or line item: the
// number of series does not grow with the load. docs/reference/metrics.md describes each.
package metrics

import (
	"errors"
	"runtime"

	"github.com/prometheus/client_golang/prometheus"
)

const namespace = "licensing_operator"

// The outcomes of a commit.
const (
	outcomeCommitted  = "committed"
	outcomeConflicted = "conflicted"
	outcomeUnsettled  = "unsettled"
)

var (
	commits = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "commits_total",
		Help: "Commits to accounts, by outcome: committed, conflicted (another replica was first) or unsettled (the answer was lost at first).",
	}, []string{"outcome"})

	transactions = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "transactions_total",
		Help: "Transactions committed. Divided by commits, it tells how many share one.",
	})

	commitSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "commit_duration_seconds",
		Help:    "How long the API server took to store a commit.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	})

	writeThroughSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "write_through_age_seconds",
		Help:    "How old a transaction was when its object's status showed it.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
	})

	open = newOpenBytes()

	// Only halted accounts have a series, and there are hardly ever any. The labels are not called namespace and instance:
	// Prometheus gives those to the target.
	halted = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "halted",
		Help: "1 for an instance on which charging has stopped until an administrator decides; no series for any other.",
	}, []string{"instance_namespace", "instance_name"})

	tokensCharged = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "tokens_charged_total",
		Help: "Tokens charged, by cause.",
	}, []string{"cause"})

	tokensRefunded = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "tokens_refunded_total",
		Help: "Tokens refunded, by cause.",
	}, []string{"cause"})

	sessionsEnded = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "sessions_ended_total",
		Help: "Sessions that ended, by reason.",
	}, []string{"reason"})

	denials = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "denials_total",
		Help: "Requests denied, by kind of object and reason.",
	}, []string{"kind", "reason"})

	buildInfo = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info",
		Help: "1, with the version of the operator and of Go.",
	}, []string{"version", "go_version"})
)

func collectors() []prometheus.Collector {
	return []prometheus.Collector{
		commits, transactions, commitSeconds, writeThroughSeconds, open, halted,
		tokensCharged, tokensRefunded, sessionsEnded, denials, buildInfo,
		restRequests, restSeconds, restInFlight, restRejected, restPanics,
	}
}

// Register adds all metrics to a registry.
func Register(registerer prometheus.Registerer, version string) error {
	buildInfo.Reset()
	buildInfo.WithLabelValues(version, runtime.Version()).Set(1)
	// A rate over a counter that is not there until the first event misses that event.
	for _, outcome := range []string{outcomeCommitted, outcomeConflicted, outcomeUnsettled} {
		commits.WithLabelValues(outcome)
	}
	var problems []error
	for _, collector := range collectors() {
		problems = append(problems, registerer.Register(collector))
	}
	return errors.Join(problems...)
}
