// Package rest examines the REST API of operator processes on a real API server: by the conformance suite, beside kubectl,
// with ServiceAccounts, and while processes are killed.
package rest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

const (
	// A loaded machine must make its way to a session within the half of this, its heartbeat window.
	chargePeriod = 10 * time.Second
	replicas     = 3
)

var (
	// system has several replicas; the tests share it.
	system *embedded.System
	shared *cluster.Cluster
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if system, err = embedded.Start(ctx, embedded.Options{Replicas: replicas, ChargePeriod: chargePeriod}); err != nil {
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, system.Stop()) }()
	if shared, err = cluster.Connect(ctx, system.Config); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// newProducer is one with a namespace of its own, that the keys of the system are good for.
func newProducer(t *testing.T, name string) *producer {
	t.Helper()
	p := shared.NewProducer(t, name, nil)
	if err := system.AddKeys(t.Context(), p.Namespace); err != nil {
		t.Fatal(err)
	}
	made := &producer{Producer: p}
	for replica := range system.Replicas {
		keys := made.admin(t, "GET", "/provisioning/api/v1.1/public-keys", "").on(replica)
		cluster.Eventually(t, "the keys to be known", keys.wants(200, ""))
	}
	return made
}

// producer is one over both interfaces.
type producer struct{ cluster.Producer }

// checkInvariants is the end of what was about money. The usage record is what the replicas' logs say together.
func (p *producer) checkInvariants(t *testing.T, account ledger.AccountID) {
	t.Helper()
	shared.CheckInvariants(t, cluster.Scenario{Account: account, Recorded: func() ([]*ledger.Transaction, error) { return system.Recorded(account) }})
}
