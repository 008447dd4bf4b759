package server

import (
	"fmt"
	"net/http"
	"time"
)

// limitInFlight bounds what the server works on at once: what comes beyond would only make all wait.
func limitInFlight(most int, observer Observer) Middleware {
	free := make(chan struct{}, most)
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case free <- struct{}{}:
				defer func() { <-free }()
				next.ServeHTTP(w, r)
			default:
				observer.Rejected(rejectedInFlight)
				refuse(w, r, &Refusal{
					Status: http.StatusServiceUnavailable, Reason: ReasonUnavailable, RetryAfter: time.Second,
					Problems: []string{fmt.Sprintf("the server is working on %d requests, and takes no more at once", most)},
				})
			}
		})
	}
}
