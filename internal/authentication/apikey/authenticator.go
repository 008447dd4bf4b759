package apikey

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/internal/authentication"
)

// The headers in which callers show who they are. Published clients send tokens in BearerHeader.
const (
	ProvisioningHeader = "ProvisioningKey"
	AdminHeader        = "AdminKey"
	BearerHeader       = "Bearer"

	authorizationHeader = "Authorization"
)

// Headers are all of them.
var Headers = []string{ProvisioningHeader, AdminHeader, BearerHeader, authorizationHeader}

// Finder finds keys; *Keys is one.
type Finder interface {
	Find(ctx context.Context, namespace string, keyType v1alpha1.APIKeyType, presented string) (*v1alpha1.APIKey, error)
}

// Tokens finds out whose token it is; *authentication.Authenticator does.
type Tokens interface {
	Authenticate(ctx context.Context, namespace string, header http.Header) (authentication.Caller, error)
}

// Authenticator finds out who makes a call. It is safe for concurrent use.
type Authenticator struct {
	Keys   Finder
	Tokens Tokens
}

// Known is who makes a call: clients that are configured with several keys send them all with each call.
type Known struct {
	// Callers are those whose credentials are good, first who may do more. There is one at least.
	Callers []Caller
	// Unchecked says why a credential could not be looked at now. It may be a good one.
	Unchecked error
}

// Authenticate is who calls the tenant of the namespace with the header. An error is an *authentication.Refusal or wraps
// authentication.ErrUnavailable.
func (a *Authenticator) Authenticate(ctx context.Context, namespace string, header http.Header) (Known, error) {
	var (
		known    Known
		refusals []string
	)
	for _, credential := range a.credentials(header) {
		caller, err := credential(ctx, namespace)
		refused := (*authentication.Refusal)(nil)
		switch {
		case err == nil:
			known.Callers = append(known.Callers, caller)
		case errors.As(err, &refused):
			refusals = append(refusals, refused.Message)
		default:
			known.Unchecked = err
		}
	}
	switch {
	case len(known.Callers) > 0:
		sortByRank(known.Callers)
		return known, nil
	case known.Unchecked != nil:
		return Known{}, known.Unchecked
	case len(refusals) > 0:
		return Known{}, &authentication.Refusal{Message: strings.Join(refusals, "; ")}
	}
	return Known{}, &authentication.Refusal{
		Message: fmt.Sprintf("a key or a token is missing: send the header %s, %s, or %s: Bearer <token>", ProvisioningHeader, AdminHeader, authorizationHeader),
		// Nothing was wrong about what did not come.
		Anonymous: true,
	}
}

type credential func(ctx context.Context, namespace string) (Caller, error)

// credentials are those that the header has.
func (a *Authenticator) credentials(header http.Header) []credential {
	var all []credential
	for _, kind := range []struct {
		header  string
		keyType v1alpha1.APIKeyType
		kind    Kind
	}{
		{ProvisioningHeader, v1alpha1.ProvisioningAPIKey, Provisioning},
		{AdminHeader, v1alpha1.AdminAPIKey, Admin},
	} {
		if values := given(header, kind.header); len(values) > 0 {
			all = append(all, func(ctx context.Context, namespace string) (Caller, error) {
				return a.ofKey(ctx, namespace, kind.header, kind.keyType, kind.kind, values)
			})
		}
	}
	for _, name := range []string{authorizationHeader, BearerHeader} {
		if values := given(header, name); len(values) > 0 {
			all = append(all, func(ctx context.Context, namespace string) (Caller, error) {
				return a.ofToken(ctx, namespace, name, values)
			})
		}
	}
	return all
}

// given are the values of a header. Clients that have no key send an empty one.
func given(header http.Header, name string) []string {
	var values []string
	for _, value := range header.Values(name) {
		if value = strings.TrimSpace(value); value != "" {
			values = append(values, value)
		}
	}
	return values
}

func (a *Authenticator) ofKey(ctx context.Context, namespace, header string, keyType v1alpha1.APIKeyType, kind Kind, values []string) (Caller, error) {
	if len(values) > 1 {
		return Caller{}, &authentication.Refusal{Message: fmt.Sprintf("there are %d headers %s: only one is possible", len(values), header)}
	}
	key, err := a.Keys.Find(ctx, namespace, keyType, values[0])
	switch {
	case err != nil:
		return Caller{}, fmt.Errorf("%w: %w", authentication.ErrUnavailable, err)
	case key == nil:
		// Whatever is the matter with it: this may be anybody.
		return Caller{}, &authentication.Refusal{Message: fmt.Sprintf("the key in the header %s is not known", header)}
	}
	caller := Caller{Kind: kind, Name: key.Name}
	if kind == Provisioning {
		caller.Products = key.Spec.Products
	}
	return caller, nil
}

func (a *Authenticator) ofToken(ctx context.Context, namespace, header string, values []string) (Caller, error) {
	if header == BearerHeader {
		for i, value := range values {
			if scheme, _, ok := strings.Cut(value, " "); !ok || !strings.EqualFold(scheme, "Bearer") {
				values[i] = "Bearer " + value
			}
		}
	}
	who, err := a.Tokens.Authenticate(ctx, namespace, http.Header{authorizationHeader: values})
	if err != nil {
		return Caller{}, err
	}
	caller := Caller{Name: who.Name, User: who.User}
	switch who.Kind {
	case authentication.Administration:
		caller.Kind = Administration
	case authentication.ServiceAccount:
		caller.Kind = ServiceAccount
	case authentication.Client:
		caller.Kind = Client
	}
	return caller, nil
}
