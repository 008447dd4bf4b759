// Package integration tells the stories of producers and their clients to all controllers on a real API server, and checks
// the ledger's invariants after each.
package integration

import (
	"context"
	"errors"
	"flag"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/ledger/ledgertest"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

var (
	plane  *controlplane.ControlPlane
	shared *cluster.Cluster
	// usage is the record of all operators of this process, one after the other.
	usage = ledgertest.NewRecording()
)

func TestMain(m *testing.M) {
	flag.Parse()
	// Stories spend their time waiting.
	if err := flag.Set("test.parallel", "32"); err != nil {
		panic(err)
	}
	controlplane.Exit(run(m))
}

func run(m *testing.M) (code int, err error) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if plane, err = controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true}); err != nil {
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, plane.Stop()) }()
	if shared, err = cluster.Connect(ctx, plane.Config); err != nil {
		return 1, err
	}
	if err := start(); err != nil {
		return 1, err
	}
	code = m.Run()
	return code, stop()
}

// checkInvariants is the end of every story.
func checkInvariants(t *testing.T, p cluster.Producer) {
	t.Helper()
	checkScenario(t, cluster.Scenario{Account: p.Account()})
}

func checkScenario(t *testing.T, scenario cluster.Scenario) {
	t.Helper()
	scenario.Recorded = func() ([]*ledger.Transaction, error) { return usage.Transactions(scenario.Account), nil }
	shared.CheckInvariants(t, scenario)
}

// story is told in a namespace of its own. One whose name begins with short- has short terms.
type story struct {
	name string
	tell func(*testing.T, cluster.Producer)
}

func tell(t *testing.T, prefix string, stories []story) {
	t.Helper()
	for _, story := range stories {
		t.Run(story.name, func(t *testing.T) {
			t.Parallel()
			story.tell(t, shared.NewProducer(t, prefix, nil))
		})
	}
}
