package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/internal/usage/outbox"
	"github.com/licensing-operator/licensing-operator/internal/usage/sink"
)

const usageSubsystem = "usage"

var (
	usageStoreUp = usageGauge("store_up", "1 while the usage store answers this replica, 0 while it does not.")

	usageAppendSeconds = prometheus.NewHistogram(prometheus.HistogramOpts{
		Namespace: namespace, Subsystem: usageSubsystem, Name: "append_duration_seconds",
		Help:    "How long the usage store took to store the records of one append.",
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	})

	usageStored = prometheus.NewCounterVec(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: usageSubsystem, Name: "records_stored_total",
		Help: "Usage records that the store has acknowledged to this replica, by kind. One that was sent twice counts twice here, and once in the store.",
	}, []string{"kind"})

	usageLost = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: usageSubsystem, Name: "records_lost_total",
		Help: "Usage records dropped because neither the store nor the spill took them. Always 0 unless usage.whenFull is Continue.",
	})

	usageOutboxRecords = usageGauge("outbox_records", "Usage records of all replicas that wait on the API server for the store.")

	usageOutboxOldest = usageGauge("outbox_oldest_timestamp_seconds", "The time of the oldest usage record that waits for the store; 0 if none does.")

	usageSpillPages = usageGauge("spill_pages", "Objects on the API server that hold usage records.")

	usageSpillBytes = usageGauge("spill_bytes", "Bytes that usage records take on the API server.")

	usageSpillMaxBytes = usageGauge("spill_max_bytes", "Bytes that usage records may take on the API server, as configured.")

	usageSpillWritten = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: usageSubsystem, Name: "spill_pages_written_total",
		Help: "Objects with usage records that this replica put on the API server because the store did not take them.",
	})

	usageRefused = usageGauge("refused_accounts", "Accounts whose usage records the store refuses, or cannot be read; they stay on the API server.")

	sinkEvents = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: usageSubsystem, Name: "sink_events_total",
		Help: "Usage records that the sink has taken as events.",
	})

	sinkFailures = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: usageSubsystem, Name: "sink_failures_total",
		Help: "Events that the sink did not take; they are sent again.",
	})

	sinkDropped = prometheus.NewCounter(prometheus.CounterOpts{
		Namespace: namespace, Subsystem: usageSubsystem, Name: "sink_dropped_total",
		Help: "Usage records, at most, that usage.retention has dropped before the sink had taken them. They are not sent any more.",
	})

	sinkOldest = usageGauge("sink_oldest_timestamp_seconds", "The time of the oldest usage record that the sink has not taken; 0 if it has all.")
)

func usageGauge(name, help string) prometheus.Gauge {
	return prometheus.NewGauge(prometheus.GaugeOpts{Namespace: namespace, Subsystem: usageSubsystem, Name: name, Help: help})
}

func usageCollectors() []prometheus.Collector {
	return []prometheus.Collector{
		usageStoreUp, usageAppendSeconds, usageStored, usageLost, usageOutboxRecords, usageOutboxOldest,
		usageSpillPages, usageSpillBytes, usageSpillMaxBytes, usageSpillWritten, usageRefused,
		sinkEvents, sinkFailures, sinkDropped, sinkOldest,
	}
}

// Outbox counts what the outbox of usage records does.
type Outbox struct{}

var _ outbox.Observer = Outbox{}

// StoreUp implements outbox.Observer.
func (Outbox) StoreUp(up bool) {
	if up {
		usageStoreUp.Set(1)
		return
	}
	usageStoreUp.Set(0)
}

// Stored implements outbox.Observer.
func (Outbox) Stored(records []usage.Record, took time.Duration) {
	usageAppendSeconds.Observe(took.Seconds())
	for _, record := range records {
		usageStored.WithLabelValues(string(record.Kind)).Inc()
	}
}

// Spilled implements outbox.Observer.
func (Outbox) Spilled(all outbox.Figures) {
	usageSpillWritten.Inc()
	setWaiting(all)
}

// Waiting implements outbox.Observer.
func (Outbox) Waiting(all outbox.Figures, maxBytes int64) {
	usageSpillMaxBytes.Set(float64(maxBytes))
	setWaiting(all)
}

func setWaiting(all outbox.Figures) {
	usageOutboxRecords.Set(float64(all.Records))
	usageOutboxOldest.Set(seconds(all.Oldest))
	usageSpillPages.Set(float64(all.Pages))
	usageSpillBytes.Set(float64(all.Bytes))
}

// seconds is 0 for no time.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMilli()) / 1000
}

// Refused implements outbox.Observer.
func (Outbox) Refused(accounts int) { usageRefused.Set(float64(accounts)) }

// Lost implements outbox.Observer.
func (Outbox) Lost(records []usage.Record) { usageLost.Add(float64(len(records))) }

// Sink counts what the sink takes.
type Sink struct{}

var _ sink.Observer = Sink{}

// Delivered implements sink.Observer.
func (Sink) Delivered(events int) { sinkEvents.Add(float64(events)) }

// Failed implements sink.Observer.
func (Sink) Failed() { sinkFailures.Inc() }

// Dropped implements sink.Observer.
func (Sink) Dropped(positions int64) { sinkDropped.Add(float64(positions)) }

// Behind implements sink.Observer.
func (Sink) Behind(oldest time.Time) { sinkOldest.Set(seconds(oldest)) }
