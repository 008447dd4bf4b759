package authorization

import (
	"context"
	"slices"
	"strings"

	"k8s.io/apiserver/pkg/authorization/authorizer"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
)

// Authorizer decides what callers may do. It is safe for concurrent use.
type Authorizer struct {
	// Cluster knows what users of the cluster may do; authentication.NewAccessReviewer makes one.
	Cluster authorizer.Authorizer
}

// Authorize says what the call may touch. An error that is no *Refusal, nor what BodyInstanceID gave, means that it cannot
// be found out now.
func (a *Authorizer) Authorize(ctx context.Context, caller authentication.Caller, call Call) (Grant, error) {
	operation, known := operations[call.OperationID]
	if !known {
		return Grant{}, forbid("nobody may call %q: there is no rule for it", call.OperationID)
	}
	switch caller.Kind {
	case authentication.Administration:
		return Grant{}, nil
	case authentication.Client:
		return authorizeClient(caller, operation, &call)
	case authentication.ServiceAccount:
		return a.authorizeUser(ctx, caller, operation, &call)
	}
	return Grant{}, forbid("%s may not call %s", caller, call.OperationID)
}

func authorizeClient(caller authentication.Caller, operation operation, call *Call) (Grant, error) {
	if operation.by != clients || operation.at == nowhere {
		return Grant{}, forbid("a client token may not call %s: an administration token is needed", call.OperationID)
	}
	if operation.at.aboutSessions() {
		return authorizeClientSession(caller, operation, call)
	}
	id, _, err := call.named(operation.at)
	if err != nil {
		return Grant{}, err
	}
	return granted(id, ofToken(caller, "the path", id))
}

func authorizeClientSession(caller authentication.Caller, operation operation, call *Call) (Grant, error) {
	header, err := call.header()
	switch {
	case err != nil:
		return Grant{}, err
	case header == "":
		return Grant{}, invalid("the header %s is missing: with a client token it must name the instance", InstanceHeader)
	}
	if err := ofToken(caller, InstanceHeader, header); err != nil {
		return Grant{}, err
	}
	named, where, err := call.named(operation.at)
	if err != nil {
		return Grant{}, err
	}
	if session := strings.ToLower(call.SessionID); call.OperationID == getSession && slices.Contains(caller.InstanceIDs, session) {
		named, where = session, "path"
	}
	return granted(header, agree(header, named, where))
}

func ofToken(caller authentication.Caller, where, id string) error {
	if slices.Contains(caller.InstanceIDs, id) {
		return nil
	}
	return forbid("%s names instance %.36q, which is not in the token's claim aud", where, id)
}
