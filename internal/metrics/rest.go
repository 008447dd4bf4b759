package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// unrouted is the operation and version of requests that did not get as far as having one.
const unrouted = "none"

var (
	restRequests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: "rest", Name: "requests_total",
		Help: "REST requests answered, by `operationId` of the contract, version of the API and HTTP status. Operation and version are `none` for a " +
			"request that did not get so far.",
	}, []string{"operation", "version", "code"})

	restSeconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Subsystem: "rest", Name: "request_duration_seconds",
		Help:    "How long REST requests took to answer.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
	}, []string{"operation", "version"})

	restInFlight = prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Subsystem: "rest", Name: "requests_in_flight",
		Help: "REST requests that are worked on. Beyond `rest.maxInFlight` they are answered 503.",
	})

	restRejected = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: "rest", Name: "rejected_total",
		Help: "REST requests sent away by a limit: `in_flight` (503), `caller_in_flight` (429), `caller_rate` (429), `authentication_failures` (429, " +
			"an address whose tokens were wrong too often).",
	}, []string{"reason"})

	restPanics = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: "rest", Name: "panics_total",
		Help: "REST requests that failed for a defect of the operator. The log has the stack.",
	}, []string{"operation"})
)

// The limits by which requests are sent away.
var rejections = []string{"in_flight", "caller_in_flight", "caller_rate", "authentication_failures"}

// failures are the statuses that count as errors of the operator. 501 says what is not configured.
var failures = []int{http.StatusInternalServerError, http.StatusServiceUnavailable}

// REST counts what the REST server does.
type REST struct{}

// Serves has what alerts are raised for begin at zero: panics and failures of each operation, and of requests that do not get
// so far. What succeeds is frequent, and does not miss its first event.
func (REST) Serves(version string, operations []string) {
	for _, operation := range slices.Concat(operations, []string{unrouted}) {
		restPanics.WithLabelValues(operation)
		for _, status := range failures {
			restRequests.WithLabelValues(operation, version, strconv.Itoa(status))
		}
	}
}

// Began counts a request that has come.
func (REST) Began() { restInFlight.Inc() }

// Served counts a request that was answered. Operation and version are those of the contract, or empty.
func (REST) Served(operation, version string, status int, took time.Duration) {
	restInFlight.Dec()
	operation, version = labelOf(operation), labelOf(version)
	restRequests.WithLabelValues(operation, version, strconv.Itoa(status)).Inc()
	restSeconds.WithLabelValues(operation, version).Observe(took.Seconds())
}

// Rejected counts a request that met a limit.
func (REST) Rejected(reason string) { restRejected.WithLabelValues(reason).Inc() }

// Panicked counts a request whose handler panicked.
func (REST) Panicked(operation string) { restPanics.WithLabelValues(labelOf(operation)).Inc() }

func labelOf(value string) string {
	if value == "" {
		return unrouted
	}
	return value
}
