package restv2

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-logr/logr"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/authentication/apikey"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// AccessControl is what the chain of package server asks before a request reaches the API. It is safe for concurrent use.
type AccessControl struct {
	Authenticator *apikey.Authenticator
	// Cluster decides about ServiceAccounts.
	Cluster *authorization.Authorizer
	Log     logr.Logger
}

type (
	knownKey  struct{}
	callerKey struct{}
)

// CallerOf is who makes the call: of several credentials the one that it was allowed by.
func CallerOf(ctx context.Context) apikey.Caller {
	caller, _ := ctx.Value(callerKey{}).(apikey.Caller)
	return caller
}

// Authenticate finds out who calls. The caller's name is that under which limits are kept.
func (c *AccessControl) Authenticate(r *http.Request) (*http.Request, string, error) {
	ctx := r.Context()
	namespace := server.RouteOf(ctx).Tenant
	known, err := c.Authenticator.Authenticate(ctx, namespace, r.Header)
	if refused := (*authentication.Refusal)(nil); errors.As(err, &refused) {
		c.Log.V(1).Info("A caller is not known", "id", server.RequestIDOf(ctx), "tenant", namespace, "cause", refused.Error())
		return r, "", &server.Refusal{
			Status: http.StatusUnauthorized, Reason: server.ReasonUnauthenticated,
			Problems: []string{refused.Message}, Challenge: refused.Challenge(),
		}
	}
	if err != nil {
		return r, "", err
	}
	return r.WithContext(context.WithValue(ctx, knownKey{}, known)), namespace + "/" + known.Callers[0].Scope(), nil
}

// Authorize lets the call be made by the first of its callers that may make it.
func (c *AccessControl) Authorize(r *http.Request) (*http.Request, error) {
	ctx := r.Context()
	known, _ := ctx.Value(knownKey{}).(apikey.Known)
	id := server.OperationOf(ctx)
	rule, ruled := operations[id]
	if !ruled {
		return nil, forbid(fmt.Sprintf("nobody may call %q: there is no rule for it", id))
	}
	var refusals []string
	undecided := known.Unchecked
	for _, caller := range known.Callers {
		err := c.authorize(ctx, caller, id, rule)
		if err == nil {
			ctx = ledger.WithCaller(context.WithValue(ctx, callerKey{}, caller), caller.Name)
			return r.WithContext(ctx), nil
		}
		if refused := (*authorization.Refusal)(nil); errors.As(err, &refused) {
			refusals = append(refusals, refused.Message)
			continue
		}
		undecided = err
	}
	if undecided != nil {
		return nil, undecided
	}
	return nil, forbid(strings.Join(refusals, "; "))
}

// authorize gives an *authorization.Refusal for what the caller may not do. Any other error means that it cannot be found
// out now.
func (c *AccessControl) authorize(ctx context.Context, caller apikey.Caller, id string, rule operation) error {
	switch caller.Kind {
	case apikey.Admin, apikey.Administration:
		return nil
	case apikey.Provisioning:
		if rule.by == software {
			return nil
		}
		return &authorization.Refusal{Message: fmt.Sprintf("the %s may not call %s: it takes the header %s, or a token for administration",
			caller, id, apikey.AdminHeader)}
	case apikey.ServiceAccount:
		resource, subresource, _ := strings.Cut(rule.resource, "/")
		return c.Cluster.Review(ctx, authorizer.AttributesRecord{
			User: caller.User, Namespace: server.RouteOf(ctx).Tenant, Verb: rule.verb, ResourceRequest: true,
			APIGroup: v1alpha1.GroupVersion.Group, APIVersion: v1alpha1.GroupVersion.Version, Resource: resource, Subresource: subresource,
		})
	case apikey.Client:
	}
	return &authorization.Refusal{Message: fmt.Sprintf("the %s may not call %s: it takes a key, or a token for administration", caller, id)}
}

func forbid(problem string) error {
	return &server.Refusal{Status: http.StatusForbidden, Reason: server.ReasonForbidden, Problems: []string{problem}}
}
