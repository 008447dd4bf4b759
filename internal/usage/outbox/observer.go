package outbox

import (
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Observer is told what the outbox does, for metrics. It is called from many goroutines and must not block.
type Observer interface {
	// StoreUp reports whether the store answers.
	StoreUp(up bool)
	// Stored reports records that the store has acknowledged, and how long that took.
	Stored(records []usage.Record, took time.Duration)
	// Spilled reports a page that was made, and what waits now.
	Spilled(all Figures)
	// Waiting reports what waits outside of the store, of all replicas, and what may.
	Waiting(all Figures, maxBytes int64)
	// Refused reports of how many accounts the store does not take the records.
	Refused(accounts int)
	// Lost reports records that were dropped.
	Lost(records []usage.Record)
}

// Unobserved is an Observer that takes no notice.
type Unobserved struct{}

// StoreUp takes no notice.
func (Unobserved) StoreUp(bool) {}

// Stored takes no notice.
func (Unobserved) Stored([]usage.Record, time.Duration) {}

// Spilled takes no notice.
func (Unobserved) Spilled(Figures) {}

// Waiting takes no notice.
func (Unobserved) Waiting(Figures, int64) {}

// Refused takes no notice.
func (Unobserved) Refused(int) {}

// Lost takes no notice.
func (Unobserved) Lost([]usage.Record) {}
