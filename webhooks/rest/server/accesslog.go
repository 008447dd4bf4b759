package server

import (
	"net/http"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"
)

// logAccess logs a line a request. Nothing in it can be a secret: no header, no query, no body.
func logAccess(clock clock.PassiveClock, log logr.Logger) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			known := exchangeOf(r.Context())
			defer func() {
				log.Info("Request",
					"id", known.requestID, "method", r.Method, "tenant", known.route.Tenant, "version", known.route.Version,
					"operation", known.operationID(), "caller", known.caller, "status", known.response.answered(),
					"bytes", known.response.bytes, "duration", clock.Since(known.began).String(), "remote", r.RemoteAddr)
			}()
			next.ServeHTTP(w, r)
		})
	}
}
