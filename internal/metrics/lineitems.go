package metrics

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	apimeta "k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
)

// The states of a line item: how much of it is left.
const (
	stateAvailable = "available"
	stateLow       = "low"
	stateOverdraft = "overdraft"
	stateUsedUp    = "used_up"
)

// lowBelow is the share of what may be charged below which little is left.
const lowBelow = 0.1

var (
	lineItemTokens = prometheus.NewDesc(prometheus.BuildFQName(namespace, "line_item", "tokens"),
		"Tokens of a line item that may be charged now, by state: `used`; `available`, overdraft included, and `+Inf` where that is unlimited. "+
			"Series is that of the rate tables that price it. Only the leader reports them, and of at most `metrics.maxLineItems` line items.",
		[]string{"instance_namespace", "instance_name", "line_item", "series", "state"}, nil)

	lineItemCount = prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "line_items"),
		"Line items that may be charged now, by state: `available`; `low`, when less than a tenth is left; `overdraft`, when the quantity is "+
			"used up; `used_up`. Only the leader reports them.",
		[]string{"state"}, nil)

	lineItemsUnreported = prometheus.NewDesc(prometheus.BuildFQName(namespace, "", "line_items_unreported"),
		"Line items that have no series of their own because there are more than `metrics.maxLineItems`; -1 where that is 0. "+
			"Only the leader reports it.", nil, nil)
)

// LineItems tells how many tokens are left, when it is asked. There may be very many line items, so that only some have series
// of their own: those of the pools that run dry first.
type LineItems struct {
	// Cached is asked at each scrape. It must have the line items in memory.
	Cached client.Reader
	// Max bounds the line items that have series of their own.
	Max int
	// Elected is closed when this replica leads. The others say nothing: they would say the same.
	Elected <-chan struct{}
}

var _ prometheus.Collector = (*LineItems)(nil)

// Describe implements prometheus.Collector.
func (l *LineItems) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- lineItemTokens
	descriptions <- lineItemCount
	descriptions <- lineItemsUnreported
}

// Collect implements prometheus.Collector.
func (l *LineItems) Collect(metrics chan<- prometheus.Metric) {
	select {
	case <-l.Elected:
	default:
		return
	}
	var all v1alpha1.LineItemList
	// The objects are only read, and copies of all of them would cost more than all else.
	if err := l.Cached.List(context.Background(), &all, client.UnsafeDisableDeepCopy); err != nil {
		metrics <- prometheus.NewInvalidMetric(lineItemCount, err)
		return
	}
	counts := map[string]int{stateAvailable: 0, stateLow: 0, stateOverdraft: 0, stateUsedUp: 0}
	pools := map[poolKey]*pool{}
	total := 0
	for i := range all.Items {
		item, ok := figuresOf(&all.Items[i])
		if !ok {
			continue
		}
		total++
		counts[item.state()]++
		if pools[item.pool] == nil {
			pools[item.pool] = &pool{key: item.pool}
		}
		pools[item.pool].add(item)
	}
	for state, count := range counts {
		metrics <- gauge(lineItemCount, float64(count), state)
	}
	metrics <- gauge(lineItemsUnreported, float64(l.report(metrics, pools, total)))
}

// report sends the figures of the pools that run dry first, as long as whole pools fit: the sum over a part of a pool would be
// wrong. It gives how many line items it left out.
func (l *LineItems) report(metrics chan<- prometheus.Metric, pools map[poolKey]*pool, total int) (left int) {
	if l.Max == 0 {
		return -1
	}
	ordered := make([]*pool, 0, len(pools))
	for _, pool := range pools {
		ordered = append(ordered, pool)
	}
	if total > l.Max {
		slices.SortFunc(ordered, driestFirst)
	}
	room := l.Max
	for _, pool := range ordered {
		if len(pool.items) > room {
			left += len(pool.items)
			continue
		}
		room -= len(pool.items)
		for _, item := range pool.items {
			labels := []string{pool.key.namespace, pool.key.instance, item.name, pool.key.series}
			metrics <- gauge(lineItemTokens, item.used, append(labels, "used")...)
			metrics <- gauge(lineItemTokens, item.available, append(labels, "available")...)
		}
	}
	return left
}

func gauge(description *prometheus.Desc, value float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(description, prometheus.GaugeValue, value, labels...)
}

// poolKey names line items that sessions are charged to one after the other.
type poolKey struct{ namespace, instance, series string }

type pool struct {
	key             poolKey
	items           []figures
	used, available float64
}

func (p *pool) add(item figures) {
	p.items = append(p.items, item)
	p.used += item.used
	p.available += item.available
}

// driestFirst puts those with the least share left in front.
func driestFirst(a, b *pool) int {
	return cmp.Or(
		cmp.Compare(a.left(), b.left()),
		cmp.Compare(a.key.namespace, b.key.namespace), cmp.Compare(a.key.instance, b.key.instance), cmp.Compare(a.key.series, b.key.series),
	)
}

// left is the share that is left. A pool that is empty counts as full: nothing more can be foretold of it, and those that are
// empty become more and more.
func (p *pool) left() float64 {
	if p.available == 0 {
		return 1
	}
	return share(p.used, p.available)
}

// share is what part of all tokens is available.
func share(used, available float64) float64 {
	if math.IsInf(available, 1) {
		return 1
	}
	return available / (used + available)
}

// figures are what is known of a line item.
type figures struct {
	pool            poolKey
	name            string
	used, available float64
	overdraft       bool
}

// figuresOf reads a status. It has none for a line item that may not be charged now, or has never had tokens.
func figuresOf(item *v1alpha1.LineItem) (figures, bool) {
	status := item.Status
	if item.Spec.Quantity == 0 && item.Spec.Overdraft.Type == "" {
		return figures{}, false
	}
	if !apimeta.IsStatusConditionTrue(status.Conditions, v1alpha1.ConditionActive) {
		return figures{}, false
	}
	used, err := licensing.ParseTokens(status.Used.String())
	if err != nil {
		return figures{}, false
	}
	available := math.Inf(1)
	if status.Unlimited == nil || !*status.Unlimited {
		left, err := licensing.ParseTokens(status.Available.String())
		if err != nil {
			return figures{}, false
		}
		available = float64(left) / microTokens
	}
	return figures{
		pool: poolKey{namespace: item.Namespace, instance: item.Spec.InstanceRef.Name, series: item.Spec.RateTableSeries},
		name: item.Name, used: float64(used) / microTokens, available: available, overdraft: !status.OverdraftUsed.IsZero(),
	}, true
}

func (f figures) state() string {
	switch {
	case f.available == 0:
		return stateUsedUp
	case f.overdraft:
		return stateOverdraft
	case share(f.used, f.available) < lowBelow:
		return stateLow
	}
	return stateAvailable
}
