// Package controllers runs the controllers that project from the ledger on a real API server: what a producer declares,
// and what its status says then.
package controllers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/go-logr/logr/funcr"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/uuid"
	"k8s.io/client-go/kubernetes"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers/accesskey"
	"github.com/licensing-operator/licensing-operator/controllers/activation"
	"github.com/licensing-operator/licensing-operator/controllers/edition"
	"github.com/licensing-operator/licensing-operator/controllers/instance"
	"github.com/licensing-operator/licensing-operator/controllers/lineitem"
	"github.com/licensing-operator/licensing-operator/controllers/product"
	"github.com/licensing-operator/licensing-operator/controllers/ratetable"
	"github.com/licensing-operator/licensing-operator/controllers/tenantconfiguration"
	"github.com/licensing-operator/licensing-operator/controllers/userprovisioning"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

const operatorNamespace = "licensing-operator-system"

var (
	plane *controlplane.ControlPlane
	admin client.Client
	// books is the ledger of the operator that runs, stop ends it. Between the two there is none.
	books *ledger.Ledger
	stop  func() error
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctx := context.Background()
	ctrl.SetLogger(funcr.New(func(_, line string) { fmt.Fprintln(os.Stderr, line) }, funcr.Options{}))
	if plane, err = controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true}); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, plane.Stop()) }()

	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			return 1, err
		}
	}
	if admin, err = client.New(plane.Config, client.Options{Scheme: scheme}); err != nil {
		return 1, err
	}
	if err := admin.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: operatorNamespace}}); err != nil {
		return 1, err
	}
	if err := start(); err != nil {
		return 1, err
	}
	code = m.Run()
	return code, stop()
}

// start brings up an operator with the controllers under test and sets books and stop.
func start() error {
	ctx, cancel := context.WithCancel(context.Background())
	mgr, err := newManager(ctx, plane.Config)
	if err != nil {
		cancel()
		return err
	}
	stopped := make(chan error, 1)
	go func() { stopped <- mgr.Start(ctx) }()
	stop = func() error {
		cancel()
		closing, done := context.WithTimeout(context.Background(), time.Minute)
		defer done()
		return errors.Join(<-stopped, books.Close(closing))
	}
	return nil
}

func newManager(ctx context.Context, restConfig *rest.Config) (ctrl.Manager, error) {
	mgr, err := ctrl.NewManager(restConfig, ctrl.Options{
		Scheme:  admin.Scheme(),
		Metrics: metricsserver.Options{BindAddress: "0"},
		// The operator is started twice in this process.
		Controller: config.Controller{SkipNameValidation: new(true)},
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&corev1.ConfigMap{}: {
				Namespaces: map[string]cache.Config{operatorNamespace: {}},
				Label:      labels.SelectorFromSet(labels.Set{v1alpha1.AccountLabel: "true"}),
			},
		}},
	})
	if err != nil {
		return nil, err
	}
	if err := kubestore.SetupIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return nil, err
	}
	clients, err := kubernetes.NewForConfig(restConfig)
	if err != nil {
		return nil, err
	}
	store := kubestore.New(kubestore.Options{
		Accounts: kubestore.NewAccounts(clients.CoreV1(), operatorNamespace), Live: admin, Cached: mgr.GetCache(),
		Defaults: func(string) kubestore.Settings {
			return kubestore.Settings{Terms: licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, IdleLimit: 24 * time.Hour}}
		},
	})
	books = ledger.New(store, ledger.Options{
		Replica: string(uuid.NewUUID()), Clock: clock.RealClock{}, Log: logr.Discard(),
		Terms: store.Terms,
	})
	c, now := mgr.GetClient(), clock.RealClock{}
	for _, controller := range []interface{ SetupWithManager(ctrl.Manager) error }{
		&ratetable.Reconciler{Client: c, Store: store, Clock: now, Events: mgr.GetEventRecorder("ratetable")},
		&instance.Reconciler{Client: c, Store: store, Ledger: books, Clock: now, Events: mgr.GetEventRecorder("instance")},
		&lineitem.Reconciler{Client: c, Store: store, Ledger: books, Clock: now, Events: mgr.GetEventRecorder("lineitem")},
		&accesskey.Reconciler{Client: c, Store: store, Clock: now, Events: mgr.GetEventRecorder("accesskey")},
		&tenantconfiguration.Reconciler{Client: c, Store: store, Clock: now, Events: mgr.GetEventRecorder("tenantconfiguration")},
		&product.Reconciler{Client: c, Store: store, Clock: now, Events: mgr.GetEventRecorder("product")},
		&edition.Reconciler{Client: c, Store: store, Clock: now, Events: mgr.GetEventRecorder("edition")},
		&activation.Reconciler{Client: c, Store: store, Ledger: books, Clock: now, Events: mgr.GetEventRecorder("activation")},
		&userprovisioning.Reconciler{Client: c, Store: store, Ledger: books, Clock: now, Events: mgr.GetEventRecorder("userprovisioning")},
	} {
		if err := controller.SetupWithManager(mgr); err != nil {
			return nil, err
		}
	}
	return mgr, nil
}

// TestStories tells each kind's story in a namespace of its own, then watches that nothing moves.
func TestStories(t *testing.T) {
	t.Run("in turn", func(t *testing.T) {
		for name, story := range map[string]func(*testing.T, producer){
			"rate tables":  rateTables,
			"an instance":  instances,
			"line items":   lineItems,
			"named users":  namedUsers,
			"the vectors":  vectors,
			"user limits":  userLimits,
			"user groups":  userGroups,
			"editions":     editions,
			"activations":  activations,
			"lost account": lostAccount,
			"access keys":  accessKeys,
			"a tenant":     configuration,
		} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				story(t, newProducer(t, name))
			})
		}
	})
	t.Run("two thousand users are imported", imported)
	t.Run("a user is deleted while the operator is down", deletedWhileDown)
	t.Run("the operator is restarted while users arrive", restartedMeanwhile)
	if !t.Failed() {
		t.Run("an idle system writes nothing", idle)
	}
}
