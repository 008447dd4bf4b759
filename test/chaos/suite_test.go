// Package chaos runs two operator processes that are killed, paused and cut off while clients claim, and checks that the
// ledger's invariants hold.
package chaos

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/ledger"
	"github.com/licensing-operator/licensing-operator/internal/usagelog"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

var (
	plane  *controlplane.ControlPlane
	shared *cluster.Cluster
	// usageLogs are those of the replicas of the test.
	usageLogs []string
	// flags let the API server restart in the middle of everything.
	flags = map[string]string{
		// Watches do not keep it from stopping.
		"shutdown-send-retry-after": "true",
		// A watch of accounts is resumed from etcd, so that no commit is missed.
		"watch-cache-sizes": "configmaps#0",
	}
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if plane, err = controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true, APIServerFlags: flags}); err != nil {
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, plane.Stop()) }()
	if shared, err = cluster.Connect(ctx, plane.Config); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// checkInvariants is the end of every scenario. The usage record is what the replicas' logs say together.
func checkInvariants(t *testing.T, p cluster.Producer) {
	t.Helper()
	shared.CheckInvariants(t, cluster.Scenario{Account: p.Account(), Recorded: func() ([]*ledger.Transaction, error) {
		var recorded []*ledger.Transaction
		for _, path := range usageLogs {
			lines, err := readUsageLog(path)
			if err != nil {
				return nil, err
			}
			for i := range lines {
				if lines[i].Account == p.Account() {
					recorded = append(recorded, &lines[i].Transaction)
				}
			}
		}
		return recorded, nil
	}})
}

func readUsageLog(path string) ([]usagelog.Line, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return usagelog.Read(file)
}
