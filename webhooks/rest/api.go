// Package rest answers the REST API: it decodes requests, calls the tenant and encodes answers. It holds no rule; a rule
// is the tenant's, the ledger's or the domain's.
package rest

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-logr/logr"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/idempotency"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/stub"
)

// API has a method for every operation of the contract. It is safe for concurrent use.
type API struct {
	// Tenants gives what the producer of a namespace offers, to a caller whose name is kept with what it creates.
	Tenants func(namespace, caller string) Tenant
	// Records remember the answers to calls with an idempotency key.
	Records *idempotency.Records
	Log     logr.Logger
}

var _ stub.ServerInterface = (*API)(nil)

// Handler serves the canonical paths. The chain of package server stands before it.
func (a *API) Handler() http.Handler {
	return stub.HandlerWithOptions(a, stub.StdHTTPServerOptions{
		Middlewares: []stub.MiddlewareFunc{a.idempotent},
		ErrorHandlerFunc: func(w http.ResponseWriter, r *http.Request, err error) {
			server.WriteProblem(w, r, http.StatusBadRequest, server.ReasonInvalid, err.Error())
		},
	})
}

func (a *API) tenant(r *http.Request) Tenant {
	caller, _ := authentication.CallerFrom(r.Context())
	return a.Tenants(server.RouteOf(r.Context()).Tenant, caller.Name)
}

// decode reads the body into a value. It was checked against the contract before; what is left are numbers that are not
// possible, and what needs Go to see.
func decode(w http.ResponseWriter, r *http.Request, value any) bool {
	if err := json.Unmarshal(server.BodyOf(r.Context()), value); err != nil {
		server.WriteProblem(w, r, http.StatusBadRequest, server.ReasonInvalid, "$: "+err.Error())
		return false
	}
	return true
}

// write answers with a body.
func (a *API) write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		a.Log.V(1).Info("An answer did not reach its caller", "cause", err.Error())
	}
}

// answer writes the body unless there is an error.
func (a *API) answer(w http.ResponseWriter, r *http.Request, status int, body any, err error) {
	switch {
	case err != nil:
		a.fail(w, r, err)
	case body == nil:
		w.WriteHeader(status)
	default:
		a.write(w, status, body)
	}
}

// statuses of refusals. A session that has ended has one in each version.
var statuses = map[tenant.Reason]int{
	tenant.Invalid:               http.StatusBadRequest,
	tenant.InstanceNotFound:      http.StatusNotFound,
	tenant.LineItemNotFound:      http.StatusNotFound,
	tenant.RateTableNotFound:     http.StatusNotFound,
	tenant.SessionNotFound:       http.StatusNotFound,
	tenant.KeyNotFound:           http.StatusNotFound,
	tenant.ConditionNotFound:     http.StatusNotFound,
	tenant.AlreadyExists:         http.StatusConflict,
	tenant.AlreadyEffective:      http.StatusConflict,
	tenant.StateNotPossible:      http.StatusConflict,
	tenant.ConditionInUse:        http.StatusConflict,
	tenant.OtherInstance:         http.StatusConflict,
	tenant.DeclaredElsewhere:     http.StatusConflict,
	tenant.LastAdministrationKey: http.StatusForbidden,
	tenant.IdempotencyKeyReused:  http.StatusUnprocessableEntity,
	tenant.Unavailable:           http.StatusServiceUnavailable,
}

// fail answers an error. One that says nothing to callers is logged, and they may try again: nothing was decided.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	refused := refusal(err)
	if refused.Reason == tenant.Unavailable {
		a.Log.Error(err, "A request cannot be served now",
			"operation", server.OperationOf(r.Context()), "requestID", server.RequestIDOf(r.Context()))
		server.SetRetryAfter(w, refused.RetryAfter)
	}
	status := statuses[refused.Reason]
	if refused.Reason == tenant.SessionTerminated {
		status = dialectOf(r).terminated
	}
	server.WriteProblem(w, r, status, string(refused.Reason), refused.Problems...)
}

// millis is how the API writes a time: 0 for none.
func millis(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.UnixMilli()
}

func text(value *string) string {
	if value == nil {
		return ""
	}
	return *value
}

// optional leaves out what is zero.
func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// each converts a list, and gives an empty one rather than none: that is what JSON shows.
func each[From, To any](values []From, convert func(From) To) []To {
	converted := make([]To, 0, len(values))
	for _, value := range values {
		converted = append(converted, convert(value))
	}
	return converted
}
