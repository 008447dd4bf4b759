package access

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
)

// Aggregate implements usage.Store. How many buckets there may be is for the API to say.
func (a *API) Aggregate(ctx context.Context, aggregation usage.Aggregation) ([]usage.Bucket, error) {
	parameters := filters(aggregation.Query)
	by := make([]string, len(aggregation.By))
	for i, dimension := range aggregation.By {
		by[i] = string(dimension)
	}
	if len(by) > 0 {
		parameters.Set("by", strings.Join(by, ","))
	}
	if aggregation.Top > 0 {
		parameters.Set("top", strconv.Itoa(aggregation.Top))
	}
	response, err := a.get(ctx, "usage/v1/aggregates", parameters)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var body struct {
		Buckets []bucket `json:"buckets"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return nil, fmt.Errorf("read sums: %w", err)
	}
	buckets := make([]usage.Bucket, len(body.Buckets))
	for i, bucket := range body.Buckets {
		if len(bucket.Key) != len(by) {
			return nil, fmt.Errorf("read sums: the key %q must have %d values, one of each dimension", bucket.Key, len(by))
		}
		if buckets[i], err = bucket.decoded(); err != nil {
			return nil, fmt.Errorf("read the sums of %q: %w", bucket.Key, err)
		}
	}
	return buckets, nil
}

// bucket is how the API writes usage.Bucket. Its numbers are read as the texts that they are, to the last digit.
type bucket struct {
	Key      []string    `json:"key"`
	Records  int64       `json:"records"`
	Charged  json.Number `json:"charged"`
	Refunded json.Number `json:"refunded"`
	Units    json.Number `json:"units"`
}

func (b bucket) decoded() (result usage.Bucket, err error) {
	result = usage.Bucket{Key: b.Key, Records: b.Records}
	for _, sum := range []struct {
		name string
		text json.Number
		into *licensing.Sum
	}{{"charged", b.Charged, &result.Charged}, {"refunded", b.Refunded, &result.Refunded}, {"units", b.Units, &result.Units}} {
		if *sum.into, err = licensing.ParseSum(sum.text.String()); err != nil {
			return result, fmt.Errorf("%s: %w", sum.name, err)
		}
	}
	return result, nil
}
