package server

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"

	"github.com/go-logr/logr"
)

// recoverPanics answers 500 for a handler that panicked: one request must not end the others.
func recoverPanics(log logr.Logger, observer Observer) Middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			defer recovered(w, r, log, observer)
			next.ServeHTTP(w, r)
		})
	}
}

// recovered is only ever deferred.
func recovered(w http.ResponseWriter, r *http.Request, log logr.Logger, observer Observer) {
	panicked := recover()
	if panicked == nil {
		return
	}
	// The way to cut a connection; nothing is wrong then.
	if err, ok := panicked.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(panicked)
	}
	known := exchangeOf(r.Context())
	log.Error(fmt.Errorf("panic: %v", panicked), "A handler panicked",
		"id", known.requestID, "operation", known.operationID(), "stack", string(debug.Stack()))
	observer.Panicked(known.operationID())
	switch {
	case known.held != nil:
		known.held.discard()
	case known.response.status != 0:
		// The client has part of an answer already, and must not take it for the whole.
		panic(http.ErrAbortHandler)
	}
	WriteProblem(w, r, http.StatusInternalServerError, ReasonInternal,
		"the request failed on the server's side; its log has the request id "+known.requestID)
}
