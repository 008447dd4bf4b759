// Package licenses runs internal/licenses on a real API server, as two replicas with informers and ledgers of their own, beside
// an administrator who declares objects the way GitOps does.
package licenses

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/uuid"
	"k8s.io/client-go/kubernetes"
	clientrest "k8s.io/client-go/rest"
	"k8s.io/utils/clock"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/licensing-operator/licensing-operator/internal/floating"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/internal/licensing"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

var (
	plane  *controlplane.ControlPlane
	shared *cluster.Cluster
	// replicas are two servers. now is their clock.
	replicas [2]*licenses.Producers
	books    [2]*ledger.Ledger
	now      = &movableClock{}
)

// movableClock is the real one, moved.
type movableClock struct {
	clock.RealClock
	moved atomic.Int64
}

func (c *movableClock) Now() time.Time { return c.RealClock.Now().Add(time.Duration(c.moved.Load())) }

func (c *movableClock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

func (c *movableClock) move(d time.Duration) { c.moved.Add(int64(d)) }

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	ctrl.SetLogger(logr.Discard())
	if plane, err = controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true}); err != nil {
		cancel()
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, plane.Stop()) }()
	if shared, err = cluster.Connect(ctx, plane.Config); err != nil {
		return 1, err
	}
	for i := range replicas {
		if err := startReplica(ctx, i); err != nil {
			return 1, err
		}
	}
	code = m.Run()
	closing, done := context.WithTimeout(ctx, 5*time.Second)
	defer done()
	return code, errors.Join(books[0].Close(closing), books[1].Close(closing))
}

func startReplica(ctx context.Context, i int) error {
	config := clientrest.CopyConfig(plane.Config)
	live, err := client.New(config, client.Options{Scheme: shared.Scheme})
	if err != nil {
		return err
	}
	informers, err := cache.New(config, cache.Options{Scheme: shared.Scheme})
	if err != nil {
		return err
	}
	if err := kubestore.SetupIndexes(ctx, informers); err != nil {
		return err
	}
	go func() { _ = informers.Start(ctx) }()
	if !informers.WaitForCacheSync(ctx) {
		return errors.New("the informers did not start")
	}
	clients, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	accounts := kubestore.NewAccounts(clients.CoreV1(), cluster.OperatorNamespace)
	store := kubestore.New(kubestore.Options{
		Accounts: accounts, Live: live, Cached: informers,
		Defaults: func(string) kubestore.Settings {
			return kubestore.Settings{Terms: licensing.Terms{Period: time.Hour, HeartbeatWindow: 30 * time.Minute, IdleLimit: 720 * time.Hour}}
		},
	})
	books[i] = ledger.New(store, ledger.Options{Replica: uuid.NewString(), Clock: now, Log: logr.Discard(), Terms: store.Terms})
	replicas[i] = licenses.New(licenses.Options{
		Live: live, Cached: informers, Store: store, Ledger: books[i], Clock: now,
		Sessions: floating.New(kubestore.NewFloatingStore(accounts), now),
	})
	return nil
}
