package authentication

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/utils/clock"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
)

// Authenticator finds out who makes a call. It is safe for concurrent use.
type Authenticator struct {
	Keys Keyring
	// Cluster knows the tokens that no key of a tenant verifies; NewTokenReviewer makes one. Without it there are none.
	Cluster authenticator.Token
	Clock   clock.PassiveClock
}

// Authenticate is who calls the tenant of the namespace with the header. An error is a *Refusal or wraps ErrUnavailable.
func (a *Authenticator) Authenticate(ctx context.Context, namespace string, header http.Header) (Caller, error) {
	text, err := bearer(header)
	if err != nil {
		return Caller{}, err
	}
	token, err := parseToken(text)
	if err != nil {
		return Caller{}, err
	}
	if token.claims.ours() {
		return a.verify(ctx, namespace, token)
	}
	return a.review(ctx, text)
}

// bearer is the token in the header.
func bearer(header http.Header) (string, error) {
	values := header.Values("Authorization")
	switch {
	case len(values) == 0 || len(values) == 1 && strings.TrimSpace(values[0]) == "":
		return "", &Refusal{Message: "a token is missing: send it in the header Authorization: Bearer <token>", Anonymous: true}
	case len(values) > 1:
		return "", refuse("there are %d headers Authorization: only one is possible", len(values))
	}
	scheme, token, _ := strings.Cut(strings.TrimSpace(values[0]), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", refuse("the header Authorization must be Bearer <token>")
	}
	return strings.TrimSpace(token), nil
}

// verify asks the API server for the key when the one that this replica knows does not fit: another replica may have
// saved it just now.
func (a *Authenticator) verify(ctx context.Context, namespace string, token *token) (Caller, error) {
	ref, err := token.claims.keyRef(namespace)
	if err != nil {
		return Caller{}, err
	}
	key, err := a.Keys.Key(ctx, ref)
	if err != nil {
		return Caller{}, unavailable(err)
	}
	if refusal := token.verify(ref, key); refusal != nil {
		live, answered, err := a.Keys.LiveKey(ctx, ref)
		switch {
		case err != nil && key == nil:
			return Caller{}, unavailable(err)
		case answered:
			refusal = token.verify(ref, live)
		}
		if refusal != nil {
			return Caller{}, refusal
		}
	}
	// What an unknown signer says of times is of no interest, so that they are looked at last.
	if err := token.claims.checkTimes(a.Clock.Now()); err != nil {
		return Caller{}, err
	}
	if ref.Access == v1alpha1.AccessAdministration {
		return Caller{Kind: Administration, Name: ref.ID}, nil
	}
	ids := token.claims.Audience.instanceIDs()
	if len(ids) == 0 {
		return Caller{}, refuse("the token's claim aud names no instance: a client token must have the ids of its instances there, which are UUIDs")
	}
	return Caller{Kind: Client, Name: ref.ID, InstanceIDs: ids}, nil
}

// review lets the API server say whose token it is.
func (a *Authenticator) review(ctx context.Context, text string) (Caller, error) {
	const unknown = "the token names no key in its claim cnf.jwk.kid, and the cluster does not know it as the token of a ServiceAccount"
	if a.Cluster == nil {
		return Caller{}, refuse(unknown)
	}
	response, known, err := a.Cluster.AuthenticateToken(ctx, text)
	switch {
	case errors.Is(err, errUnknownToken):
		return Caller{}, &Refusal{Message: unknown, cause: err}
	case err != nil:
		return Caller{}, unavailable(err)
	case !known:
		return Caller{}, refuse(unknown)
	}
	return Caller{Kind: ServiceAccount, Name: response.User.GetName(), User: response.User}, nil
}
