package authorization

import (
	"cmp"
	"context"
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
	id, operation, err := instanceOf(ctx, operation, call)
	if err != nil {
		return Grant{}, err
	}
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
	return granted(id, a.Review(ctx, attributes))
}

// instanceOf is the instance that the call is about, empty for all, and what the call does to it.
func instanceOf(ctx context.Context, operation operation, call *Call) (string, operation, error) {
	if operation.at == nowhere {
		return "", operation, nil
	}
	named, where, err := call.named(operation.at)
	if err != nil || !operation.at.aboutSessions() {
		return named, operation, err
	}
	header, err := call.header()
	switch {
	case err != nil:
		return "", operation, err
	case operation.at != ofSession:
		return cmp.Or(named, header), operation, agree(header, named, where)
	case header == "":
		return instanceOfSession(ctx, operation, call)
	case call.OperationID == getSession && strings.EqualFold(call.SessionID, header):
		operation = operations[listSessions]
	}
	return header, operation, nil
}

func instanceOfSession(ctx context.Context, operation operation, call *Call) (string, operation, error) {
	id, err := call.Instances.InstanceOfSession(ctx, call.SessionID)
	if err == nil || tenant.ReasonOf(err) != tenant.SessionNotFound {
		return strings.ToLower(id), operation, err
	}
	if call.OperationID != getSession {
		return "", operation, nil
	}
	switch _, err := call.Instances.InstanceObject(ctx, call.SessionID); {
	case err == nil:
		return strings.ToLower(call.SessionID), operations[listSessions], nil
	case tenant.ReasonOf(err) != tenant.InstanceNotFound:
		return "", operation, err
	}
	return "", operation, nil
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
