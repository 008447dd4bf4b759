package restusage

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/google/uuid"
	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// AccessControl is what the chain of package server asks before a request reaches the API. It is safe for concurrent use.
type AccessControl struct {
	// Cluster decides about ServiceAccounts.
	Cluster *authorization.Authorizer
	// Instances finds those of a namespace.
	Instances func(namespace, caller string) Instances
}

// Instances finds the Instance object with an id. Errors are *tenant.Error.
type Instances interface {
	InstanceObject(ctx context.Context, id string) (string, error)
}

// Scope is what a call may see.
type Scope struct {
	// Instances are the names of objects; nil for all.
	Instances []string
	// Confined tells that the caller may see single instances only, and so is told nothing that may be about others.
	Confined bool
}

type scopeKey struct{}

// scopeOf is the scope of a call: nothing, if nobody was asked.
func scopeOf(ctx context.Context) Scope {
	if scope, asked := ctx.Value(scopeKey{}).(Scope); asked {
		return scope
	}
	return Scope{Instances: []string{}}
}

// usageRecords are a resource that exists in RBAC only.
const usageRecords = "usagerecords"

// Authorize finds out what the caller may see. Every operation only reads, and the same: they have one rule.
func (c *AccessControl) Authorize(r *http.Request) (*http.Request, error) {
	ctx := r.Context()
	caller, _ := authentication.CallerFrom(ctx)
	namespace := server.RouteOf(ctx).Tenant
	asked, err := askedFor(r)
	if err != nil {
		return nil, err
	}
	call := call{namespace: namespace, asked: asked, instances: c.Instances(namespace, caller.Name)}
	scope, err := c.scope(ctx, caller, call)
	if refused := (*authorization.Refusal)(nil); errors.As(err, &refused) {
		return nil, forbid(refused.Message)
	}
	if refused := (*tenant.Error)(nil); errors.As(err, &refused) {
		return nil, refusal(refused)
	}
	return r.WithContext(context.WithValue(ctx, scopeKey{}, scope)), err
}

// asked are the instances that a call names; nil where it names none.
type asked struct{ ids, names []string }

// mostInstances is what the contract takes. What it says of instances is looked at here, because they are looked up before
// the rest of the request is checked.
const mostInstances = 100

func askedFor(r *http.Request) (asked, error) {
	query := r.URL.Query()
	found := asked{ids: query["instanceId"], names: query["instance"]}
	if n := max(len(found.ids), len(found.names)); n > mostInstances {
		return asked{}, badRequest("the query names %d instances: at most %d are possible", n, mostInstances)
	}
	for i, id := range found.ids {
		parsed, err := uuid.Parse(id)
		if err != nil || len(id) != len(parsed.String()) {
			return asked{}, badRequest("query parameter 'instanceId[%d]': %.36q is not a UUID", i, id)
		}
		found.ids[i] = parsed.String()
	}
	return found, nil
}

func badRequest(format string, args ...any) error {
	return &server.Refusal{Status: http.StatusBadRequest, Reason: server.ReasonInvalid, Problems: []string{fmt.Sprintf(format, args...)}}
}

func (c *AccessControl) scope(ctx context.Context, caller authentication.Caller, call call) (Scope, error) {
	switch caller.Kind {
	case authentication.Administration:
		return call.all(ctx)
	case authentication.Client:
		scope, err := call.ofToken(ctx, caller.InstanceIDs)
		scope.Confined = true
		return scope, err
	case authentication.ServiceAccount:
		return c.ofUser(ctx, caller, call)
	}
	return Scope{}, forbid(fmt.Sprintf("%s may not see usage data", caller))
}

// ofUser asks for all of the namespace first, and then for the instances that the call names.
func (c *AccessControl) ofUser(ctx context.Context, caller authentication.Caller, call call) (Scope, error) {
	attributes := authorizer.AttributesRecord{
		User: caller.User, Namespace: call.namespace, Verb: "get", ResourceRequest: true,
		APIGroup: v1alpha1.GroupVersion.Group, APIVersion: v1alpha1.GroupVersion.Version, Resource: usageRecords,
	}
	refused := c.Cluster.Review(ctx, attributes)
	if refused == nil {
		return call.all(ctx)
	}
	if decided := (*authorization.Refusal)(nil); !errors.As(refused, &decided) || call.asked.ids == nil && call.asked.names == nil {
		return Scope{}, refused
	}
	// Whoever may not see an instance is not told whether it exists, nor what its object is called.
	names, err := call.resolve(ctx, call.asked.ids)
	if tenant.ReasonOf(err) == tenant.InstanceNotFound {
		return Scope{}, refused
	}
	if err != nil {
		return Scope{}, err
	}
	for i, name := range slices.Concat(names, call.asked.names) {
		attributes.Name = name
		err := c.Cluster.Review(ctx, attributes)
		if decided := (*authorization.Refusal)(nil); i < len(names) && errors.As(err, &decided) {
			return Scope{}, refused
		}
		if err != nil {
			return Scope{}, err
		}
	}
	scope, err := call.all(ctx)
	scope.Confined = true
	return scope, err
}

func forbid(problem string) error {
	return &server.Refusal{Status: http.StatusForbidden, Reason: server.ReasonForbidden, Problems: []string{problem}}
}

// refusal is what the caller is told of an instance that could not be found.
func refusal(err *tenant.Error) error {
	status := http.StatusServiceUnavailable
	if err.Reason == tenant.InstanceNotFound {
		status = http.StatusNotFound
	}
	return &server.Refusal{Status: status, Reason: string(err.Reason), Problems: err.Problems, RetryAfter: err.RetryAfter}
}
