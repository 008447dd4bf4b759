// Package restv2 answers version 2 of the REST API: it decodes requests, calls package licenses and encodes answers. It holds
// no rule.
package restv2

import (
	"cmp"
	"encoding/json"
	"net/http"

	"github.com/go-logr/logr"

	"github.com/licensing-operator/licensing-operator/internal/authentication/apikey"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2/stub"
)

// API has a method for every operation of the contract. It is safe for concurrent use.
type API struct {
	// Licenses gives what the producer of a namespace offers to a caller.
	Licenses func(namespace string, caller licenses.Caller) *licenses.Licenses
	Log      logr.Logger
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

// lastModifiedBy is the header in which callers say for whom they make a change.
const lastModifiedBy = "LastModifiedBy"

func (a *API) licenses(r *http.Request) *licenses.Licenses {
	caller := CallerOf(r.Context())
	return a.Licenses(server.RouteOf(r.Context()).Tenant, licenses.Caller{
		Name: caller.String(), ModifiedBy: cmp.Or(r.Header.Get(lastModifiedBy), caller.Name), Products: caller.Products,
		Provisioning: caller.Kind == apikey.Provisioning,
	})
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

// answer writes the body unless there is an error.
func (a *API) answer(w http.ResponseWriter, r *http.Request, body any, err error) {
	if err != nil {
		a.fail(w, r, err)
		return
	}
	a.write(w, http.StatusOK, body)
}

// done answers that there is nothing to tell.
func (a *API) done(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil {
		a.fail(w, r, err)
		return
	}
	w.WriteHeader(http.StatusOK)
}

func (a *API) write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		a.Log.V(1).Info("An answer did not reach its caller", "cause", err.Error())
	}
}
