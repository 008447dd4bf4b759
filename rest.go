package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/kubernetes"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/internal/idempotency"
	"github.com/licensing-operator/licensing-operator/internal/metrics"
	"github.com/licensing-operator/licensing-operator/internal/standing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/internal/usage"
	"github.com/licensing-operator/licensing-operator/webhooks/rest"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server/selfsigned"
)

const (
	// idempotencyPatience is how long a repeat waits for the first call, less than the server lets it wait.
	idempotencyPatience = 15 * time.Second
	// Tokens cannot be tried out faster than this from one address.
	failuresPerSecond, failuresBurst = 5, 100
)

// restAPI is what the API for clients outside of the cluster is made of.
type restAPI struct {
	configuration config.OperatorConfiguration
	clientset     kubernetes.Interface
	tenants       *tenant.Tenants
	namedUsers    namedUsersAPI
	// usage is nil where none is recorded.
	usage     usage.Store
	standings *standing.Reader
	live      client.Client
	log       logr.Logger
}

// addTo has every replica serve the API. What it gives is to be called when the manager has stopped.
func (a restAPI) addTo(ctx context.Context, mgr ctrl.Manager) (stop func(context.Context) error, err error) {
	options, stop, err := a.options(ctx)
	if err != nil {
		return nil, err
	}
	access, err := a.accessControl(mgr)
	if err != nil {
		return nil, err
	}
	a.namedUsers.extend(&options, access, a, mgr)
	options.Usage = a.usageSurface(access)
	options.Dashboard = a.dashboardSurface(access, mgr)
	records := a.clientset.CoreV1().ConfigMaps(a.configuration.Namespace)
	handler, err := rest.NewHandler(options, access, &rest.API{ //nolint:contextcheck // reading what is part of the binary cannot be waited for
		Tenants: a.tenantFor, Log: a.log,
		Records: &idempotency.Records{ConfigMaps: records, Clock: clock.RealClock{}, Patience: idempotencyPatience},
	})
	if err != nil {
		return nil, err
	}
	if handler, err = withDashboard(handler); err != nil {
		return nil, err
	}
	if tls := a.configuration.REST.TLS; tls.Mode == config.TLSSelfSigned {
		err := selfsigned.AddRotator(mgr, a.configuration.Namespace, tls.CertDir, slices.Collect(maps.Keys(a.configuration.REST.Hosts)))
		if err != nil {
			return nil, err
		}
	}
	served := server.New(a.serving(), handler)
	return stop, errors.Join(
		mgr.Add(served),
		mgr.AddReadyzCheck("rest", served.Ready),
		mgr.Add(&idempotency.Collector{ConfigMaps: records, Clock: clock.RealClock{}, Log: a.log.WithName("idempotency")}),
	)
}

func (a restAPI) options(ctx context.Context) (server.Options, func(context.Context) error, error) {
	limit := a.configuration.REST.RateLimit
	options := server.Options{
		Tenancy:      server.Tenancy{Hosts: a.configuration.REST.Hosts, DefaultNamespace: a.configuration.REST.DefaultNamespace},
		MaxInFlight:  a.configuration.REST.MaxInFlight,
		CallerLimit:  server.Limit{RequestsPerSecond: float64(limit.RequestsPerSecond), Burst: limit.Burst},
		FailureLimit: server.Limit{RequestsPerSecond: failuresPerSecond, Burst: failuresBurst},
		MaxBodyBytes: a.configuration.REST.MaxBodyBytes,
		Clock:        clock.RealClock{}, Log: a.log, Observer: metrics.REST{},
	}
	tracing := a.configuration.REST.Tracing
	if tracing.Endpoint == "" {
		return options, func(context.Context) error { return nil }, nil
	}
	tracer, err := server.NewTracer(ctx, tracing.Endpoint, tracing.SamplingRatePerMillion)
	if err != nil {
		return options, nil, fmt.Errorf("trace requests: %w", err)
	}
	options.Tracer = tracer
	return options, tracer.Shutdown, nil
}

func (a restAPI) accessControl(mgr ctrl.Manager) (*rest.AccessControl, error) {
	reviewer, err := authentication.NewAccessReviewer(a.clientset.AuthorizationV1())
	if err != nil {
		return nil, fmt.Errorf("ask for access reviews: %w", err)
	}
	return &rest.AccessControl{
		Authenticator: &authentication.Authenticator{
			Keys:    authentication.NewAccessKeys(mgr.GetCache(), a.live, clock.RealClock{}),
			Cluster: authentication.NewTokenReviewer(a.clientset.AuthenticationV1().TokenReviews(), a.configuration.REST.ServiceAccountAudiences),
			Clock:   clock.RealClock{},
		},
		Authorizer: &authorization.Authorizer{Cluster: reviewer},
		Tenants:    a.tenantFor,
		Log:        a.log,
	}, nil
}

func (a restAPI) tenantFor(namespace, caller string) rest.Tenant {
	return a.tenants.For(namespace, caller)
}

func (a restAPI) serving() server.Serving {
	serving := server.Serving{
		BindAddress: a.configuration.REST.BindAddress, DrainDelay: a.configuration.RESTDrainDelay(), Clock: clock.RealClock{}, Log: a.log,
	}
	if a.configuration.REST.TLS.Mode != config.TLSDisabled {
		serving.CertDir = a.configuration.REST.TLS.CertDir
	}
	return serving
}
