// Package dashboard serves the dashboard: its page, which is part of the binary, and what the page asks for. The page is
// a client of the REST API like any other; signing in only keeps its token where no script can read it.
package dashboard

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/dashboard"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

//go:embed contract.yaml
var contract []byte

// The operations of the contract.
const (
	getSession  = "getDashboardSession"
	getOverview = "getDashboardOverview"
)

// Reader is the read model; *dashboard.Reader of package internal/dashboard is it.
type Reader interface {
	Overview(ctx context.Context, query dashboard.Query) (dashboard.Overview, error)
}

// API answers the page. It is safe for concurrent use.
type API struct {
	Reader Reader
	// Review asks whether a user of the cluster may do something. It may not if the error is an *authorization.Refusal.
	Review func(ctx context.Context, attributes authorizer.AttributesRecord) error
	// InstanceObject is the name of the Instance object with the id. An error is a *tenant.Error.
	InstanceObject func(ctx context.Context, namespace, id string) (string, error)
	Log            logr.Logger
}

// Surface is what the chain of the REST server is given. Callers are authenticated as those of version 1 are.
func (a *API) Surface() *server.Surface {
	return &server.Surface{Handler: http.HandlerFunc(a.serve), Authorize: a.Authorize, Document: contract}
}

func (a *API) serve(w http.ResponseWriter, r *http.Request) {
	if server.OperationOf(r.Context()) == getSession {
		a.write(w, sessionOf(r))
		return
	}
	granted := grantOf(r.Context())
	query := dashboard.Query{Namespace: server.RouteOf(r.Context()).Tenant, InstanceIDs: granted.ids(), FullMessages: granted.producer}
	for _, part := range listOf(r, "include") {
		query.Sessions = query.Sessions || part == "sessions"
		query.Users = query.Users || part == "users"
	}
	overview, err := a.Reader.Overview(r.Context(), query)
	if err != nil {
		a.Log.Error(err, "The dashboard cannot be served now", "requestID", server.RequestIDOf(r.Context()))
		server.SetRetryAfter(w, time.Second)
		server.WriteProblem(w, r, http.StatusServiceUnavailable, server.ReasonUnavailable, "the objects cannot be read now, try again")
		return
	}
	a.write(w, overview)
}

func (a *API) write(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		a.Log.V(1).Info("An answer did not reach its caller", "cause", err.Error())
	}
}

// session is who is signed in.
type session struct {
	// Role is producer, customer or cluster.
	Role      string `json:"role"`
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	// Expires is nil for a token that does not say.
	Expires *time.Time `json:"expires,omitempty"`
}

var roles = map[authentication.Kind]string{
	authentication.Administration: "producer",
	authentication.Client:         "customer",
	authentication.ServiceAccount: "cluster",
}

func sessionOf(r *http.Request) session {
	caller, _ := authentication.CallerFrom(r.Context())
	known := session{Role: roles[caller.Kind], Name: caller.Name, Namespace: server.RouteOf(r.Context()).Tenant}
	if expires := expiryOf(bearerOf(r.Header)); !expires.IsZero() {
		known.Expires = &expires
	}
	return known
}
