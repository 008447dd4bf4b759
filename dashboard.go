package main

import (
	"context"
	"net/http"

	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"

	read "github.com/licensing-operator/licensing-operator/internal/dashboard"
	"github.com/licensing-operator/licensing-operator/webhooks/dashboard"
	"github.com/licensing-operator/licensing-operator/webhooks/rest"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// dashboardSurface is what the dashboard's page reads beside the other APIs.
func (a restAPI) dashboardSurface(access *rest.AccessControl, mgr ctrl.Manager) *server.Surface {
	api := &dashboard.API{
		Reader: &read.Reader{
			Cached: mgr.GetCache(), Store: a.namedUsers.store, OperatorNamespace: a.configuration.Namespace, Clock: clock.RealClock{},
		},
		Review: access.Authorizer.Review,
		InstanceObject: func(ctx context.Context, namespace, id string) (string, error) {
			return a.tenants.For(namespace, "").InstanceObject(ctx, id)
		},
		Log: a.log,
	}
	return api.Surface()
}

// withDashboard puts the page in front of the API.
func withDashboard(api http.Handler) (http.Handler, error) {
	return dashboard.NewGate(api, clock.RealClock{})
}
