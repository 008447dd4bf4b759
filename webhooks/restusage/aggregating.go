package restusage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// An aggregation waits so long for a place, and may take so long when it has one. Both together are less than the server gives
// an answer.
const (
	linePatience    = 10 * time.Second
	aggregationTime = 30 * time.Second
)

var errTooLong = errors.New("the aggregation took too long")

// aggregate adds up as soon as there is a place for it. Where there are no sums it answers why.
func (a *API) aggregate(ctx context.Context, w http.ResponseWriter, r *http.Request, aggregation usage.Aggregation) (buckets []usage.Bucket, ok bool) {
	ctx, leave := a.beginAggregating(ctx, w, r)
	if leave == nil {
		return nil, false
	}
	defer leave()
	buckets, err := a.Store.Aggregate(ctx, aggregation)
	if err != nil {
		a.failAggregation(ctx, w, r, err)
		return nil, false
	}
	return buckets, true
}

// beginAggregating gives what ends an aggregation, and the context that does so in time; or answers that there is no place for one.
func (a *API) beginAggregating(of context.Context, w http.ResponseWriter, r *http.Request) (ctx context.Context, leave func()) {
	caller, _ := authentication.CallerFrom(of)
	name := server.RouteOf(of).Tenant + "/" + caller.Scope()
	if refused := a.line.take(lineLimits, name); refused != nil {
		answerRefusal(w, r, refused)
		return nil, nil
	}
	if refused := a.aggregations.await(of, aggregationLimits, name, linePatience); refused != nil {
		a.line.leave(name)
		answerRefusal(w, r, refused)
		return nil, nil
	}
	ctx, cancel := context.WithTimeoutCause(of, aggregationTime, errTooLong)
	return ctx, func() {
		cancel()
		a.aggregations.leave(name)
		a.line.leave(name)
	}
}

// failAggregation answers why there are no sums.
func (a *API) failAggregation(ctx context.Context, w http.ResponseWriter, r *http.Request, err error) {
	if !errors.Is(context.Cause(ctx), errTooLong) {
		a.failStore(w, r, err)
		return
	}
	a.Log.Info("An aggregation was given up", "requestID", server.RequestIDOf(ctx), "after", aggregationTime.String())
	answerRefusal(w, r, &server.Refusal{
		Status: http.StatusServiceUnavailable, Reason: server.ReasonUnavailable, RetryAfter: aggregationTime,
		Problems: []string{fmt.Sprintf("adding up takes longer than the %s that are possible: narrow from and to, name an instance, or add up by "+
			"less: by session, or by requester and item, every record is read", aggregationTime)},
	})
}

func answerRefusal(w http.ResponseWriter, r *http.Request, refused *server.Refusal) {
	server.SetRetryAfter(w, refused.RetryAfter)
	server.WriteProblem(w, r, refused.Status, refused.Reason, refused.Problems...)
}
