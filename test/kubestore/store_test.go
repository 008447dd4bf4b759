// Package kubestore runs the ledger's store contract against internal/kubestore on a real API server.
package kubestore

import (
	"context"
	"errors"
	"testing"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

var shared *cluster.Cluster

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctx, cancel := context.WithCancel(context.Background())
	ctrl.SetLogger(logr.Discard())
	plane, err := controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true})
	if err != nil {
		cancel()
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, plane.Stop()) }()
	if shared, err = cluster.Connect(ctx, plane.Config); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func TestStoreContract(t *testing.T) {
	ledgertest.RunStoreContract(t, func(*testing.T) ledgertest.Harness { return harness{shared} })
}
