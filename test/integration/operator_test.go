package integration

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/uuid"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/licensing-operator/licensing-operator/api/v1alpha1"
	"github.com/licensing-operator/licensing-operator/controllers"
	"github.com/licensing-operator/licensing-operator/controllers/availability"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/test/cluster"
)

const (
	// retention is long enough for a story to find the session that has ended.
	retention    = 20 * time.Second
	closeTimeout = time.Minute
)

// terms are those of production, and short ones where a story waits for them.
func terms(id ledger.AccountID) licensing.Terms {
	if strings.HasPrefix(id.Namespace, "short-") {
		return licensing.Terms{Period: 16 * time.Second, HeartbeatWindow: 8 * time.Second, HeartbeatGrace: time.Second, IdleLimit: 40 * time.Second}
	}
	return licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, HeartbeatGrace: 10 * time.Second, IdleLimit: 720 * time.Hour}
}

// operator is everything that main starts, in this process.
type operator struct {
	cancel  context.CancelFunc
	stopped chan error
	books   *ledger.Ledger
}

var running *operator

// start starts an operator and returns when its caches are filled.
func start() error {
	manager, err := ctrl.NewManager(plane.Config, ctrl.Options{
		Scheme:  shared.Scheme,
		Metrics: metricsserver.Options{BindAddress: "0"},
		// Operators of one process follow each other.
		Controller: config.Controller{SkipNameValidation: new(true)},
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&corev1.ConfigMap{}: {
				Namespaces: map[string]cache.Config{cluster.OperatorNamespace: {}},
				Label:      labels.SelectorFromSet(labels.Set{v1alpha1.AccountLabel: "true"}),
			},
		}},
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	if err := kubestore.SetupIndexes(ctx, manager.GetFieldIndexer()); err != nil {
		cancel()
		return err
	}
	live, err := client.New(plane.Config, client.Options{Scheme: shared.Scheme})
	if err != nil {
		cancel()
		return err
	}
	outages := &availability.Record{
		Client: live, Namespace: cluster.OperatorNamespace, Clock: clock.RealClock{}, Log: logr.Discard(),
		Interval: 400 * time.Millisecond, Tolerance: 2 * time.Second, Memory: time.Minute,
	}
	store := kubestore.New(kubestore.Options{
		Accounts: shared.Accounts, Live: live, Cached: manager.GetCache(),
		Defaults: func(namespace string) kubestore.Settings {
			return kubestore.Settings{Terms: terms(ledger.AccountID{Namespace: namespace})}
		},
	})
	books := ledger.New(store, ledger.Options{
		Replica: uuid.NewString(), Clock: clock.RealClock{}, Terms: store.Terms, Outages: outages.Outages, Recorder: usage,
	})
	err = controllers.Setup(manager, controllers.Options{
		Store: store, Ledger: books, Clock: clock.RealClock{}, Terms: store.Terms, Retention: retention, MaxConcurrent: 32, Availability: outages,
	})
	if err != nil {
		cancel()
		return err
	}
	running = &operator{cancel: cancel, stopped: make(chan error, 1), books: books}
	go func() { running.stopped <- manager.Start(ctx) }()
	if !manager.GetCache().WaitForCacheSync(ctx) {
		return errors.New("the caches did not fill")
	}
	return nil
}

// stop stops the operator the way main does.
func stop() error {
	running.cancel()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	return errors.Join(<-running.stopped, running.books.Close(ctx))
}
