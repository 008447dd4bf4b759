// Package metrics counts what the ledger, the controllers and the REST server do. No label has a value per session or user: the
// number of series does not grow with the load. That of line items is bounded. docs/reference/metrics.md is made from the
// descriptions of the collectors.
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
		Help: "Commits to accounts, by outcome: `committed`; `conflicted`, when another replica committed first and the request was evaluated again; " +
			"`unsettled`, when the answer of the API server was lost and had to be found out.",
	}, []string{"outcome"})

	transactions = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "transactions_total",
		Help: "Transactions committed. Many share one commit: that is what makes a busy account fast.",
	})

	commitSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "commit_duration_seconds",
		Help:    "How long the API server took to store a commit.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
	})

	writeThroughSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "write_through_age_seconds",
		Help:    "How old a transaction was when the status of its object showed it.",
		Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300},
	})

	open = newOpenBytes()

	// Only halted accounts have a series, and there are hardly ever any. The labels are not called namespace and instance:
	// Prometheus gives those to the target.
	halted = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Subsystem: "ledger", Name: "halted",
		Help: "1 for an instance on which charging has stopped, because its account is missing, was altered or went back. No series for any other.",
	}, []string{"instance_namespace", "instance_name"})

	tokensCharged = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "tokens_charged_total",
		Help: "Tokens charged, by cause: `Access`, `AutomaticCharge`, `OneOff`.",
	}, []string{"cause"})

	tokensRefunded = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "tokens_refunded_total",
		Help: "Tokens refunded, by cause: `Access`, `Halt`, `Closed`, `HeartbeatMissed`, `DeniedWithoutRollback`.",
	}, []string{"cause"})

	sessionsEnded = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "sessions_ended_total",
		Help: "Sessions that ended, by the `terminatedReason` of their status.",
	}, []string{"reason"})

	denials = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Name: "denials_total",
		Help: "Requests denied, by reason and by the kind of object that asked; `Request` for what is asked over REST, which is counted item by item, " +
			"and only where usage records are kept.",
	}, []string{"kind", "reason"})

	denialsUnrecorded = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Name: "denials_unrecorded_total",
		Help: "Requests denied that were left out of the usage record, because it could not keep up.",
	})

	buildInfo = prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info",
		Help: "1, with the version of the operator and of Go.",
	}, []string{"version", "go_version"})
)

func collectors() []prometheus.Collector {
	return append(usageCollectors(), []prometheus.Collector{
		commits, transactions, commitSeconds, writeThroughSeconds, open, halted, differs, verified,
		tokensCharged, tokensRefunded, sessionsEnded, denials, denialsUnrecorded, buildInfo,
		restRequests, restSeconds, restInFlight, restRejected, restPanics,
	}...)
}

// Collectors are all there are, for the reference.
func Collectors() []prometheus.Collector { return append(collectors(), &LineItems{}) }

// Register adds all metrics to a registry but those of line items, which want a cache.
func Register(registerer prometheus.Registerer, version string) error {
	buildInfo.Reset()
	buildInfo.WithLabelValues(version, runtime.Version()).Set(1)
	beginAtZero()
	var problems []error
	for _, collector := range collectors() {
		problems = append(problems, registerer.Register(collector))
	}
	return errors.Join(problems...)
}
