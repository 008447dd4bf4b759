// Package restusage answers the usage data API: it decodes requests, asks the usage store and encodes answers. It holds no
// rule but who may see what.
package restusage

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/internal/standing"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restusage/stub"
)

// Standings tell how instances stand; *standing.Reader is one.
type Standings interface {
	// Page gives the instances of a namespace that have one of the names, or all if names is nil.
	Page(ctx context.Context, namespace string, names []string, next, size int) (standing.Page, error)
}

// API has a method for every operation of the contract. It is safe for concurrent use.
type API struct {
	// Store is nil where usage is not recorded.
	Store     usage.Store
	Standings Standings
	Clock     clock.PassiveClock
	Log       logr.Logger

	exports, aggregations places
	// line is of those who wait for a place of an aggregation, or have one.
	line places
}

var _ stub.ServerInterface = (*API)(nil)

// Handler serves the canonical paths. The chain of package server stands before it.
func (a *API) Handler() http.Handler {
	return stub.HandlerWithOptions(a, stub.StdHTTPServerOptions{
		ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			server.WriteProblem(w, r, http.StatusBadRequest, server.ReasonInvalid, err.Error())
		},
	})
}

func (a *API) write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		a.Log.V(1).Info("An answer did not reach its caller", "cause", err.Error())
	}
}

// The reasons that only this API answers with.
const (
	reasonNotRecorded   = "UsageNotRecorded"
	reasonNotAcceptable = "NotAcceptable"
	reasonDropped       = "RecordsDropped"
)

// recorded tells whether there is a store, and answers if there is none.
func (a *API) recorded(w http.ResponseWriter, r *http.Request) bool {
	if a.Store != nil {
		return true
	}
	server.WriteProblem(w, r, http.StatusNotImplemented, reasonNotRecorded, "usage is not recorded here: the operator has no usage.store")
	return false
}

const retryAfter = time.Second

// fail answers what could not be read. Nothing depends on it: the caller may ask again.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	a.Log.Error(err, "Usage cannot be read now", "operation", server.OperationOf(r.Context()), "requestID", server.RequestIDOf(r.Context()))
	problem := "usage cannot be read now, try again"
	if errors.Is(err, usage.ErrUnavailable) {
		problem = "the usage store is not available, try again; what is recorded meanwhile is not lost"
	}
	server.SetRetryAfter(w, retryAfter)
	server.WriteProblem(w, r, http.StatusServiceUnavailable, server.ReasonUnavailable, problem)
}

// failStore answers an error of the store. One that is not about its being available is about what was asked for.
func (a *API) failStore(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, usage.ErrUnavailable) || r.Context().Err() != nil || errors.Is(err, context.Canceled) {
		a.fail(w, r, err)
		return
	}
	invalid(w, r, err.Error())
}

func invalid(w http.ResponseWriter, r *http.Request, problem string) {
	server.WriteProblem(w, r, http.StatusBadRequest, server.ReasonInvalid, problem)
}
