// Package usage judges the usage record: operator processes are killed and the store is stopped while clients do everything
// that is recorded, and afterwards the records, the accounts and what the clients were answered have to be the same.
package usage

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/internal/config"
	"github.com/licensing-operator/licensing-operator/test/conformance/embedded"
	"github.com/licensing-operator/licensing-operator/test/conformance/namedusers"
	"github.com/licensing-operator/licensing-operator/test/controlplane"
)

// chargePeriod leaves a loaded machine the half of it to send a heartbeat.
const chargePeriod = 10 * time.Second

var (
	system *embedded.System
	vendor namedusers.Target
	kept   database
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if kept, err = newDatabase(ctx); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, kept.remove()) }()
	system, err = embedded.Start(ctx, embedded.Options{Replicas: kept.replicas(), ChargePeriod: chargePeriod, Change: func(c *config.OperatorConfiguration) {
		c.UsageLog.Path = "" // a second record would only slow down the first
		kept.configure(c)
	}})
	if err != nil {
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, system.Stop()) }()
	if vendor, err = system.NamedUsers(ctx); err != nil {
		return 1, err
	}
	return m.Run(), nil
}
