// Package outbox runs the outbox of usage records against a real API server and a real store, both of which fail and come
// back.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/kubestore"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

var (
	plane *controlplane.ControlPlane
	spill kubestore.Spill
	// connected is what the pages and the objects of the operator are seen with.
	connected *cluster.Cluster
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	if os.Getenv(childVariable) != "" {
		if err := child(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	controlplane.Exit(run(m))
}

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	if plane, err = controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true}); err != nil {
		cancel()
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, plane.Stop()) }()
	if connected, err = cluster.Connect(ctx, plane.Config); err != nil {
		return 1, err
	}
	spill = kubestore.Spill{Accounts: connected.Accounts}
	return m.Run(), nil
}
