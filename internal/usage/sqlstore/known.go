package sqlstore

import (
	"maps"
	"sync"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// learned are ids given within a change. They count only when that is committed.
type learned struct {
	accounts map[usage.Account]int64
	series   map[series]int64
}

func newLearned() learned {
	return learned{accounts: map[usage.Account]int64{}, series: map[series]int64{}}
}

// known are ids that are there for certain. Ids are never taken back.
type known struct {
	mu sync.Mutex
	learned
}

// mostSeries bounds the memory that known takes, to some tens of megabytes.
const mostSeries = 100_000

func newKnown() *known { return &known{learned: newLearned()} }

func (k *known) learn(l learned) {
	k.mu.Lock()
	defer k.mu.Unlock()
	maps.Copy(k.accounts, l.accounts)
	if len(k.series)+len(l.series) > mostSeries {
		clear(k.series)
	}
	maps.Copy(k.series, l.series)
}

func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.accounts)
	clear(k.series)
}

func (k *known) account(account usage.Account) (int64, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	id, ok := k.accounts[account]
	return id, ok
}

func (k *known) seriesID(of series) (int64, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	id, ok := k.series[of]
	return id, ok
}
