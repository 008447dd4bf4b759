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
	// newest is the last record of the change.
	newest mark
}

// mark is where a record is.
type mark struct {
	id       string
	position int64
}

func newLearned() learned {
	return learned{accounts: map[usage.Account]int64{}, series: map[series]int64{}}
}

// known are ids that are there for as long as the newest record of those who learned them is where it was. Ids are never taken
// back, but a database may be put back to an earlier state.
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
	if l.newest.id != "" {
		k.newest = l.newest
	}
}

func (k *known) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.accounts)
	clear(k.series)
	k.newest = mark{}
}

func (k *known) newestRecord() mark {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.newest
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
