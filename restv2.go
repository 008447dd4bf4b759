package main

import (
	"context"

	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/manager"

	"github.com/licensing-operator/licensing-operator/internal/authentication/apikey"
	"github.com/licensing-operator/licensing-operator/internal/floating"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/internal/signing"
	"github.com/licensing-operator/licensing-operator/webhooks/rest"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/restv2"
)

// namedUsersAPI is what version 2 of the API is made of.
type namedUsersAPI struct {
	store     *kubestore.Store
	producers *licenses.Producers
	keys      *signing.Keys
}

// extend gives the chain what version 2 has of its own. It lets callers in whom version 1 lets in, and keys beside them.
func (a namedUsersAPI) extend(options *server.Options, access *rest.AccessControl, api restAPI, mgr manager.Manager) {
	control := &restv2.AccessControl{
		Authenticator: &apikey.Authenticator{
			Keys:   apikey.NewKeys(mgr.GetCache(), api.live, clock.RealClock{}),
			Tokens: access.Authenticator,
		},
		Cluster: access.Authorizer,
		Log:     api.log,
	}
	handlers := &restv2.API{Licenses: a.producers.For, Log: api.log}
	options.V2 = &server.Surface{Handler: handlers.Handler(), Authenticate: control.Authenticate, Authorize: control.Authorize}
	options.Tenancy.Vendor = a.store.Vendor
	options.Sign = restv2.SignWith(a.keys)
}

// openSessions counts the sessions of floating licenses for their status.
func openSessions(sessions *floating.Sessions) func(context.Context, string, string) (int, error) {
	return func(ctx context.Context, namespace, licenseID string) (int, error) {
		return sessions.Count(ctx, floating.License{Namespace: namespace, ID: licenseID})
	}
}
