package usagetest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// selects tells whether the query selects the record, in the plainest way.
func selects(q usage.Query, r usage.Record) bool {
	return (q.Namespace == "" || q.Namespace == r.Namespace) &&
		(q.Instances == nil || slices.Contains(q.Instances, r.Instance)) &&
		oneOf(q.Kinds, r.Kind) && oneOf(q.Reasons, r.Reason) && oneOf(q.ActivationIDs, r.ActivationID) && oneOf(q.Items, r.Item) &&
		oneOf(q.Requesters, r.RequesterValue) && (oneOf(q.Sessions, r.SubjectUID) || slices.Contains(usage.SessionNames(q.Sessions), r.SubjectName)) &&
		oneOf(q.TransactionIDs, r.TransactionID) && oneOf(q.CorrelationIDs, r.CorrelationID) && oneOf(q.LimitationIDs, r.LimitationID) &&
		(q.From.IsZero() || !r.Time.Before(q.From)) && (q.To.IsZero() || r.Time.Before(q.To)) && r.Position > q.After
}

func oneOf[T comparable](list []T, value T) bool {
	return len(list) == 0 || slices.Contains(list, value)
}

func selected(records []usage.Record, q usage.Query) (found []usage.Record) {
	for _, record := range records {
		if selects(q, record) && (q.Limit == 0 || len(found) < q.Limit) {
			found = append(found, record)
		}
	}
	return found
}

func dimension(by usage.Dimension, r usage.Record) string {
	const day = 24 * time.Hour
	switch by {
	case usage.ByItem:
		return r.Item
	case usage.ByRequester:
		return r.RequesterValue
	case usage.ByLineItem:
		return r.ActivationID
	case usage.BySession:
		return r.Session()
	case usage.ByInstance:
		return r.Instance
	case usage.ByKind:
		return string(r.Kind)
	case usage.ByReason:
		return r.Reason
	case usage.ByLimitation:
		return r.LimitationID
	case usage.ByHour:
		return r.Time.Truncate(time.Hour).Format(time.RFC3339)
	case usage.ByDay:
		return r.Time.Truncate(day).Format(time.RFC3339)
	default:
		return r.Time.Format("2006-01") + "-01T00:00:00Z"
	}
}

func aggregated(records []usage.Record, a usage.Aggregation) []usage.Bucket {
	buckets := map[string]*usage.Bucket{}
	query := a.Query
	query.After, query.Limit = 0, 0
	for _, r := range selected(records, query) {
		key := make([]string, len(a.By))
		for i, by := range a.By {
			key[i] = dimension(by, r)
		}
		joined := strings.Join(key, "\n")
		b := buckets[joined]
		if b == nil {
			b = &usage.Bucket{Key: key}
			buckets[joined] = b
		}
		b.Records++
		switch r.Kind {
		case usage.Charge, usage.AutomaticCharge:
			b.Charged = b.Charged.Add(r.Tokens.Sum())
		case usage.Refund:
			b.Refunded = b.Refunded.Add(r.Tokens.Sum())
		default: // moves no tokens
		}
		b.Units = b.Units.Add(r.Units.Sum())
	}
	list := []usage.Bucket{}
	for _, b := range buckets {
		list = append(list, *b)
	}
	slices.SortFunc(list, func(x, y usage.Bucket) int {
		used := 0
		if a.Top > 0 {
			used = y.Used().Compare(x.Used())
		}
		return cmp.Or(used, slices.Compare(x.Key, y.Key))
	})
	if a.Top > 0 {
		list = list[:min(a.Top, len(list))]
	}
	return list
}

func totalled(records []usage.Record, account usage.Account) usage.Totals {
	t := usage.Totals{
		Used:        map[string]licensing.Tokens{},
		Allocations: map[usage.ActionKey]licensing.Tokens{},
		Units:       map[usage.LimitationKey]licensing.Balance{},
	}
	for _, r := range records {
		if r.Namespace != account.Namespace || r.Instance != account.Instance {
			continue
		}
		t.Records, t.Sequence, t.Position = t.Records+1, max(t.Sequence, r.Sequence), r.Position
		switch r.Kind {
		case usage.Charge, usage.AutomaticCharge, usage.Refund:
			t.Used[r.ActivationID] += r.Used()
			if r.ActionID != "" {
				t.Allocations[usage.ActionKey{ActivationID: r.ActivationID, ActionID: r.ActionID}] += r.Used()
			}
		default: // moves no tokens
		}
		if r.MovesUnits() {
			key := usage.LimitationKey{ActivationID: r.ActivationID, LimitationID: r.LimitationID}
			balance, err := r.AddTo(t.Units[key])
			if err != nil {
				panic(err) // the records of the tests are smaller than that
			}
			t.Units[key] = balance
		}
	}
	return t
}
