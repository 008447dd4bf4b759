package restv2

import (
	"errors"
	"net/http"
	"time"

	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// fail answers an error. One that says nothing to callers is logged, and they may try again: nothing was decided.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	var (
		refused   *licenses.Error
		missing   *licenses.NotFound
		forbidden *licenses.Forbidden
		wrong     *licenses.Invalid
	)
	switch {
	case errors.As(err, &refused):
		a.write(w, http.StatusConflict, stub.BaseErrorResponse{ID: int32(refused.ID), Message: &refused.Message})
	case errors.As(err, &missing):
		server.WriteProblem(w, r, http.StatusNotFound, server.ReasonNotFound, missing.Message)
	case errors.As(err, &forbidden):
		server.WriteProblem(w, r, http.StatusForbidden, server.ReasonForbidden, forbidden.Message)
	case errors.As(err, &wrong):
		server.WriteProblem(w, r, http.StatusBadRequest, server.ReasonInvalid, wrong.Problems...)
	default:
		a.unavailable(w, r, err)
	}
}

func (a *API) unavailable(w http.ResponseWriter, r *http.Request, err error) {
	a.Log.Error(err, "A request cannot be served now", "cause", errors.Unwrap(err),
		"operation", server.OperationOf(r.Context()), "requestID", server.RequestIDOf(r.Context()))
	later := &licenses.Unavailable{}
	if !errors.As(err, &later) {
		later = &licenses.Unavailable{Message: "the request cannot be served now, try again; nothing was decided", RetryAfter: time.Second}
	}
	server.SetRetryAfter(w, later.RetryAfter)
	server.WriteProblem(w, r, http.StatusServiceUnavailable, server.ReasonUnavailable, later.Message)
}
