package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	ctrlmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers"
	"github.com/licensing-operator/licensing-operator/controllers/availability"
	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/internal/floating"
	"github.com/licensing-operator/licensing-operator/internal/health"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/internal/metrics"
	"github.com/licensing-operator/licensing-operator/internal/readyourwrites"
	"github.com/licensing-operator/licensing-operator/internal/sharedread"
	"github.com/licensing-operator/licensing-operator/internal/signing"
	"github.com/licensing-operator/licensing-operator/internal/standing"
	"github.com/licensing-operator/licensing-operator/internal/tenant"
	"github.com/licensing-operator/licensing-operator/webhooks/rest/server"
)

// +kubebuilder:rbac:groups=licensing-operator.dev,resources=ratetables;instances;lineitems;sessions;userprovisionings;products;editions;activations;accesskeys;apikeys;tenantconfigurations,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

const (
	leaderElectionID = "licensing-operator"
	// With what REST needs to finish its requests, they leave some of the 30 seconds that Kubernetes gives a pod to end.
	stopTimeout  = 3 * time.Second
	closeTimeout = 10 * time.Second
)

// run wires everything up and returns when the context has ended and all work is finished.
func run(ctx context.Context, configuration config.OperatorConfiguration, log logr.Logger) error {
	restConfig, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("find the API server: %w", err)
	}
	// The API server shares its capacity out by itself, fairly; waiting here would only hide that it does.
	restConfig.QPS, restConfig.Burst = -1, -1
	restConfig.UserAgent = "licensing-operator/" + buildVersion()
	if err := metrics.Register(ctrlmetrics.Registry, buildVersion()); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	mgr, err := newManager(restConfig, configuration, log)
	if err != nil {
		return err
	}
	clientset, err := newClientset(mgr)
	if err != nil {
		return err
	}
	accounts := kubestore.NewAccounts(clientset.CoreV1(), configuration.Namespace)
	live, err := client.New(restConfig, client.Options{HTTPClient: mgr.GetHTTPClient(), Scheme: mgr.GetScheme(), Mapper: mgr.GetRESTMapper()})
	if err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	live = sharedread.New(live)
	writes, err := readyourwrites.New(readyourwrites.Options{
		Live: live, Cached: mgr.GetCache(), Namespace: configuration.Namespace, Kinds: licenses.Parts(),
	})
	if err != nil {
		return err
	}
	records, err := newUsageRecords(mgr, accounts, configuration, log)
	if err != nil {
		return err
	}

	outages := newAvailability(live, configuration, log)
	store := kubestore.New(kubestore.Options{
		Accounts: accounts, Live: live, Cached: mgr.GetCache(),
		Defaults: func(string) kubestore.Settings {
			return kubestore.Settings{Terms: configuration.Terms(), TimezoneTolerant: configuration.Sessions.TimezoneTolerant}
		},
	})
	book := ledger.New(store, ledger.Options{
		Replica: replicaName(), Clock: clock.RealClock{}, Log: log.WithName("ledger"),
		Terms: store.Terms, Outages: outages.Outages, Recorder: records.recorder(), Observer: metrics.Observer{},
		NoDenials: !records.kept(), Pressed: records.pressed, LastRecorded: records.lastRecorded,
	})
	sessions := floating.New(kubestore.NewFloatingStore(accounts), clock.RealClock{})
	var keys *signing.Keys
	if configuration.REST.Enabled() {
		keys = signing.New(signing.Options{
			Namespace: configuration.Namespace, Cached: mgr.GetCache(), Live: live, Current: store.SigningKey, Clock: clock.RealClock{},
		})
	}
	err = errors.Join(
		mgr.Add(&kubestore.PageCollector{
			Accounts: accounts, Clock: clock.RealClock{}, Log: log.WithName("ledger"), Retention: ledger.DefaultReceiptRetention,
		}),
		mgr.Add(&kubestore.ConsumptionCollector{Store: store, Clock: clock.RealClock{}, Log: log.WithName("ledger")}),
		mgr.Add(&kubestore.FloatingCollector{Accounts: accounts, Clock: clock.RealClock{}, Log: log.WithName("sessions"), Exists: store.HasLicense}),
		records.verify(mgr, store, accounts),
		prepareCache(ctx, mgr),
		addChecks(mgr, accounts, outages),
		ctrlmetrics.Registry.Register(&metrics.LineItems{
			Cached: mgr.GetCache(), Max: configuration.Metrics.MaxLineItems, Elected: mgr.Elected(),
		}),
		controllers.Setup(mgr, controllers.Options{
			Store: store, Ledger: book, Clock: clock.RealClock{}, Terms: store.Terms, Retention: configuration.Retention(),
			MaxConcurrent: configuration.Controllers.MaxConcurrentReconciles, Availability: outages, Signing: keys,
			OpenSessions: openSessions(sessions), Usage: records.states(),
		}),
	)
	stopREST := func(context.Context) error { return nil }
	if err == nil && configuration.REST.Enabled() {
		api := restAPI{
			configuration: configuration, clientset: clientset, live: live, log: log.WithName("rest"),
			tenants: tenant.New(tenant.Options{
				Live: writes.Writer(), Cached: mgr.GetCache(), Store: store, Ledger: book, Clock: clock.RealClock{}, Outages: outages.Outages,
			}),
			namedUsers: namedUsersAPI{store: store, keys: keys, producers: licenses.New(licenses.Options{
				Live: writes.Writer(), Writes: writes, Cached: mgr.GetCache(), Store: store, Ledger: book, Sessions: sessions, Clock: clock.RealClock{},
			})},
			usage: records.readable(), standings: &standing.Reader{Cached: mgr.GetCache(), Store: store, Ledger: book},
		}
		stopREST, err = api.addTo(ctx, mgr)
	}
	if err != nil {
		return errors.Join(err, records.close())
	}

	err = mgr.Start(ctx)
	// By now the controllers have stopped and the lease is released. What they had asked for is still finished: it needs no
	// lease, because every replica may commit.
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
	defer cancel()
	return errors.Join(err, book.Close(closing), stopREST(closing), records.close())
}

func newManager(restConfig *rest.Config, configuration config.OperatorConfiguration, log logr.Logger) (ctrl.Manager, error) {
	scheme := runtime.NewScheme()
	utilruntime.Must(clientgoscheme.AddToScheme(scheme))
	utilruntime.Must(v1alpha1.AddToScheme(scheme))
	isAccount, err := labels.Parse(v1alpha1.AccountLabel)
	if err != nil {
		return nil, err
	}
	metricsOptions := metricsserver.Options{BindAddress: configuration.Metrics.BindAddress}
	if configuration.Metrics.Secure {
		metricsOptions.SecureServing = true
		metricsOptions.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	election := configuration.LeaderElection
	mgr, err := ctrl.NewManager(restConfig, ctrl.Options{
		Scheme: scheme,
		Logger: log,
		Cache: cache.Options{
			DefaultTransform: cache.TransformStripManagedFields(),
			// Whoever watches ConfigMaps here means accounts, and may see no others.
			ByObject: map[client.Object]cache.ByObject{
				&corev1.ConfigMap{}: {Namespaces: map[string]cache.Config{configuration.Namespace: {}}, Label: isAccount},
				// And whoever watches Secrets means those with signing keys: no others may be read.
				&corev1.Secret{}: {Namespaces: map[string]cache.Config{configuration.Namespace: {}}},
			},
		},
		Metrics:                       metricsOptions,
		HealthProbeBindAddress:        configuration.Health.BindAddress,
		LeaderElection:                election.Enabled,
		LeaderElectionID:              leaderElectionID,
		LeaderElectionNamespace:       configuration.Namespace,
		LeaderElectionReleaseOnCancel: true,
		LeaseDuration:                 &election.LeaseDuration.Duration,
		RenewDeadline:                 &election.RenewDeadline.Duration,
		RetryPeriod:                   &election.RetryPeriod.Duration,
		GracefulShutdownTimeout:       new(configuration.RESTDrainDelay() + server.ShutdownTimeout + stopTimeout),
	})
	if err != nil {
		return nil, fmt.Errorf("make a manager: %w", err)
	}
	return mgr, nil
}

// newClientset speaks protobuf, with which an account costs a fraction of what it does in JSON.
func newClientset(mgr ctrl.Manager) (kubernetes.Interface, error) {
	restConfig := rest.CopyConfig(mgr.GetConfig())
	restConfig.ContentType = runtime.ContentTypeProtobuf
	restConfig.AcceptContentTypes = runtime.ContentTypeProtobuf
	clientset, err := kubernetes.NewForConfigAndClient(restConfig, mgr.GetHTTPClient())
	if err != nil {
		return nil, fmt.Errorf("make a client of the core API: %w", err)
	}
	return clientset, nil
}

func newAvailability(live client.Client, configuration config.OperatorConfiguration, log logr.Logger) *availability.Record {
	window := configuration.Terms().HeartbeatWindow
	interval := min(5*time.Second, window/10)
	return &availability.Record{
		Client: live, Namespace: configuration.Namespace, Clock: clock.RealClock{}, Log: log.WithName("availability"),
		Interval: interval,
		// A renewal or two may fail. What is longer is felt by clients, also when a new leader has taken over by then.
		Tolerance: 3 * interval,
		// A window is at most as long again as what outages added to it, and a producer may choose a period of a day.
		Memory: 4 * max(configuration.Terms().Period, kubestore.LongestPeriod),
	}
}

// prepareCache fills the caches of replicas that do not lead, too: they take over without a pause.
func prepareCache(ctx context.Context, mgr ctrl.Manager) error {
	if err := kubestore.SetupIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	kinds := []client.Object{
		&v1alpha1.RateTable{}, &v1alpha1.Instance{}, &v1alpha1.LineItem{}, &v1alpha1.Session{}, &v1alpha1.UserProvisioning{},
		&v1alpha1.Product{}, &v1alpha1.Edition{}, &v1alpha1.Activation{},
		&v1alpha1.AccessKey{}, &v1alpha1.APIKey{}, &v1alpha1.TenantConfiguration{},
	}
	for _, kind := range kinds {
		if _, err := mgr.GetCache().GetInformer(ctx, kind, cache.BlockUntilSynced(false)); err != nil {
			return fmt.Errorf("watch %T: %w", kind, err)
		}
	}
	return nil
}

func addChecks(mgr ctrl.Manager, accounts *kubestore.Accounts, outages *availability.Record) error {
	ready := &health.Ready{
		Synced: mgr.GetCache().WaitForCacheSync,
		Reach: func(ctx context.Context) error {
			// No account has this name. That there is none is an answer, and costs the API server next to nothing.
			_, err := accounts.Get(ctx, "readiness", metav1.GetOptions{})
			return client.IgnoreNotFound(err)
		},
		Clock: clock.RealClock{},
	}
	// Before, a replica could call a heartbeat late that an outage held up.
	outagesKnown := func(*http.Request) error {
		select {
		case <-outages.Read():
			return nil
		default:
			return errors.New("the record of outages has not been read")
		}
	}
	return errors.Join(
		mgr.AddHealthzCheck("ping", healthz.Ping), mgr.AddReadyzCheck("ready", ready.Check), mgr.AddReadyzCheck("outages", outagesKnown),
	)
}

// replicaName is one that no other process has, also not an earlier one on the same machine.
func replicaName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown-host"
	}
	return fmt.Sprintf("%s-%d-%s", host, os.Getpid(), uuid.NewString())
}
