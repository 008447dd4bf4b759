package restusage

import (
	"cmp"
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
		answer.Buckets[i] = shown(bucket)
	}
	a.write(w, answer)
}

// inOrder sorts by the values of the dimensions, or the largest first.
func inOrder(buckets []usage.Bucket, largest bool) {
	slices.SortStableFunc(buckets, func(a, b usage.Bucket) int {
		order := slices.Compare(a.Key, b.Key)
		if largest {
			order = cmp.Or(b.Used().Compare(a.Used()), order)
		}
		return order
	})
}

func shown(bucket usage.Bucket) stub.UsageBucket {
	answer := stub.UsageBucket{
		Key: bucket.Key, Records: bucket.Records,
		Charged: sum(bucket.Charged), Refunded: sum(bucket.Refunded), Used: sum(bucket.Used()), Units: sum(bucket.Units),
	}
	if answer.Key == nil {
		answer.Key = []string{}
	}
	return answer
}

func sum(s licensing.Sum) decimal.Sum { return decimal.Sum(s.String()) }

func number(tokens licensing.Tokens) decimal.Decimal { return decimal.Decimal(tokens.String()) }
