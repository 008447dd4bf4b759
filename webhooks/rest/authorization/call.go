package authorization

import (
	"context"
	"strings"
)

// InstanceHeader is where calls about sessions name the instance.
const InstanceHeader = "x-instance-id"

// Instances finds what a tenant's calls are about. Errors are *tenant.Error.
type Instances interface {
	// InstanceObject is the name of the Instance object with the id.
	InstanceObject(ctx context.Context, id string) (string, error)
	// InstanceOfSession is the id of the instance that the session is on.
	InstanceOfSession(ctx context.Context, sessionID string) (string, error)
}

// Call is what a caller wants.
type Call struct {
	OperationID string
	// Namespace is the tenant's.
	Namespace string
	// InstanceID is the instance in the path or in the query, SessionID the session in the path.
	InstanceID, SessionID string
	// InstanceHeaders are the values of x-instance-id.
	InstanceHeaders []string
	// BodyInstanceID reads the instance out of the body. It is asked by createSession alone, and its error ends the call.
	BodyInstanceID func() (string, error)

	Instances Instances
}

// header is the instance in x-instance-id; empty without one.
func (c *Call) header() (string, error) {
	if len(c.InstanceHeaders) > 1 {
		return "", invalid("there are %d headers %s: only one is possible", len(c.InstanceHeaders), InstanceHeader)
	}
	if len(c.InstanceHeaders) == 0 {
		return "", nil
	}
	return strings.ToLower(strings.TrimSpace(c.InstanceHeaders[0])), nil
}

// named is the instance that the call names beside x-instance-id, and what names it.
func (c *Call) named(at place) (id, where string, err error) {
	switch at {
	case inPath:
		id, where = c.InstanceID, "path"
	case inQuery:
		id, where = c.InstanceID, "query"
	case inBody:
		where = "body"
		id, err = c.BodyInstanceID()
	case nowhere, ofSession:
	}
	return strings.ToLower(id), where, err
}

// agree refuses a call that names two instances. One that is missing is what the validation of the call is for.
func agree(header, named, where string) error {
	if header != "" && named != "" && header != named {
		return forbid("%s names instance %.36q, but the %s %.36q: they must be the same", InstanceHeader, header, where, named)
	}
	return nil
}
