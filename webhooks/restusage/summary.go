package restusage

import (
	"context"
	"fmt"
	"math/big"
	"net/http"
	"time"

	"github.com/licensing-operator/licensing-operator/api/openapi/timestamp"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/standing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restusage/stub"
)

const (
	standardWindow    = 7 * 24 // hours
	standardInstances = 100
	day               = 24 * time.Hour
	// leastWindow keeps the first charges of a new line item from looking like a pace that nobody keeps up.
	leastWindow = time.Hour
)

// confinedProblem stands for whatever is wrong with an account: that may name another one.
const confinedProblem = "the account is not in order, or cannot be read now; ask the producer"

// GetUsageSummary shows how instances stand.
func (a *API) GetUsageSummary(w http.ResponseWriter, r *http.Request, params stub.GetUsageSummaryParams) {
	hours := or(params.WindowHours, standardWindow)
	window := window{to: a.Clock.Now().UTC().Truncate(time.Millisecond), hours: int64(hours)}
	namespace := server.RouteOf(r.Context()).Tenant
	scope := scopeOf(r.Context())
	found, err := a.Standings.Page(r.Context(), namespace, scope.Instances, int(or(params.Next, 0)), int(or(params.Size, standardInstances)))
	if err != nil {
		a.fail(w, r, err)
		return
	}
	used, ok := a.usedIn(r.Context(), w, r, namespace, found.Instances, window)
	if !ok {
		return
	}
	answer := stub.UsageSummary{
		Time: timestamp.Time{Time: window.to}, From: timestamp.Time{Time: window.from()}, WindowHours: hours,
		Instances: []stub.InstanceSummary{}, Next: int32(found.Next), //nolint:gosec // a page of at most 500 more than an int32
	}
	for _, instance := range found.Instances {
		if scope.Confined && instance.Ledger.Problem != "" {
			instance.Ledger.Problem = confinedProblem
		}
		answer.Instances = append(answer.Instances, instanceSummary(instance, used, window))
	}
	a.write(w, answer)
}

// window is the time that tells how fast tokens are used.
type window struct {
	to    time.Time
	hours int64
	// start is that of the line item; zero where none is meant.
	start time.Time
}

func (w window) from() time.Time { return w.to.Add(-time.Duration(w.hours) * time.Hour) }

// of is the window of a line item: what is older than that could not be charged.
func (w window) of(start time.Time) window {
	w.start = start
	return w
}

// millis is the length of the part in which the line item could be charged. Whatever starts later than an hour ago is looked at
// as if it had started then.
func (w window) millis() int64 {
	sinceStart := max(leastWindow, w.to.Sub(w.start)) // the largest duration there is, for no start
	return min(time.Duration(w.hours)*time.Hour, sinceStart).Milliseconds()
}

// burn is what was used in the window, by account and activation id; nil where it is not recorded.
type burn map[[2]string]licensing.Sum

// usedIn asks the store once for all instances. Where there is no answer of it, it answers the call.
func (a *API) usedIn(ctx context.Context, w http.ResponseWriter, r *http.Request, namespace string, instances []standing.Instance, window window) (used burn, ok bool) {
	if a.Store == nil || len(instances) == 0 {
		return nil, true
	}
	query := usage.Query{
		Namespace: namespace, Instances: []string{}, Kinds: []usage.Kind{usage.Charge, usage.AutomaticCharge, usage.Refund},
		From: window.from(), To: window.to,
	}
	for _, instance := range instances {
		query.Instances = append(query.Instances, instance.Name)
	}
	buckets, ok := a.aggregate(ctx, w, r, usage.Aggregation{Query: query, By: []usage.Dimension{usage.ByInstance, usage.ByLineItem}})
	if !ok {
		return nil, false
	}
	used = burn{}
	for _, bucket := range buckets {
		used[[2]string{bucket.Key[0], bucket.Key[1]}] = bucket.Used()
	}
	return used, true
}

// span says what part of the time that is.
func (w window) span() string {
	if length := time.Duration(w.millis()) * time.Millisecond; length < w.to.Sub(w.from()) {
		return "since " + w.to.Add(-length).Format(time.RFC3339Nano)
	}
	return fmt.Sprintf("of the last %d hours", w.hours)
}

// ratePerDay is rounded down to the micro-token, and nothing where more came back than was charged.
func (w window) ratePerDay(used licensing.Sum) licensing.Tokens {
	if used.Sign() <= 0 {
		return 0
	}
	rate := new(big.Int).Mul(used.Micros(), big.NewInt(day.Milliseconds()))
	rate.Div(rate, big.NewInt(w.millis()))
	if !rate.IsInt64() {
		return licensing.MaxTokens
	}
	return licensing.Tokens(rate.Int64())
}

// lasts is when what is available has been used, at the pace of the window; zero if that is not before a time.
func (w window) lasts(available licensing.Tokens, used licensing.Sum, before time.Time) time.Time {
	if used.Sign() <= 0 {
		return time.Time{}
	}
	millis := new(big.Int).Mul(big.NewInt(int64(available)), big.NewInt(w.millis()))
	millis.Div(millis, used.Micros())
	if !millis.IsInt64() || millis.Int64() >= before.UnixMilli()-w.to.UnixMilli() {
		return time.Time{}
	}
	return time.UnixMilli(w.to.UnixMilli() + millis.Int64()).UTC()
}
