// Package licenses runs internal/licenses on a real API server, as two replicas with informers and ledgers of their own, beside
// an administrator who declares objects the way GitOps does.
package licenses

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/floating"
	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/licenses"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

var (
	plane  *controlplane.ControlPlane
	shared *cluster.Cluster
	// replicas are two servers. now is their clock.
	replicas [2]*licenses.Producers
	books    [2]*ledger.Ledger
	now      = &cluster.MovableClock{}
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

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
	closing, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	return code, errors.Join(books[0].Close(closing), books[1].Close(closing))
}

func startReplica(ctx context.Context, i int) error {
	replica, err := shared.StartReplica(ctx, plane.Config, now, nil)
	if err != nil {
		return err
	}
	books[i] = replica.Ledger
	replicas[i] = producersOf(replica)
	return nil
}

func producersOf(replica cluster.Replica) *licenses.Producers {
	return licenses.New(licenses.Options{
		Live: replica.Live, Writes: replica.Writes, Cached: replica.Cached, Store: replica.Store, Ledger: replica.Ledger, Clock: now,
		Sessions: floating.New(kubestore.NewFloatingStore(replica.Accounts), now),
	})
}
