package authentication

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"k8s.io/apiserver/pkg/authentication/user"
)

// Kind says by what a caller is known, and so by which rules it is authorized.
type Kind string

// The kinds of callers.
const (
	// Administration is the producer: it may do everything in the tenant.
	Administration Kind = "Administration"
	// Client is a client application or a customer: it may act on the instances that its token names.
	Client Kind = "Client"
	// ServiceAccount is whoever the API server knows by the token: its RBAC decides.
	ServiceAccount Kind = "ServiceAccount"
)

// Caller is who makes a call. The zero value is nobody.
type Caller struct {
	Kind Kind
	// Name is the id of the key that verified the token, or the name of the cluster's user.
	Name string
	// InstanceIDs are what a client token may act on, in lower case and in order. No other kind has them.
	InstanceIDs []string
	// User is what RBAC is asked about; only of a ServiceAccount.
	User user.Info
}

// String names the caller in logs.
func (c Caller) String() string {
	switch c.Kind {
	case Administration:
		return "administration key " + c.Name
	case Client:
		return "client key " + c.Name
	case ServiceAccount:
		return c.Name
	}
	return "nobody"
}

// Scope tells callers apart where something is kept for each: idempotency keys, rates. It stays the same from token to
// token. Customers often share a key, so that client tokens for other instances are other callers.
func (c Caller) Scope() string {
	scope := string(c.Kind) + "/"
	if c.Kind == Client {
		sum := sha256.Sum256([]byte(strings.Join(c.InstanceIDs, " ")))
		scope += hex.EncodeToString(sum[:]) + "/"
	}
	return scope + c.Name
}

type callerKey struct{}

// WithCaller is the context of a call by the caller.
func WithCaller(ctx context.Context, caller Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

// CallerFrom is who makes the call; false where nobody was authenticated.
func CallerFrom(ctx context.Context) (Caller, bool) {
	caller, ok := ctx.Value(callerKey{}).(Caller)
	return caller, ok
}
