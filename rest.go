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
	"github.com/licensing-operator/licensing-operator/internal/tenant"
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

// addREST serves the API for clients outside of the cluster, on every replica. What it gives is to be called when the
// manager has stopped.
func addREST(ctx context.Context, mgr ctrl.Manager, configuration config.OperatorConfiguration, clientset kubernetes.Interface, tenants *tenant.Tenants, live client.Client, log logr.Logger) (stop func(context.Context) error, err error) {
	settings := configuration.REST
	reviewer, err := authentication.NewAccessReviewer(clientset.AuthorizationV1())
	if err != nil {
		return nil, fmt.Errorf("ask for access reviews: %w", err)
	}
	if err := authentication.SetupIndex(ctx, mgr.GetFieldIndexer()); err != nil {
		return nil, fmt.Errorf("index access keys: %w", err)
	}
	records := clientset.CoreV1().ConfigMaps(configuration.Namespace)
	tenantFor := func(namespace, caller string) rest.Tenant { return tenants.For(namespace, caller) }
	options := server.Options{
		Tenancy:      server.Tenancy{Hosts: settings.Hosts, DefaultNamespace: settings.DefaultNamespace},
		MaxInFlight:  settings.MaxInFlight,
		CallerLimit:  server.Limit{RequestsPerSecond: float64(settings.RateLimit.RequestsPerSecond), Burst: settings.RateLimit.Burst},
		FailureLimit: server.Limit{RequestsPerSecond: failuresPerSecond, Burst: failuresBurst},
		MaxBodyBytes: settings.MaxBodyBytes,
		Clock:        clock.RealClock{}, Log: log, Observer: metrics.REST{},
	}
	stop = func(context.Context) error { return nil }
	if settings.Tracing.Endpoint != "" {
		tracer, err := server.NewTracer(ctx, settings.Tracing.Endpoint, settings.Tracing.SamplingRatePerMillion)
		if err != nil {
			return nil, fmt.Errorf("trace requests: %w", err)
		}
		options.Tracer, stop = tracer, tracer.Shutdown
	}
	handler, err := rest.NewHandler(options,
		&rest.AccessControl{
			Authenticator: &authentication.Authenticator{
				Keys:    authentication.NewAccessKeys(mgr.GetCache(), live, clock.RealClock{}),
				Cluster: authentication.NewTokenReviewer(clientset.AuthenticationV1().TokenReviews(), settings.ServiceAccountAudiences),
				Clock:   clock.RealClock{},
			},
			Authorizer: &authorization.Authorizer{Cluster: reviewer},
			Tenants:    tenantFor, Log: log,
		},
		&rest.API{
			Tenants: tenantFor, Log: log,
			Records: &idempotency.Records{ConfigMaps: records, Clock: clock.RealClock{}, Patience: idempotencyPatience},
		})
	if err != nil {
		return nil, err
	}
	serving := server.Serving{
		BindAddress: settings.BindAddress, DrainDelay: configuration.RESTDrainDelay(), Clock: clock.RealClock{}, Log: log,
	}
	if settings.TLS.Mode != config.TLSDisabled {
		serving.CertDir = settings.TLS.CertDir
	}
	if settings.TLS.Mode == config.TLSSelfSigned {
		hosts := slices.Collect(maps.Keys(settings.Hosts))
		if err := selfsigned.AddRotator(mgr, configuration.Namespace, settings.TLS.CertDir, hosts); err != nil {
			return nil, err
		}
	}
	served := server.New(serving, handler)
	return stop, errors.Join(
		mgr.Add(served),
		mgr.AddReadyzCheck("rest", served.Ready),
		mgr.Add(&idempotency.Collector{ConfigMaps: records, Clock: clock.RealClock{}, Log: log.WithName("idempotency")}),
	)
}
