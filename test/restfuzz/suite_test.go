// Package restfuzz attacks the REST API, from the published description of it: with requests that are valid by it, with
// such that are not, with anything at all, and with the rights of somebody else. Every answer is held against the
// description. The whole chain of handlers runs on a real API server.
package restfuzz

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/licensing-operator/licensing-operator/test/controlplane"
	"github.com/licensing-operator/licensing-operator/test/restfuzz/attack"
)

const (
	defaultRounds = 2

	// kubeconfigVariable names a control plane that runs already. The first process of go test -fuzz starts it and passes
	// it on to its workers, which are replicas on it, with tenants of their own.
	kubeconfigVariable = "RESTFUZZ_KUBECONFIG"
)

var (
	// system serves all tests; they run one after the other, so that what it wrote belongs to one request.
	system *replica
	rounds int
)

func TestMain(m *testing.M) { controlplane.Exit(run(m)) }

func run(m *testing.M) (code int, err error) {
	if rounds, err = attack.Rounds(defaultRounds); err != nil {
		return 1, err
	}
	ctrl.SetLogger(logr.Discard())
	klog.SetLogger(logr.Discard())
	ctx, cancel := context.WithCancel(context.Background())
	config, stop, err := connect(ctx)
	if err != nil {
		cancel()
		return 1, err
	}
	// The watches end first: the API server waits for them.
	defer func() { cancel(); err = errors.Join(err, stop()) }()
	if system, err = startReplica(ctx, config); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

func connect(ctx context.Context) (*rest.Config, func() error, error) {
	if running := os.Getenv(kubeconfigVariable); running != "" {
		config, err := clientcmd.BuildConfigFromFlags("", running)
		if err == nil {
			config.QPS, config.Burst = -1, -1
		}
		return config, func() error { return nil }, err
	}
	plane, err := controlplane.Start(ctx, controlplane.Options{Unsafe: true, Install: true})
	if err != nil {
		return nil, nil, err
	}
	return plane.Config, plane.Stop, os.Setenv(kubeconfigVariable, filepath.Clean(plane.Kubeconfig))
}
