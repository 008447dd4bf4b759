package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/go-logr/logr"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// AccessControl is what the chain of package server asks before a request reaches the API.
type AccessControl struct {
	Authenticator *authentication.Authenticator
	Authorizer    *authorization.Authorizer
	Tenants       func(namespace, caller string) Tenant
	Log           logr.Logger
}

type grantKey struct{}

// grantOf is what the call may touch: nothing, if nobody was asked.
func grantOf(ctx context.Context) authorization.Grant {
	if grant, asked := ctx.Value(grantKey{}).(authorization.Grant); asked {
		return grant
	}
	return authorization.Grant{InstanceID: "none"}
}

// Authenticate finds out who calls. The caller's name is that under which limits are kept.
func (c *AccessControl) Authenticate(r *http.Request) (*http.Request, string, error) {
	ctx := r.Context()
	namespace := server.RouteOf(ctx).Tenant
	caller, err := c.Authenticator.Authenticate(ctx, namespace, r.Header)
	if refused := (*authentication.Refusal)(nil); errors.As(err, &refused) {
		// The caller is not told everything: it may be anybody.
		c.Log.V(1).Info("A caller is not known", "id", server.RequestIDOf(ctx), "tenant", namespace, "cause", refused.Error())
		return r, "", &server.Refusal{
			Status: http.StatusUnauthorized, Reason: server.ReasonUnauthenticated,
			Problems: []string{refused.Message}, Challenge: refused.Challenge(),
		}
	}
	if err != nil {
		return r, "", err
	}
	ctx = ledger.WithCaller(authentication.WithCaller(ctx, caller), caller.Name)
	return r.WithContext(ctx), namespace + "/" + caller.Scope(), nil
}

// Authorize finds out what the caller may do.
func (c *AccessControl) Authorize(r *http.Request) (*http.Request, error) {
	ctx := r.Context()
	caller, _ := authentication.CallerFrom(ctx)
	route := server.RouteOf(ctx)
	call := authorization.Call{
		OperationID: server.OperationOf(ctx), Namespace: route.Tenant,
		InstanceID: server.PathParameterOf(ctx, "instanceId"), SessionID: server.PathParameterOf(ctx, "sessionId"),
		InstanceHeaders: r.Header.Values(authorization.InstanceHeader),
		BodyInstanceID:  func() (string, error) { return instanceInBody(ctx) },
		Instances:       c.Tenants(route.Tenant, caller.Name),
	}
	if call.InstanceID == "" {
		call.InstanceID = r.URL.Query().Get("instanceId")
	}
	grant, err := c.Authorizer.Authorize(ctx, caller, call)
	if refused := (*authorization.Refusal)(nil); errors.As(err, &refused) {
		return nil, &server.Refusal{Status: refused.Status, Reason: refused.Reason, Problems: []string{refused.Message}}
	}
	if refused := (*tenant.Error)(nil); errors.As(err, &refused) {
		return nil, &server.Refusal{
			Status: statuses[refused.Reason], Reason: string(refused.Reason), Problems: refused.Problems, RetryAfter: refused.RetryAfter,
		}
	}
	return r.WithContext(context.WithValue(ctx, grantKey{}, grant)), err
}

// instanceInBody is the instance that the body names. What is not in order about the body besides is found later.
func instanceInBody(ctx context.Context) (string, error) {
	content, err := server.CheckedBody(ctx)
	if err != nil {
		return "", err
	}
	var body struct {
		InstanceID string `json:"instanceId"`
	}
	if err := json.Unmarshal(content, &body); err != nil {
		return "", nil //nolint:nilerr // the contract says better what is wrong
	}
	return body.InstanceID, nil
}
