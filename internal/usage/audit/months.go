package audit

import (
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// billed are what bills tell apart: by each of these the store's sums of a month are held against its records.
var billed = []struct {
	by    usage.Dimension
	name  string
	value func(usage.Record) string
}{
	{usage.ByLineItem, "line item", func(r usage.Record) string { return r.ActivationID }},
	{usage.ByRequester, "requester", func(r usage.Record) string { return r.RequesterValue }},
	{usage.ByItem, "item", func(r usage.Record) string { return r.Item }},
}

// mostSums bounds the memory for the sums by one dimension: it is as many as the data access API gives at once.
const mostSums = 10_000

// monthKey is a month of UTC, as the store writes it, with a value of a dimension.
type monthKey struct{ month, value string }

// span is what records add up to that were read while further ones came: those that were surely there, and all of them.
type span struct{ least, most usage.Bucket }

// months are what the records say of every month, by one dimension.
type months struct {
	spans map[monthKey]*span
	// many is set where there are more than are kept.
	many bool
}

// monthOf is that of a record, as the store writes it.
func monthOf(record usage.Record) string {
	at := record.Time.UTC()
	return time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC).Format(time.RFC3339)
}

// since is the month with which a time begins, written so; before any of them if there is no time.
func since(keptFrom time.Time) string {
	if keptFrom.IsZero() {
		return ""
	}
	return keptFrom.UTC().Format(time.RFC3339)
}

// addToMonths adds a record to its month by each dimension. Of one that is not sure it cannot be told whether it is in the
// store's sums.
func addToMonths(all []months, record usage.Record, sure bool) {
	month := monthOf(record)
	for i := range all {
		all[i].add(monthKey{month, billed[i].value(record)}, record, sure)
	}
}

func (m *months) add(key monthKey, record usage.Record, sure bool) {
	sums := m.spans[key]
	switch {
	case m.many:
		return
	case sums == nil && len(m.spans) == mostSums:
		m.spans, m.many = nil, true
		return
	case sums == nil:
		sums = &span{}
		m.spans[key] = sums
	}
	switch {
	case sure:
		sums.least.Add(record)
		sums.most.Add(record)
	case record.MovesUnits() && record.Units < 0:
		sums.least.Units = sums.least.Units.Add(record.Units.Sum())
		sums.most.Records++
	default:
		sums.most.Add(record)
	}
}

func newMonths() []months {
	all := make([]months, len(billed))
	for i := range all {
		all[i].spans = map[monthKey]*span{}
	}
	return all
}
