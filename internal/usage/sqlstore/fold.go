package sqlstore

import (
	"cmp"
	"slices"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// mostDimensions is how many dimensions a bucket has at most.
const mostDimensions = 3

// mostBuckets bounds the memory that an aggregation takes, to some tens of megabytes.
const mostBuckets = 100_000

type bucketKey [mostDimensions]string

// fold adds up what is read into buckets.
type fold struct {
	by      []usage.Dimension
	most    int
	top     bool
	buckets map[bucketKey]*usage.Bucket
	// written are the times that were, so that each is written once.
	written map[int64]string
}

func newFold(a usage.Aggregation) *fold {
	most := mostBuckets
	if a.Most > 0 {
		most = min(most, a.Most)
	}
	return &fold{by: a.By, most: most, top: a.Top > 0, buckets: map[bucketKey]*usage.Bucket{}, written: map[int64]string{}}
}

// tooMany says what is possible instead.
func (f *fold) tooMany() error {
	if f.top {
		return refuse("by: gives more than the %d sums that the top ones can be found among: narrow from and to, filter, or name fewer dimensions", f.most)
	}
	return refuse("by: gives more than the %d sums that are possible: narrow from and to, filter, or ask for the top ones", f.most)
}

// bucket is the one of a record, of which only what the dimensions name is looked at.
func (f *fold) bucket(r usage.Record) (*usage.Bucket, error) {
	var key bucketKey
	for i, by := range f.by {
		key[i] = f.value(by, r)
	}
	bucket := f.buckets[key]
	if bucket == nil {
		if len(f.buckets) == f.most {
			return nil, f.tooMany()
		}
		bucket = &usage.Bucket{}
		f.buckets[key] = bucket
	}
	return bucket, nil
}

func (f *fold) value(by usage.Dimension, r usage.Record) string {
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
		return f.write(hours.floor(r.Time))
	case usage.ByDay:
		return f.write(days.floor(r.Time))
	default:
		return f.write(months.floor(r.Time))
	}
}

func (f *fold) write(t time.Time) string {
	written, ok := f.written[t.Unix()]
	if !ok {
		written = t.Format(time.RFC3339)
		f.written[t.Unix()] = written
	}
	return written
}

// result gives the buckets, of which only the top ones if that is wanted.
func (f *fold) result(top int) []usage.Bucket {
	buckets := make([]usage.Bucket, 0, len(f.buckets))
	for key, bucket := range f.buckets {
		bucket.Key = slices.Clone(key[:len(f.by)])
		buckets = append(buckets, *bucket)
	}
	byKey := func(a, b usage.Bucket) int { return slices.Compare(a.Key, b.Key) }
	if top == 0 {
		slices.SortFunc(buckets, byKey)
		return buckets
	}
	slices.SortFunc(buckets, func(a, b usage.Bucket) int { return cmp.Or(b.Used().Compare(a.Used()), byKey(a, b)) })
	return slices.Clone(buckets[:min(top, len(buckets))])
}
