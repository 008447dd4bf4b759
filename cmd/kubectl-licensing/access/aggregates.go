package access

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	usageclient "github.com/licensing-operator/licensing-operator/pkg/client/usage"
)

// Aggregate implements audit.Records. How many buckets there may be is for the API to say.
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
	answer, err := a.aggregates(ctx, parameters)
	if err != nil {
		return nil, err
	}
	buckets := make([]usage.Bucket, len(answer.Buckets))
	for i, bucket := range answer.Buckets {
		if len(bucket.Key) != len(by) {
			return nil, fmt.Errorf("read sums: the key %q must have %d values, one of each dimension", bucket.Key, len(by))
		}
		if buckets[i], err = decoded(bucket); err != nil {
			return nil, fmt.Errorf("read the sums of %q: %w", bucket.Key, err)
		}
	}
	return buckets, nil
}

// KeptFrom implements audit.Records. The API tells it beside any sums of what the query selects.
func (a *API) KeptFrom(ctx context.Context, query usage.Query) (time.Time, error) {
	answer, err := a.aggregates(ctx, filters(query))
	if err != nil || answer.KeptFrom == nil {
		return time.Time{}, err
	}
	return answer.KeptFrom.UTC(), nil
}

func (a *API) aggregates(ctx context.Context, parameters url.Values) (answer usageclient.UsageAggregates, err error) {
	response, err := a.get(ctx, "usage/v1/aggregates", parameters)
	if err != nil {
		return answer, err
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return answer, fmt.Errorf("read sums: %w", err)
	}
	return answer, nil
}

func decoded(bucket usageclient.UsageBucket) (result usage.Bucket, err error) {
	result = usage.Bucket{Key: bucket.Key, Records: bucket.Records}
	for _, sum := range []struct {
		name string
		text decimal.Sum
		into *licensing.Sum
	}{{"charged", bucket.Charged, &result.Charged}, {"refunded", bucket.Refunded, &result.Refunded}, {"units", bucket.Units, &result.Units}} {
		if *sum.into, err = licensing.ParseSum(string(sum.text)); err != nil {
			return result, fmt.Errorf("%s: %w", sum.name, err)
		}
	}
	return result, nil
}
