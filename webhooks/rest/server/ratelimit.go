package server

import (
	"fmt"
	"net/http"

	"k8s.io/utils/clock"
)

// limitCallers keeps one caller from taking the place of all others. A caller of two tenants is two.
func limitCallers(limit Limit, clock clock.PassiveClock, observer Observer) Middleware {
	limiter := newLimiter(limit, clock)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			known := exchangeOf(r.Context())
			wait := limiter.take(known.route.Tenant + "/" + known.caller)
			if wait == 0 {
				next.ServeHTTP(w, r)
				return
			}
			observer.Rejected(rejectedCaller)
			refuse(w, r, &Refusal{
				Status: http.StatusTooManyRequests, Reason: ReasonTooManyRequests, RetryAfter: wait,
				Problems: []string{fmt.Sprintf("more than %g requests a second, after a burst of %d: wait as long as Retry-After says", limit.RequestsPerSecond, limit.Burst)},
			})
		})
	}
}
