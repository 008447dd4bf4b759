package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
)

// openBytes tells of all accounts together and of the fullest one, which is the one that reaches the bound: a series per
// account would be as many as there are customers.
type openBytes struct {
	total, fullest *prometheus.Desc

	mu        sync.Mutex
	byAccount map[ledger.AccountID]int
}

func newOpenBytes() *openBytes {
	name := func(name string) string { return prometheus.BuildFQName(namespace, "ledger", name) }
	return &openBytes{
		total: prometheus.NewDesc(name("open_bytes"),
			"Bytes of the transactions that are committed but not yet written through, in all accounts that this replica commits to.", nil, nil),
		fullest: prometheus.NewDesc(name("open_bytes_max"),
			"The same, in the account that has most. At 393216 an account takes no more requests until some are written through.", nil, nil),
		byAccount: map[ledger.AccountID]int{},
	}
}

func (o *openBytes) set(account ledger.AccountID, bytes int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if bytes == 0 {
		delete(o.byAccount, account)
		return
	}
	o.byAccount[account] = bytes
}

// Describe implements prometheus.Collector.
func (o *openBytes) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- o.total
	descriptions <- o.fullest
}

// Collect implements prometheus.Collector.
func (o *openBytes) Collect(metrics chan<- prometheus.Metric) {
	total, fullest := 0, 0
	o.mu.Lock()
	for _, bytes := range o.byAccount {
		total += bytes
		fullest = max(fullest, bytes)
	}
	o.mu.Unlock()
	metrics <- prometheus.MustNewConstMetric(o.total, prometheus.GaugeValue, float64(total))
	metrics <- prometheus.MustNewConstMetric(o.fullest, prometheus.GaugeValue, float64(fullest))
}
