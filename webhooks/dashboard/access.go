package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// usageRecords is what RBAC is asked about, as by the usage data API: whoever may see what was charged may see on what.
const usageRecords = "usagerecords"

// grant is what a call may show: all instances, or those with the ids.
type grant struct {
	all       bool
	instances []string
	// producer is set for whoever may see all instances, also where some are named.
	producer bool
}

// ids are nil for all.
func (g grant) ids() []string {
	if g.all {
		return nil
	}
	return append([]string{}, g.instances...)
}

type grantKey struct{}

// grantOf is nothing if nobody was asked.
func grantOf(ctx context.Context) grant {
	granted, _ := ctx.Value(grantKey{}).(grant)
	return granted
}

// Authorize finds out which instances the caller may see. Who is signed in everybody may ask who is.
func (a *API) Authorize(r *http.Request) (*http.Request, error) {
	ctx := r.Context()
	if server.OperationOf(ctx) != getOverview {
		return r, nil
	}
	caller, _ := authentication.CallerFrom(ctx)
	granted, err := a.granted(ctx, caller, listOf(r, "instanceId"))
	if refused := (*authorization.Refusal)(nil); errors.As(err, &refused) {
		return nil, &server.Refusal{Status: http.StatusForbidden, Reason: server.ReasonForbidden, Problems: []string{refused.Message}}
	}
	if err != nil {
		return nil, err
	}
	return r.WithContext(context.WithValue(ctx, grantKey{}, granted)), nil
}

func (a *API) granted(ctx context.Context, caller authentication.Caller, named []string) (grant, error) {
	for i := range named {
		named[i] = strings.ToLower(named[i])
	}
	switch caller.Kind {
	case authentication.Administration:
		return grant{all: len(named) == 0, instances: named, producer: true}, nil
	case authentication.Client:
		return ofToken(caller, named)
	case authentication.ServiceAccount:
		return a.ofRoles(ctx, caller, named)
	}
	return grant{}, forbid("%s may not see the dashboard", caller)
}

func ofToken(caller authentication.Caller, named []string) (grant, error) {
	for _, id := range named {
		if !slices.Contains(caller.InstanceIDs, id) {
			return grant{}, forbid("instanceId names instance %.36q, which is not in the token's claim aud", id)
		}
	}
	if len(named) == 0 {
		named = caller.InstanceIDs
	}
	return grant{instances: named}, nil
}

// ofRoles asks about all of the namespace first: whoever may see that is asked about no single instance.
func (a *API) ofRoles(ctx context.Context, caller authentication.Caller, named []string) (grant, error) {
	attributes := authorizer.AttributesRecord{
		User: caller.User, Namespace: server.RouteOf(ctx).Tenant, Verb: "get", ResourceRequest: true,
		APIGroup: v1alpha1.GroupVersion.Group, APIVersion: v1alpha1.GroupVersion.Version, Resource: usageRecords,
	}
	err := a.Review(ctx, attributes)
	if refused := (*authorization.Refusal)(nil); err == nil || !errors.As(err, &refused) || len(named) == 0 {
		return grant{all: len(named) == 0, instances: named, producer: true}, err
	}
	for _, id := range named {
		// One that does not exist is refused like one that may not be seen: nobody is told which, nor the name of the object.
		unseen := forbid("instance %.36q may not be seen", id)
		if attributes.Name, err = a.InstanceObject(ctx, attributes.Namespace, id); tenant.ReasonOf(err) == tenant.InstanceNotFound {
			return grant{}, unseen
		}
		if err != nil {
			return grant{}, fmt.Errorf("find instance %s: %w", id, err)
		}
		err = a.Review(ctx, attributes)
		if refused := (*authorization.Refusal)(nil); errors.As(err, &refused) {
			return grant{}, unseen
		}
		if err != nil {
			return grant{}, err
		}
	}
	return grant{instances: named}, nil
}

func forbid(format string, args ...any) error {
	return &authorization.Refusal{Status: http.StatusForbidden, Reason: server.ReasonForbidden, Message: fmt.Sprintf(format, args...)}
}

// listOf gives the elements of a list in the query, repeated or with commas.
func listOf(r *http.Request, name string) (elements []string) {
	for _, given := range r.URL.Query()[name] {
		for element := range strings.SplitSeq(given, ",") {
			if element != "" {
				elements = append(elements, element)
			}
		}
	}
	return elements
}
