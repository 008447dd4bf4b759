// Package restusage examines the usage data API of an operator process with its store on disk, on a real API server: it
// charges over REST and compares what the API says with what the ledger committed.
package restusage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/test/cluster"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

const chargePeriod = 10 * time.Second

var (
	system *embedded.System
	shared *cluster.Cluster
	// storePath is where the operator keeps its usage records. It has little room for those that wait.
	storePath string
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	directory, err := os.MkdirTemp("", "restusage")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(directory)) }()
	storePath = filepath.Join(directory, "usage.db")
	system, err = embedded.Start(ctx, embedded.Options{ChargePeriod: chargePeriod, Change: func(c *config.OperatorConfiguration) {
		c.Usage.Store.SQLite.Path, c.Usage.Spill.MaxBytes = storePath, 4<<20
	}})
	if err != nil {
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, system.Stop()) }()
	if shared, err = cluster.Connect(ctx, system.Config); err != nil {
		return 1, err
	}
	return m.Run(), nil
}
