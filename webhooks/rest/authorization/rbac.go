package authorization

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
)

const reviewTimeout = 5 * time.Second

// authorizeUser asks whether the user may do to the Instance what the call does. Where there is no such instance it must
// be allowed for all: whoever may not touch an instance is not told whether it exists.
func (a *Authorizer) authorizeUser(ctx context.Context, caller authentication.Caller, operation operation, call *Call) (Grant, error) {
	about, err := instanceOf(ctx, operation, call)
	if err != nil {
		return Grant{}, err
	}
	id, operation := about.id, about.operation
	resource, subresource, _ := strings.Cut(operation.resource, "/")
	attributes := authorizer.AttributesRecord{
		User: caller.User, Namespace: call.Namespace, Verb: operation.verb, ResourceRequest: true,
		APIGroup: v1alpha1.GroupVersion.Group, APIVersion: v1alpha1.GroupVersion.Version, Resource: resource, Subresource: subresource,
	}
	switch {
	case id != "":
		attributes.Name, err = call.Instances.InstanceObject(ctx, id)
		if err != nil && tenant.ReasonOf(err) != tenant.InstanceNotFound {
			return Grant{}, err
		}
	case resource == configurations:
		attributes.Name = configurationName
	}
	err = a.Review(ctx, attributes)
	if refused := (*Refusal)(nil); id != "" && attributes.Name != "" && errors.As(err, &refused) {
		// What there is is refused in the words for what there is not: they have no name of an object that was looked up.
		attributes.Name, attributes.Verb = "", about.unfound.verb
		err = cmp.Or(a.Review(ctx, attributes), err)
	}
	return granted(id, err)
}

// target is the instance that a call is about, empty for all, and what the call does to it. unfound is what it would do if
// nothing had the id that it names.
type target struct {
	id                 string
	operation, unfound operation
}

func instanceOf(ctx context.Context, operation operation, call *Call) (target, error) {
	found := target{operation: operation, unfound: operation}
	if operation.at == nowhere {
		return found, nil
	}
	named, where, err := call.named(operation.at)
	found.id = named
	if err != nil || !operation.at.aboutSessions() {
		return found, err
	}
	header, err := call.header()
	switch {
	case err != nil:
		return found, err
	case operation.at != ofSession:
		found.id = cmp.Or(named, header)
		return found, agree(header, named, where)
	case header == "":
		return instanceOfSession(ctx, operation, call)
	case call.OperationID == getSession && strings.EqualFold(call.SessionID, header):
		found.operation, found.unfound = operations[listSessions], operations[listSessions]
	}
	found.id = header
	return found, nil
}

func instanceOfSession(ctx context.Context, operation operation, call *Call) (target, error) {
	found := target{operation: operation, unfound: operation}
	id, err := call.Instances.InstanceOfSession(ctx, call.SessionID)
	if err == nil || tenant.ReasonOf(err) != tenant.SessionNotFound {
		found.id = strings.ToLower(id)
		return found, err
	}
	if call.OperationID != getSession {
		return found, nil
	}
	switch _, err := call.Instances.InstanceObject(ctx, call.SessionID); {
	case err == nil:
		found.id, found.operation = strings.ToLower(call.SessionID), operations[listSessions]
	case tenant.ReasonOf(err) != tenant.InstanceNotFound:
		return found, err
	}
	return found, nil
}

// Review asks whether a user of the cluster may do this. It may not if the error is a *Refusal.
func (a *Authorizer) Review(ctx context.Context, attributes authorizer.AttributesRecord) error {
	ctx, cancel := context.WithTimeout(ctx, reviewTimeout)
	defer cancel()
	decision, reason, err := a.Cluster.Authorize(ctx, attributes)
	switch {
	case err != nil:
		return fmt.Errorf("ask whether %s may %s %s: %w", attributes.User.GetName(), attributes.Verb, attributes.Resource, err)
	case decision == authorizer.DecisionAllow:
		return nil
	}
	return forbid("%s", forbidden(attributes, reason))
}

// forbidden says it as the API server does, so that people know what to grant.
func forbidden(attributes authorizer.AttributesRecord, reason string) string {
	object, resource := attributes.Resource+"."+attributes.APIGroup, attributes.Resource
	if attributes.Name != "" {
		object += fmt.Sprintf(" %q", attributes.Name)
	}
	if attributes.Subresource != "" {
		resource += "/" + attributes.Subresource
	}
	text := fmt.Sprintf("%s is forbidden: User %q cannot %s resource %q in API group %q in the namespace %q",
		object, attributes.User.GetName(), attributes.Verb, resource, attributes.APIGroup, attributes.Namespace)
	if reason != "" {
		text += ": " + reason
	}
	return text
}
