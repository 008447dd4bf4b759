package server

import (
	"net/http"
	"time"

	"k8s.io/utils/clock"
)

// Why a request did not reach the handlers although nothing is wrong with it.
const (
	rejectedInFlight       = "in_flight"
	rejectedCallerInFlight = "caller_in_flight"
	rejectedCaller         = "caller_rate"
	rejectedFailures       = "authentication_failures"
)

// Observer is told what the server does, for metrics. It is called from many goroutines and must not block. An operation
// or version that was not found out is empty.
type Observer interface {
	// Serves tells of the operations that a version has, before the first request.
	Serves(version string, operations []string)
	// Began and Served surround a request.
	Began()
	Served(operation, version string, status int, took time.Duration)
	Rejected(why string)
	// Panicked reports a handler that panicked.
	Panicked(operation string)
}

func observe(clock clock.PassiveClock, observer Observer) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			known := exchangeOf(r.Context())
			observer.Began()
			defer func() {
				observer.Served(known.operationID(), string(known.route.Version), known.response.answered(), clock.Since(known.began))
			}()
			next.ServeHTTP(w, r)
		})
	}
}
