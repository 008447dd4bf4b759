package sqlstore

import (
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// segment is a span of time that is added up from one source: the sums of a cube, or the records if there is none.
type segment struct {
	cube     *cube
	from, to time.Time
}

// need is what an aggregation wants of a cube.
type need struct {
	parts []part
	// grain is the longest period whose sums can be used.
	grain grain
	// apart is set if accounts are to be told apart.
	apart bool
	// records is set if only the records tell.
	records bool
}

// partBy are the dimensions that are parts.
var partBy = map[usage.Dimension]part{
	usage.ByItem: item, usage.ByRequester: requester, usage.ByLineItem: activation, usage.ByKind: kind, usage.ByReason: reason,
	usage.ByLimitation: limitation,
}

func needOf(a usage.Aggregation) need {
	n := need{grain: months, apart: a.Instances != nil}
	for _, list := range []struct {
		part   part
		values int
	}{
		{kind, len(a.Kinds)}, {reason, len(a.Reasons)}, {activation, len(a.ActivationIDs)}, {item, len(a.Items)},
		{requester, len(a.Requesters)}, {limitation, len(a.LimitationIDs)},
	} {
		if list.values > 0 {
			n.parts = append(n.parts, list.part)
		}
	}
	n.records = len(a.Sessions) > 0 || len(a.TransactionIDs) > 0 || len(a.CorrelationIDs) > 0
	for _, by := range a.By {
		if p, ok := partBy[by]; ok {
			n.parts = append(n.parts, p)
		}
		switch by {
		case usage.ByHour:
			n.grain = min(n.grain, hours)
		case usage.ByDay:
			n.grain = min(n.grain, days)
		case usage.ByInstance:
			n.apart = true
		case usage.BySession:
			n.records = true
		default: // as months, or any period
		}
	}
	return n
}

// plan covers the time with the longest periods that can be used, its ends with shorter ones, and what is left at either end
// with the records.
func (n need) plan(from, to time.Time) []segment {
	if n.records {
		return []segment{{from: from, to: to}}
	}
	var usable []cube
	for _, c := range cubes {
		if c.grain <= n.grain && c.has(n.parts) && (!c.together || !n.apart) {
			usable = append(usable, c)
		}
	}
	return cover(usable, from, to)
}

func cover(usable []cube, from, to time.Time) []segment {
	if !from.IsZero() && !to.IsZero() && !from.Before(to) {
		return nil
	}
	if len(usable) == 0 {
		return []segment{{from: from, to: to}}
	}
	c := usable[0]
	begin, end := from, to
	if !from.IsZero() {
		begin = c.grain.ceiling(from)
	}
	if !to.IsZero() {
		end = c.grain.floor(to)
	}
	if !begin.IsZero() && !end.IsZero() && !begin.Before(end) {
		return cover(usable[1:], from, to)
	}
	segments := []segment{{cube: &c, from: begin, to: end}}
	if !from.IsZero() {
		segments = append(segments, cover(usable[1:], from, begin)...)
	}
	if !to.IsZero() {
		segments = append(segments, cover(usable[1:], end, to)...)
	}
	return segments
}
