package restfuzz

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/uuid"
	"k8s.io/client-go/kubernetes"
	clientrest "k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/authentication"
	"github.com/licensing-operator/licensing-operator/internal/idempotency"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/webhooks/rest"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/authorization"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// maxBody is the largest body that is taken.
const maxBody = 64 << 10

// replica is what an operator process is made of, as far as it serves REST.
type replica struct {
	*cluster.Cluster
	handler  http.Handler
	observer *observer
	writes   *writes
}

func startReplica(ctx context.Context, config *clientrest.Config) (*replica, error) {
	shared, err := cluster.Connect(ctx, config)
	if err != nil {
		return nil, err
	}
	r := &replica{Cluster: shared, observer: &observer{}, writes: &writes{}}
	config = clientrest.CopyConfig(config)
	config.Wrap(r.writes.watch)
	live, err := client.New(config, client.Options{Scheme: shared.Scheme})
	if err != nil {
		return nil, err
	}
	informers, err := cache.New(config, cache.Options{Scheme: shared.Scheme})
	if err != nil {
		return nil, err
	}
	if err := kubestore.SetupIndexes(ctx, informers); err != nil {
		return nil, err
	}
	go func() { _ = informers.Start(ctx) }()
	if !informers.WaitForCacheSync(ctx) {
		return nil, errors.New("the informers did not start")
	}
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	store := kubestore.New(kubestore.Options{
		Accounts: kubestore.NewAccounts(clients.CoreV1(), cluster.OperatorNamespace), Live: live, Cached: informers,
		Defaults: func(string) kubestore.Settings {
			return kubestore.Settings{Terms: licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, IdleLimit: 720 * time.Hour}}
		},
	})
	book := ledger.New(store, ledger.Options{Replica: uuid.NewString(), Clock: clock.RealClock{}, Log: logr.Discard(), Terms: store.Terms})
	tenants := tenant.New(tenant.Options{Live: live, Cached: informers, Store: store, Ledger: book, Clock: clock.RealClock{}})
	r.handler, err = r.newHandler(tenants, clients, informers, live) //nolint:contextcheck // it reads documents, and waits for nothing
	return r, err
}

// newHandler is the handler of rest.go in the main program, without limits of rate: who attacks is one caller.
func (r *replica) newHandler(tenants *tenant.Tenants, clients kubernetes.Interface, informers, live client.Reader) (http.Handler, error) {
	reviewer, err := authentication.NewAccessReviewer(clients.AuthorizationV1())
	if err != nil {
		return nil, err
	}
	tenantFor := func(namespace, caller string) rest.Tenant { return tenants.For(namespace, caller) }
	options := server.Options{
		MaxInFlight: 100, MaxBodyBytes: maxBody, Clock: clock.RealClock{}, Log: logr.Discard(), Observer: r.observer,
	}
	return rest.NewHandler(options,
		&rest.AccessControl{
			Authenticator: &authentication.Authenticator{
				Keys:    authentication.NewAccessKeys(informers, live, clock.RealClock{}),
				Cluster: authentication.NewTokenReviewer(clients.AuthenticationV1().TokenReviews(), nil),
				Clock:   clock.RealClock{},
			},
			Authorizer: &authorization.Authorizer{Cluster: reviewer},
			Tenants:    tenantFor, Log: logr.Discard(),
		},
		&rest.API{
			Tenants: tenantFor, Log: logr.Discard(),
			Records: &idempotency.Records{
				ConfigMaps: clients.CoreV1().ConfigMaps(cluster.OperatorNamespace), Clock: clock.RealClock{}, Patience: time.Second,
			},
		})
}
