package sqlstore

import (
	"slices"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// part is a column that a series may have a value in.
type part string

const (
	activation part = "activation_id"
	item       part = "item"
	requester  part = "requester_value"
	kind       part = "kind"
	reason     part = "reason"
	limitation part = "limitation_id"
)

var parts = []part{activation, item, requester, kind, reason, limitation}

// cube is a set of sums: over periods of one length, for each account and each combination of values of its parts.
type cube struct {
	id    int64
	grain grain
	// together is set if the accounts of a namespace are summed up together.
	together bool
	parts    []part
}

// cubes are what dashboards ask for, longest periods first, and of these those first that have the fewest sums. Their ids are
// stored. Each makes storing a record slower: what is asked seldom, or of few records, is added up from records.
var cubes = []cube{
	{id: 1, grain: months, parts: []part{requester}},
	{id: 2, grain: months, parts: []part{activation, item, kind, reason, limitation}},
	{id: 3, grain: days, together: true, parts: []part{item, kind}},
	{id: 4, grain: days, parts: []part{activation}},
	{id: 5, grain: days, parts: []part{requester}},
	{id: 6, grain: days, parts: []part{activation, item, kind, reason, limitation}},
	{id: 7, grain: hours, together: true, parts: []part{item, kind}},
	{id: 8, grain: hours, parts: []part{activation}},
}

func (c cube) has(needed []part) bool {
	return !slices.ContainsFunc(needed, func(p part) bool { return !slices.Contains(c.parts, p) })
}

// account is whose sums a record counts in.
func (c cube) account(r usage.Record) usage.Account {
	if c.together {
		return usage.Account{Namespace: r.Namespace}
	}
	return accountOf(r)
}

// values are those of the series that a record belongs to, as they are stored.
func (c cube) values(stored [6]string) (values [6]string) {
	for i, p := range parts {
		if slices.Contains(c.parts, p) {
			values[i] = stored[i]
		}
	}
	return values
}

// partsOf are the record's values of all parts, as they are stored.
func partsOf(r usage.Record) [6]string {
	return [6]string{
		text(r.ActivationID), text(r.Item), text(r.RequesterValue), text(string(r.Kind)), text(r.Reason), text(r.LimitationID),
	}
}

// field is where a part is in a record.
func field(r *usage.Record, p part) *string {
	switch p {
	case activation:
		return &r.ActivationID
	case item:
		return &r.Item
	case requester:
		return &r.RequesterValue
	case kind:
		return (*string)(&r.Kind)
	case reason:
		return &r.Reason
	default:
		return &r.LimitationID
	}
}
