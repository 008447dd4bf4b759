package restusage

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"

	"github.com/licensing-operator/licensing-operator/api/openapi/decimal"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/webhooks/restusage/stub"
)

// mostBuckets is how many sums an answer has at most.
const mostBuckets = 10_000

// AggregateUsage adds records up.
func (a *API) AggregateUsage(w http.ResponseWriter, r *http.Request, params stub.AggregateUsageParams) {
	query, ok := filters{
		params.Kind, params.Reason, params.LineItem, params.Item, params.Requester, params.Session,
		params.TransactionID, params.CorrelationID, params.Limitation, params.From, params.To,
	}.query(w, r)
	if !ok || !a.recorded(w, r) {
		return
	}
	aggregation := usage.Aggregation{Query: query, Top: int(or(params.Top, 0))}
	if params.Top == nil {
		aggregation.Most = mostBuckets
	}
	for _, dimension := range params.By {
		aggregation.By = append(aggregation.By, usage.Dimension(dimension))
	}
	buckets, ok := a.aggregate(r.Context(), w, r, aggregation)
	if !ok {
		return
	}
	keptFrom, err := a.keptFrom(r.Context(), query)
	if err != nil {
		a.failStore(w, r, err)
		return
	}
	inOrder(buckets, params.Top != nil)
	answer := stub.UsageAggregates{By: params.By, Buckets: make([]stub.UsageBucket, len(buckets)), KeptFrom: keptFrom}
	if answer.By == nil {
		answer.By = []stub.Dimension{}
	}
	for i, bucket := range buckets {
		var err error
		if answer.Buckets[i], err = shown(bucket); err != nil {
			a.failStore(w, r, err)
			return
		}
	}
	a.write(w, answer)
}

// inOrder sorts by the values of the dimensions, or the largest first.
func inOrder(buckets []usage.Bucket, largest bool) {
	slices.SortStableFunc(buckets, func(a, b usage.Bucket) int {
		order := slices.Compare(a.Key, b.Key)
		if largest {
			order = cmp.Or(cmp.Compare(b.Charged-b.Refunded, a.Charged-a.Refunded), order)
		}
		return order
	})
}

func shown(bucket usage.Bucket) (stub.UsageBucket, error) {
	used, err := bucket.Charged.Sub(bucket.Refunded)
	if err != nil {
		return stub.UsageBucket{}, fmt.Errorf("the tokens used of %q: %w", bucket.Key, err)
	}
	answer := stub.UsageBucket{
		Key: bucket.Key, Records: bucket.Records,
		Charged: number(bucket.Charged), Refunded: number(bucket.Refunded), Used: number(used), Units: number(bucket.Units),
	}
	if answer.Key == nil {
		answer.Key = []string{}
	}
	return answer, nil
}

func number(tokens licensing.Tokens) decimal.Decimal { return decimal.Decimal(tokens.String()) }
