package outbox

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

func recordID(instance string, sequence int64) string {
	return fmt.Sprintf("%s-%d/0", instance, sequence)
}

// memory is a store that keeps the first record of an id, or refuses it, or is down.
type memory struct {
	usage.Store

	down   atomic.Bool
	refuse func(usage.Record) bool

	mu      sync.Mutex
	records []usage.Record
	ids     map[string]bool
	// tried counts how often each instance's records were to be appended.
	tried map[string]int
}

func newMemory() *memory { return &memory{ids: map[string]bool{}, tried: map[string]int{}} }

func (m *memory) Ping(context.Context) error {
	if m.down.Load() {
		return usage.ErrUnavailable
	}
	return nil
}

func (m *memory) Append(ctx context.Context, records []usage.Record) error {
	if err := m.Ping(ctx); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	instances := map[string]bool{}
	for _, record := range records {
		instances[record.Instance] = true
	}
	for instance := range instances {
		m.tried[instance]++
	}
	for _, record := range records {
		if m.refuse != nil && m.refuse(record) {
			return usage.ErrConflict
		}
	}
	for _, record := range records {
		if !m.ids[record.ID] {
			m.ids[record.ID] = true
			m.records = append(m.records, record)
		}
	}
	return nil
}

// sequences are those of an instance's records, in the order in which they came.
func (m *memory) sequences(instance string) (sequences []int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, record := range m.records {
		if record.Instance == instance {
			sequences = append(sequences, record.Sequence)
		}
	}
	return sequences
}
